// What an answer is divided by: a property of the events, or a trait of the people.

import { Button, Group, NumberInput, Select, Stack } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import { changed, type AttributionQuestion, type EventChoice, type FunnelQuestion, type Question } from '../question';
import { usePropertyName } from '../words';
import { Chip, type Editing } from './Chip';
import { PropertyInput } from './inputs';
import { suggestFrom, type SentenceProps } from './parts';

type WithBreakdown = Exclude<Question, AttributionQuestion>;
type Breakdown = NonNullable<FunnelQuestion['breakdown']>;

export function BreakdownPart<Q extends WithBreakdown>(props: SentenceProps<Q>) {
  const { t } = useTranslation();
  if (!props.question.breakdown) return null;
  return <Trans t={t} i18nKey="ask.part_breakdown" components={{ chip: <BreakdownChip {...props} /> }} />;
}

/** What the answer is divided by. */
export function BreakdownChip<Q extends WithBreakdown>({ question, onChange }: SentenceProps<Q>) {
  const { t } = useTranslation();
  const name = usePropertyName();
  const breakdown = question.breakdown as Breakdown | undefined;
  const put = (next: Breakdown | undefined) => onChange(changed(question, { breakdown: next } as Partial<Q>));
  const textOf = ({ trait, property = '', at, step = 1 }: Breakdown) => {
    if (trait !== undefined) return t('subject.text_trait', { name: trait });
    return at === 'step' ? t('ask.at_step', { property: name(property), number: step }) : name(property);
  };
  return (
    <Chip text={breakdown ? textOf(breakdown) : t('ask.add_breakdown')} label={t('ask.breakdown')} tone={breakdown ? 'set' : 'add'}>
      {(editing) => <BreakdownEditor question={question} breakdown={breakdown} editing={editing} onChange={put} />}
    </Chip>
  );
}

/** Which step a value is of: `first`, `last`, or the number of one. */
const placeOf = (breakdown: Breakdown | undefined): string => (breakdown?.at === 'step' ? String(breakdown.step ?? 1) : breakdown?.at ?? 'first');

const placedAt = (place: string): Pick<Breakdown, 'at' | 'step'> => (place === 'first' || place === 'last' ? { at: place } : { at: 'step', step: Number(place) });

interface BreakdownEditorProps { question: WithBreakdown; breakdown: Breakdown | undefined; editing: Editing; onChange: (breakdown: Breakdown | undefined) => void }

function BreakdownEditor({ question, breakdown, editing, onChange }: BreakdownEditorProps) {
  const { t } = useTranslation();
  const [subject, setSubject] = useState<'property' | 'trait'>(breakdown?.trait === undefined ? 'property' : 'trait');
  const [path, setPath] = useState(breakdown?.trait ?? breakdown?.property ?? '');
  const [limit, setLimit] = useState(breakdown?.limit ?? 8);
  const [at, setAt] = useState(placeOf(breakdown));
  const of = question.kind === 'retention' ? (question.cohort as EventChoice) : suggestFrom(question);
  const take = () => {
    const name = path.trim();
    if (name === '') return;
    onChange(subject === 'trait' ? { trait: name, limit } : { property: name, limit, ...(question.kind === 'funnel' ? placedAt(at) : {}) });
  };
  useEffect(() => editing.onLeave(take));
  return (
    <form onSubmit={(event) => { event.preventDefault(); take(); editing.close(); }}>
      <Stack gap="sm" miw={260}>
        <PropertyInput autoFocus of={subject === 'trait' ? { type: 'identify' } : of} label={t(`subject.${subject}`)} value={path} onChange={setPath} extra={subject === 'trait' ? [] : question.kind === 'trend' ? ['source', 'event', 'channel'] : ['source', 'event', 'type']} />
        <Select size="xs" label={t('subject.label')} allowDeselect={false} value={subject} comboboxProps={{ withinPortal: false }}
          data={(['property', 'trait'] as const).map((one) => ({ value: one, label: t(`subject.${one}`) }))} onChange={(next) => setSubject(next === 'trait' ? 'trait' : 'property')} />
        {question.kind === 'funnel' && subject === 'property' && (
          <Select size="xs" label={t('ask.value_at')} allowDeselect={false} value={at} comboboxProps={{ withinPortal: false }}
            data={[{ value: 'first', label: t('ask.at_first') }, { value: 'last', label: t('ask.at_last') }, ...question.steps.map((_, index) => ({ value: String(index + 1), label: t('ask.step', { number: index + 1 }) }))]} onChange={(next) => setAt(next ?? 'first')} />
        )}
        <NumberInput size="xs" label={t('ask.limit')} value={limit} min={1} max={50} onChange={(next) => setLimit(Math.min(50, Math.max(1, Number(next) || 1)))} />
        <Group justify="space-between">
          {breakdown ? <Button variant="default" onClick={() => { onChange(undefined); editing.close(); }}>{t('ask.remove')}</Button> : <span />}
          <Button type="submit" disabled={path.trim() === ''}>{t('ask.apply')}</Button>
        </Group>
      </Stack>
    </form>
  );
}
