import { Group, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRangeText } from '../explore/words';
import { daysOf, rangeOfDays, type Range } from './board';

const kPresets = ['-24h', '-7d', '-30d', '-90d', '-12mo'] as const;
const kOwn = 'own';
const kDays = 'days';

interface BoardRangeProps {
  range: Range | null;
  onRange: (range: Range | null) => void;
}

/** The range of all tiles: one of the usual, between two days, or each question's own. */
export function BoardRange({ range, onRange }: BoardRangeProps) {
  const { t } = useTranslation();
  const text = useRangeText();
  const preset = range && !range.to ? kPresets.find((one) => one === range.from) : undefined;
  const value = !range ? kOwn : preset ?? (daysOf(range) ? kDays : 'other');
  const choose = (next: string | null) => {
    if (next === kOwn) onRange(null);
    else if (next === kDays) onRange(rangeOfDays(...lastWeek(new Date())));
    else if (kPresets.some((one) => one === next)) onRange({ from: next!, to: null });
  };
  const days = range && daysOf(range);
  return (
    <Group gap="xs">
      <Select aria-label={t('board.range')} value={value} onChange={choose} allowDeselect={false} w={210}
        data={[
          { value: kOwn, label: t('board.range_own') },
          ...kPresets.map((from) => ({ value: from, label: text(from, undefined) })),
          { value: kDays, label: t('board.range_days') },
          ...(value === 'other' ? [{ value, label: text(range!.from, range!.to ?? undefined) }] : []),
        ]} />
      {days && <Days key={days.join()} days={days} onDays={(first, last) => onRange(rangeOfDays(first, last))} />}
    </Group>
  );
}

/** The seven days that end with today. */
function lastWeek(now: Date): [string, string] {
  const day = (before: number) => new Date(now.getTime() - before * 86_400_000).toISOString().slice(0, 10);
  return [day(6), day(0)];
}

/** Two days, taken over when both are there and in their order. */
function Days({ days: [first, last], onDays }: { days: [string, string]; onDays: (first: string, last: string) => void }) {
  const { t } = useTranslation();
  const [from, setFrom] = useState(first);
  const [to, setTo] = useState(last);
  const wrong = !from || !to || from > to;
  const take = () => { if (!wrong && (from !== first || to !== last)) onDays(from, to); };
  return (
    <Group gap={6} wrap="nowrap">
      <TextInput type="date" aria-label={t('board.first_day')} value={from} error={wrong} onChange={(event) => setFrom(event.currentTarget.value)} onBlur={take} onKeyDown={(event) => event.key === 'Enter' && take()} />
      <span aria-hidden="true">–</span>
      <TextInput type="date" aria-label={t('board.last_day')} value={to} error={wrong} onChange={(event) => setTo(event.currentTarget.value)} onBlur={take} onKeyDown={(event) => event.key === 'Enter' && take()} />
    </Group>
  );
}
