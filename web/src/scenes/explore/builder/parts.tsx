// Parts that the sentences of all kinds have: the range, a filter, whose people count,
// what it is compared with. A part that is not set is no part of the sentence; below it stands a button.

import { Button, Checkbox, Group, NumberInput, Select, Stack, Text } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import { groupOf, sameWhere, whereOf } from '../condition';
import { changed, eventsOf, kComparisons, type Comparison, type EventChoice, type FunnelQuestion, type Question, type RetentionQuestion } from '../question';
import { useListed, usePropertyName, useWhereText } from '../words';
import { AddButton, Chip, ChoiceChip, type Editing } from './Chip';
import { begunGroup, ConditionGroup } from './ConditionGroup';
import { PropertyInput } from './inputs';
import { RangeChip } from './RangeChip';

export interface SentenceProps<Q extends Question> {
  question: Q;
  onChange: (question: Q) => void;
}

/** The events to take suggestions from: those of the question when they are of one name. */
export function suggestFrom(question: Question): EventChoice {
  const names = new Set(eventsOf(question).map((one) => JSON.stringify([one.event, one.type])));
  const { event, type } = eventsOf(question)[0] ?? {};
  return names.size === 1 ? { ...(event ? { event } : {}), ...(type ? { type } : {}) } : { event: '*' };
}

/** Holds what a text puts into a place of its own: a text gives its places no children. */
export function Part({ of }: { of: ReactNode }) {
  return <>{of}</>;
}

/** Things in a list as the language writes them, each with a part of the sentence in its place. */
export function Listed({ items }: { items: ReactNode[] }) {
  const { i18n } = useTranslation();
  const parts = new Intl.ListFormat(i18n.language, { type: 'conjunction' }).formatToParts(items.map((_, index) => String(index)));
  return <>{parts.map((part, place) => (part.type === 'element' ? <span key={place}>{items[Number(part.value)]}</span> : <span key={place}>{part.value}</span>))}</>;
}

export function RangePart<Q extends Question>({ question, onChange }: SentenceProps<Q>) {
  return (
    <RangeChip from={question.from ?? '-30d'} to={question.to}
      onChange={({ from, to }) => onChange(changed(question, { from, to } as Partial<Q>))} />
  );
}

/** The parts that stand at the end of each sentence, where they are set. */
export function commonParts<Q extends Question>(props: SentenceProps<Q>) {
  return {
    range: <RangePart {...props} />,
    filter: <FilterPart {...props} />,
    known: <KnownPart {...props} />,
    compare: <ComparePart {...props} />,
  };
}

const isFiltered = (question: Question) => question.where !== undefined && question.where !== null;

function FilterPart<Q extends Question>(props: SentenceProps<Q>) {
  const { t } = useTranslation();
  if (!isFiltered(props.question)) return null;
  return <Trans t={t} i18nKey="ask.part_filter" components={{ chip: <FilterChip {...props} /> }} />;
}

export function FilterChip<Q extends Question>({ question, onChange }: SentenceProps<Q>) {
  const { t } = useTranslation();
  const whereText = useWhereText();
  const add = !isFiltered(question);
  return (
    <Chip text={add ? t('ask.add_filter') : whereText(question.where)} label={t('ask.filter')} tone={add ? 'add' : 'set'}>
      {(editing) => <FilterEditor question={question} editing={editing} onChange={(where) => onChange(changed(question, { where } as Partial<Q>))} />}
    </Chip>
  );
}

function FilterEditor({ question, editing, onChange }: { question: Question; editing: Editing; onChange: (where: unknown) => void }) {
  const { t } = useTranslation();
  const begun = groupOf(question.where); // Null: a form that rows cannot show.
  const [group, setGroup] = useState(() => begunGroup(begun ?? { join: 'and', parts: [] }));
  const take = () => {
    const where = whereOf(group);
    if (!sameWhere(where, question.where)) onChange(where);
  };
  useEffect(() => editing.onLeave(() => { if (begun !== null) take(); }));
  return (
    <form onSubmit={(event) => { event.preventDefault(); take(); editing.close(); }}>
      <Stack gap="sm">
        <Text size="xs" c="dimmed" maw={420}>{t('ask.filter_about')}</Text>
        {begun === null && <Text size="xs" className="mono">{JSON.stringify(question.where)}</Text>}
        <ConditionGroup of={suggestFrom(question)} group={group} onChange={setGroup} />
        <Group justify="space-between">
          {isFiltered(question) ? <Button variant="default" onClick={() => { onChange(undefined); editing.close(); }}>{t('ask.remove')}</Button> : <span />}
          <Button type="submit">{t('ask.apply')}</Button>
        </Group>
      </Stack>
    </form>
  );
}

type WithTies = FunnelQuestion | RetentionQuestion;

/** Said where events of one instant are not taken in whatever order serves best. */
export function TiesPart<Q extends WithTies>({ question, onChange }: SentenceProps<Q>) {
  const { t } = useTranslation();
  if (question.ties !== 'strict') return null;
  const put = (ties: 'strict' | undefined) => onChange(changed(question, { ties } as Partial<Q>));
  const chip = <ChoiceChip text={t('ask.ties_strict')} label={t('ask.ties')} value="strict" choices={(['strict', 'in_step_order'] as const).map((one) => ({ value: one, label: t(`ask.ties_${one}_about`) }))} onChoose={(next) => put(next === 'strict' ? next : undefined)} />;
  return <Trans t={t} i18nKey="ask.part_ties" components={{ chip }} />;
}

/** Asks for time that rises from one event to the next. */
export function AddTies<Q extends WithTies>({ question, onChange }: SentenceProps<Q>) {
  const { t } = useTranslation();
  return question.ties === 'strict' ? null : <AddButton text={t('ask.add_ties')} onClick={() => onChange(changed(question, { ties: 'strict' } as Partial<Q>))} />;
}

const knownOf = (question: Question): boolean => (question as { known?: boolean }).known ?? question.kind === 'attribution';

/** Said wherever it is not what is usual: everybody, in an attribution those who are known. */
function KnownPart<Q extends Question>(props: SentenceProps<Q>) {
  const { t } = useTranslation();
  if (!knownOf(props.question) && props.question.kind !== 'attribution') return null;
  return <Trans t={t} i18nKey="ask.part_known" components={{ chip: <KnownChip {...props} /> }} />;
}

function KnownChip<Q extends Question>({ question, onChange }: SentenceProps<Q>) {
  const { t } = useTranslation();
  const value = knownOf(question) ? 'known' : 'everyone';
  return (
    <ChoiceChip text={t(`ask.${value}`)} label={t('ask.people')} value={value} choices={(['known', 'everyone'] as const).map((one) => ({ value: one, label: t(`ask.${one}`) }))}
      onChoose={(next) => onChange(changed(question, { known: next === 'known' } as Partial<Q>))} />
  );
}

function ComparePart<Q extends Question>({ question, onChange }: SentenceProps<Q>) {
  const { t } = useTranslation();
  const { compare } = question;
  if (!compare) return null;
  const put = (next: Comparison | undefined) => onChange(changed(question, { compare: next } as Partial<Q>));
  const chip = <ChoiceChip text={t(`ask.compare_${compare}`)} label={t('ask.compare')} value={compare} choices={kComparisons.map((one) => ({ value: one, label: t(`ask.compare_${one}`) }))} onChoose={put} remove={{ label: t('ask.remove'), act: () => put(undefined) }} />;
  return <Trans t={t} i18nKey="ask.part_compare" components={{ chip }} />;
}

/** Buttons for what every sentence may have and this one does not. */
export function CommonAdds<Q extends Question>(props: SentenceProps<Q>) {
  const { t } = useTranslation();
  const { question, onChange } = props;
  return (
    <>
      {!isFiltered(question) && <FilterChip {...props} />}
      {!knownOf(question) && question.kind !== 'attribution' && <AddButton text={t('ask.add_known')} onClick={() => onChange(changed(question, { known: true } as Partial<Q>))} />}
      {!question.compare && <AddButton text={t('ask.add_compare')} onClick={() => onChange(changed(question, { compare: 'previous' } as Partial<Q>))} />}
    </>
  );
}

interface PropertyChipProps { of: EventChoice; value: string | undefined; label: string; only?: 'number'; removable?: boolean; onChange: (property: string | undefined) => void; addText?: string }

/** A property that the sentence names. */
export function PropertyChip({ of, value, label, only, removable = false, onChange, addText }: PropertyChipProps) {
  const { t } = useTranslation();
  const name = usePropertyName();
  const text = value ? name(value) : addText ?? t('ask.no_property');
  return (
    <Chip text={text} label={label} tone={value ? 'set' : addText ? 'add' : 'missing'}>
      {(editing) => <PropertyEditor of={of} value={value ?? ''} label={label} editing={editing} onChange={onChange} removable={removable && !!value} {...(only ? { only } : {})} />}
    </Chip>
  );
}

interface PropertyEditorProps { of: EventChoice; value: string; label: string; only?: 'number'; removable: boolean; editing: Editing; onChange: (property: string | undefined) => void }

function PropertyEditor({ of, value, label, only, removable, editing, onChange }: PropertyEditorProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value);
  const take = () => { if (typed.trim() && typed.trim() !== value) onChange(typed.trim()); };
  useEffect(() => editing.onLeave(take));
  return (
    <form onSubmit={(event) => { event.preventDefault(); take(); editing.close(); }}>
      <Stack gap="sm" miw={260}>
        <PropertyInput autoFocus of={of} label={label} value={typed} onChange={setTyped} {...(only ? { only } : {})} />
        <Group justify="space-between">
          {removable ? <Button variant="default" onClick={() => { onChange(undefined); editing.close(); }}>{t('ask.remove')}</Button> : <span />}
          <Button type="submit" disabled={!typed.trim()}>{t('ask.apply')}</Button>
        </Group>
      </Stack>
    </form>
  );
}

interface LengthChipProps { value: string; label: string; text: string; units: readonly ('h' | 'd' | 'w' | 'mo')[]; onChange: (length: string) => void }

/** A length of time: a number and its unit. */
export function LengthChip({ value, label, text, units, onChange }: LengthChipProps) {
  return <Chip text={text} label={label}>{(editing) => <LengthEditor value={value} label={label} units={units} editing={editing} onChange={onChange} />}</Chip>;
}

function LengthEditor({ value, label, units, editing, onChange }: Omit<LengthChipProps, 'text'> & { editing: Editing }) {
  const { t } = useTranslation();
  const found = /^(\d+)(\w+)$/.exec(value);
  const [number, setNumber] = useState(Number(found?.[1] ?? 7));
  const [unit, setUnit] = useState(found?.[2] ?? 'd');
  const take = () => { if (`${number}${unit}` !== value) onChange(`${number}${unit}`); };
  useEffect(() => editing.onLeave(take));
  return (
    <form onSubmit={(event) => { event.preventDefault(); take(); editing.close(); }}>
      <Group gap="xs" align="flex-end">
        <NumberInput data-autofocus size="xs" w={90} label={label} value={number} min={1} max={9999} onChange={(next) => setNumber(Math.max(1, Math.floor(Number(next) || 1)))} />
        <Select size="xs" w={120} aria-label={t('length.unit')} allowDeselect={false} value={unit} comboboxProps={{ withinPortal: false }} data={units.map((one) => ({ value: one, label: t(`length.unit_${one}`) }))} onChange={(next) => setUnit(next ?? 'd')} />
        <Button type="submit">{t('ask.apply')}</Button>
      </Group>
    </form>
  );
}

interface ManyChipProps<T extends string> { values: readonly T[]; choices: readonly { value: T; label: string }[]; label: string; most?: number; onChange: (values: T[]) => void }

/** Several of a few choices, at least one, in the order of the choices. */
export function ManyChip<T extends string>({ values, choices, label, most, onChange }: ManyChipProps<T>) {
  const listed = useListed();
  const chosen = choices.filter((one) => values.includes(one.value));
  const toggle = (value: T, on: boolean) => {
    const next = choices.map((one) => one.value).filter((one) => (one === value ? on : values.includes(one)));
    if (next.length > 0 && next.length <= (most ?? choices.length)) onChange(next);
  };
  return (
    <Chip text={listed(chosen.map((one) => one.label))} label={label}>
      {() => (
        <Stack gap={8} role="group" aria-label={label}>
          {choices.map((one, index) => (
            <Checkbox key={one.value} size="xs" label={one.label} checked={values.includes(one.value)} {...(index === 0 ? { 'data-autofocus': true } : {})}
              disabled={!values.includes(one.value) && values.length === most} onChange={(event) => toggle(one.value, event.currentTarget.checked)} />
          ))}
        </Stack>
      )}
    </Chip>
  );
}
