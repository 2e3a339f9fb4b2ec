import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../../data/session';
import { dateIn, nextDate } from '../../overview/overviewData';
import { useRangeText } from '../words';
import { Chip } from './Chip';

interface Range { from: string; to?: string }

const kLast = ['-24h', '-7d', '-30d', '-90d', '-12mo'] as const;
const kDate = /^\d{4}-\d{2}-\d{2}$/;
const dayBefore = (date: string) => new Date(Date.parse(date) - 86_400_000).toISOString().slice(0, 10);

/** Days and months of the calendar that are often asked for, as dates. */
function calendarRanges(today: string) {
  const month = `${today.slice(0, 7)}-01`;
  const lastMonth = `${dayBefore(month).slice(0, 7)}-01`;
  return {
    today: { from: today, to: nextDate(today) },
    yesterday: { from: dayBefore(today), to: today },
    this_month: { from: month, to: nextDate(today) },
    last_month: { from: lastMonth, to: month },
  };
}

/** The range of time of a question. */
export function RangeChip({ from, to, onChange }: { from: string; to: string | undefined; onChange: (range: Range) => void }) {
  const { t } = useTranslation();
  const rangeText = useRangeText();
  const timezone = useSession().data?.installation.timezone ?? 'UTC';
  const today = dateIn(timezone, new Date());
  const ranges = calendarRanges(today);
  return (
    <Chip text={rangeText(from, to)} label={t('ask.range')}>
      {({ close }) => {
        const choose = (range: Range) => { onChange(range); close(); };
        return (
          <Stack gap="sm">
            <Group gap={6} maw={340}>
              {kLast.map((last, index) => (
                <Button key={last} size="compact-xs" variant={from === last && to === undefined ? 'light' : 'default'} {...(index === 0 ? { 'data-autofocus': true } : {})} onClick={() => choose({ from: last })}>{rangeText(last, undefined)}</Button>
              ))}
              {(Object.keys(ranges) as (keyof typeof ranges)[]).map((key) => (
                <Button key={key} size="compact-xs" variant="default" onClick={() => choose(ranges[key])}>{t(`range.${key}`)}</Button>
              ))}
            </Group>
            <Days from={kDate.test(from) ? from : dayBefore(today)} last={to && kDate.test(to) ? dayBefore(to) : today} onChoose={choose} />
          </Stack>
        );
      }}
    </Chip>
  );
}

/** From a day to a day, both of them within. */
function Days({ from, last, onChoose }: { from: string; last: string; onChoose: (range: Range) => void }) {
  const { t } = useTranslation();
  const [days, setDays] = useState({ from, last });
  const isRange = kDate.test(days.from) && kDate.test(days.last) && days.from <= days.last;
  return (
    <form onSubmit={(event) => { event.preventDefault(); if (isRange) onChoose({ from: days.from, to: nextDate(days.last) }); }}>
      <Group gap="xs" align="flex-end">
        <TextInput type="date" label={t('range.first_day')} value={days.from} onChange={(event) => setDays({ ...days, from: event.currentTarget.value })} />
        <TextInput type="date" label={t('range.last_day')} value={days.last} onChange={(event) => setDays({ ...days, last: event.currentTarget.value })} error={isRange ? null : t('range.wrong')} />
        <Button type="submit" disabled={!isRange}>{t('ask.apply')}</Button>
      </Group>
    </form>
  );
}
