// Fields that complete what is typed from what the history holds.

import { Autocomplete, Group, Select, TagsInput, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/useFormat';
import { valueOf, type Leaf, type Scalar, type Subject } from '../condition';
import { useEvents, useOrigins, useProperties, useValues, type SchemaProperty } from '../exploreData';
import type { EventChoice } from '../question';
import { useSegments } from '../../segments/segmentsData';
import { usePropertyName } from '../words';

export const kInside = { withinPortal: false } as const; // A list within a popover belongs to it.
const kNamespaces = ['user_id', 'email', 'phone', 'anonymous_id'] as const; // Others are typed.
const kTypes = ['page', 'screen', 'identify', 'group', 'alias'] as const;

const keyOf = (choice: EventChoice) => (choice.type && choice.type !== 'track' ? `type:${choice.type}` : choice.event ? `event:${choice.event}` : null);

function choiceOf(key: string): EventChoice {
  return key.startsWith('type:') ? { type: key.slice(5) as (typeof kTypes)[number] } : { event: key.slice(6) };
}

interface EventSelectProps { value: EventChoice; onChange: (choice: EventChoice) => void; allowAny?: boolean; inRow?: boolean }

/** Chooses events by name, or by type; the most frequent first, each with its count. */
export function EventSelect({ value, onChange, allowAny = true, inRow = false }: EventSelectProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const events = useEvents();
  const named = (events.data?.items ?? []).filter((one) => one.type === 'track');
  const counts = new Map<string, number>();
  for (const one of events.data?.items ?? []) counts.set(`type:${one.type}`, (counts.get(`type:${one.type}`) ?? 0) + one.count);
  for (const one of named) counts.set(`event:${one.event}`, one.count);
  const chosen = keyOf(value);
  const names = named.map((one) => ({ value: `event:${one.event}`, label: one.event }));
  if (value.event && value.event !== '*' && chosen && !counts.has(chosen)) names.push({ value: chosen, label: value.event });
  const types = kTypes.filter((type) => counts.has(`type:${type}`)).map((type) => ({ value: `type:${type}`, label: t(`type.${type}`) }));
  return (
    <Select {...(inRow ? { size: 'xs' } : { 'data-autofocus': true })} searchable selectFirstOptionOnChange openOnFocus={!inRow && chosen === null} onFocus={(event) => event.currentTarget.select()} allowDeselect={false} label={t('ask.event')} placeholder={t('ask.no_event')} value={chosen} comboboxProps={kInside} maxDropdownHeight={260}
      description={events.data?.unnamed ? t('ask.unnamed', { count: events.data.unnamed, number: format.number(events.data.unnamed) }) : undefined}
      nothingFoundMessage={events.isPending ? t('state.loading') : t('ask.no_such_event')}
      data={[...(allowAny ? [{ value: 'event:*', label: t('ask.any_event') }] : []), { group: t('ask.names'), items: names }, ...(types.length ? [{ group: t('ask.types'), items: types }] : [])]}
      renderOption={({ option }) => (
        <Group justify="space-between" wrap="nowrap" gap="md" w="100%">
          <span style={{ overflowWrap: 'anywhere' }}>{option.label}</span>
          {counts.has(option.value) && <Text span size="xs" c="dimmed" className="num">{format.compact(counts.get(option.value)!)}</Text>}
        </Group>
      )}
      onChange={(key) => key && onChange(choiceOf(key))} />
  );
}

interface PropertyInputProps {
  of: EventChoice;
  value: string;
  label: string;
  onChange: (property: string) => void;
  only?: SchemaProperty['kind'];
  extra?: readonly string[]; // Names that are no properties: source, event, channel.
  autoFocus?: boolean;
}

/** Names a property; those that the events carry are offered. */
export function PropertyInput({ of, value, label, onChange, only, extra = [], autoFocus = false }: PropertyInputProps) {
  const { t } = useTranslation();
  const name = usePropertyName();
  const properties = useProperties(of);
  const items = (properties.data?.items ?? []).filter((one) => !only || one.kind === only);
  const uncounted = properties.data?.uncounted ?? 0;
  const share = new Map(items.map((one) => [one.property, one.count / Math.max(1, properties.data?.events ?? 1)]));
  const format = useFormat();
  const different = new Map(items.flatMap(({ property, distinct, distinct_exact: isExact }) => (
    distinct === undefined ? [] : [[property, `${isExact ? '' : '≈ '}${t('ask.values', { count: distinct, number: format.compact(distinct) })}`] as const])));
  const own = items.filter((one) => !one.property.startsWith('$.')).map((one) => one.property);
  const context = items.filter((one) => one.property.startsWith('$.')).map((one) => one.property);
  return (
    <Autocomplete {...(autoFocus ? { 'data-autofocus': true } : {})} size="xs" selectFirstOptionOnChange={false} openOnFocus={value === ''} label={label} placeholder={t('ask.property_hint')} description={uncounted > 0 ? t('ask.uncounted', { count: uncounted, number: format.number(uncounted) }) : undefined} value={value} comboboxProps={kInside} maxDropdownHeight={240} limit={100}
      data={[...extra, ...own, ...(context.length ? [{ group: t('ask.context'), items: context }] : [])]}
      renderOption={({ option }) => (
        <Group justify="space-between" wrap="nowrap" gap="md" w="100%">
          <span style={{ overflowWrap: 'anywhere' }}>{extra.includes(option.value) ? name(option.value) : option.value}</span>
          {share.has(option.value) && (
            <Text span size="xs" c="dimmed" className="num" style={{ whiteSpace: 'nowrap' }}>
              {different.has(option.value) && `${different.get(option.value)} · `}
              {format.percent(share.get(option.value)!)}
            </Text>
          )}
        </Group>
      )}
      onChange={onChange} />
  );
}

/** Events whose properties are what a subject has: those of the question, or identify calls, whose are traits. */
const eventsOf = (subject: Subject, of: EventChoice): EventChoice => (subject === 'trait' ? { type: 'identify' } : of);

interface NameInputProps { of: EventChoice; leaf: Leaf; onChange: (name: string) => void }

/** Names a property, a trait, a namespace of identifiers, or a segment. */
export function NameInput({ of, leaf, onChange }: NameInputProps) {
  const { t } = useTranslation();
  const { subject, name } = leaf;
  if (subject === 'segment') return <SegmentSelect value={name} onChange={onChange} />;
  if (subject === 'identifier') return <Autocomplete size="xs" label={t('people.identifiers')} placeholder={t('people.identifiers')} value={name} data={[...kNamespaces]} comboboxProps={kInside} onChange={onChange} />;
  return <PropertyInput of={eventsOf(subject, of)} label={t(`subject.${subject}`)} value={name} onChange={onChange} />;
}

/** Chooses a segment by its name; one that was deleted is shown by its key. */
function SegmentSelect({ value, onChange }: { value: string; onChange: (key: string) => void }) {
  const { t } = useTranslation();
  const segments = useSegments();
  const known = (segments.data ?? []).map((one) => ({ value: one.key, label: one.name }));
  const choices = value === '' || known.some((one) => one.value === value) ? known : [...known, { value, label: value }];
  return <Select size="xs" searchable allowDeselect={false} label={t('segment.segment')} placeholder={t('segment.segment')} nothingFoundMessage={segments.isPending ? t('state.loading') : t('segment.none')} value={value || null} data={choices} comboboxProps={kInside} onChange={(key) => key && onChange(key)} />;
}

interface ValueInputProps { of: EventChoice; leaf: Leaf; onChange: (value: Scalar | Scalar[]) => void }

/** The value of a condition; values that the events have are offered, most frequent first. */
export function ValueInput({ of, leaf, onChange }: ValueInputProps) {
  const { t } = useTranslation();
  const from = eventsOf(leaf.subject, of);
  const hasPath = leaf.subject === 'property' || leaf.subject === 'trait';
  const kind = useProperties(from).data?.items.find((one) => hasPath && one.property === leaf.name)?.kind ?? (hasPath ? undefined : 'text');
  const typed = Array.isArray(leaf.value) ? '' : String(leaf.value ?? '');
  const [words] = useDebouncedValue(typed, 150);
  const values = useValues(from, hasPath ? leaf.name : '', kind === 'text' ? words : '');
  const origins = useOrigins(leaf.subject);
  const offered = hasPath ? [...new Set((values.data?.items ?? []).map((one) => String(one.value)))].slice(0, 50) : origins;
  const label = t('ask.value');
  if (leaf.op === 'in' || leaf.op === 'not_in') {
    const list = Array.isArray(leaf.value) ? leaf.value : leaf.value === undefined ? [] : [leaf.value];
    return <TagsInput size="xs" label={label} placeholder={list.length > 0 ? '' : label} value={list.map(String)} data={offered} comboboxProps={kInside} onChange={(next) => onChange(next.map((one) => valueOf(one, kind, leaf.op)))} />;
  }
  return <Autocomplete size="xs" label={label} placeholder={label} value={typed} data={offered} comboboxProps={kInside} maxDropdownHeight={220} onChange={(next) => onChange(valueOf(next, kind, leaf.op))} />;
}
