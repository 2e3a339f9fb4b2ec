import { Button, Group, SegmentedControl, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { LazyChart } from '../../ui/LazyChart';
import { Panel } from '../../ui/Panel';
import { More, Time } from '../../ui/Small';
import { Answer } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { useBacktest, type Segment, type SegmentBacktest } from './segmentsData';

const kRanges = ['30', '90', '365'] as const; // Days.

/** Who would have been in it over a period, had it been there: asked of history when somebody wants to know. */
export function BacktestPanel({ segment }: { segment: Segment }) {
  const { t } = useTranslation();
  const [days, setDays] = useState<string>(kRanges[0]);
  const [asked, setAsked] = useState<string | null>(null);
  const told = useBacktest(segment, asked);
  return (
    <Panel title={t('segment.backtest')} about={t('segment.backtest_about')}>
      <Group gap={8} mb={asked ? 10 : 0}>
        <SegmentedControl size="xs" aria-label={t('segment.backtest_range')} value={days} onChange={setDays} data={kRanges.map((value) => ({ value, label: t('segment.backtest_days', { count: Number(value) }) }))} />
        <Button variant="default" size="xs" loading={told.isFetching && !told.isFetchingNextPage} onClick={() => setAsked(days)}>{t('segment.backtest_ask')}</Button>
      </Group>
      {asked !== null && (
        <Answer of={told} rows={4}>
          {(data) => data.pages[0] && <Told first={data.pages[0]} people={data.pages.flatMap((page) => page.people.items)} more={<More of={told} />} />}
        </Answer>
      )}
    </Panel>
  );
}

interface ToldProps { first: SegmentBacktest; people: SegmentBacktest['people']['items']; more: ReactNode }

function Told({ first, people, more }: ToldProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <Text size="sm" mb={6}>{t('segment.backtest_told', { count: first.ever.count, number: format.number(first.ever.count), before: format.number(first.before.count), after: format.number(first.after.count) })}</Text>
      <LazyChart kind="line" height={150} label={t('segment.backtest')} categories={first.days.map((day) => format.tick(Date.parse(day.date), 'day'))} value={format.number} compact={format.number}
        series={[{ label: t('segment.in_it'), points: first.days.map((day, place) => [place, day.members]) }]} />
      <ul className="segment-sample" aria-label={t('segment.backtest_people')}>
        {people.map((one) => (
          <li key={one.id}>
            <span><Link className="row-link mono" to={`/people/${one.id}`}>{one.id}</Link> {one.entered_at ? <Time at={one.entered_at} /> : t('segment.backtest_before')}</span>
          </li>
        ))}
      </ul>
      {more}
    </>
  );
}
