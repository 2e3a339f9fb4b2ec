import { Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { BacktestAsk, kBacktestDays } from '../../ui/BacktestAsk';
import { LazyChart } from '../../ui/LazyChart';
import { Panel } from '../../ui/Panel';
import { More, Time } from '../../ui/Small';
import { Answer } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { PersonName } from '../people/PersonName';
import { nameOfBacktest, useBacktest, type Segment, type SegmentBacktest } from './segmentsData';

/** Who would have been in it over a period, had it been there: asked of history when somebody wants to know. */
export function BacktestPanel({ segment }: { segment: Segment }) {
  const { t } = useTranslation();
  const [days, setDays] = useState<string>(kBacktestDays[0]);
  const [asked, setAsked] = useState<string | null>(null);
  const told = useBacktest(segment, asked);
  return (
    <Panel title={t('backtest.title')} about={t('segment.backtest_about')}>
      <BacktestAsk text={t('backtest.ask')} days={days} onDays={setDays} isRunning={told.isFetching && !told.isFetchingNextPage} name={nameOfBacktest(segment.key, asked)} onAsk={() => setAsked(days)} onStop={() => setAsked(null)} />
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
      <LazyChart kind="line" height={150} label={t('backtest.title')} categories={first.days.map((day) => format.civil(day.date))} value={format.number} compact={format.number}
        series={[{ label: t('segment.in_it'), points: first.days.map((day, place) => [place, day.members]) }]} />
      <ul className="segment-sample" aria-label={t('segment.backtest_people')}>
        {people.map((one) => (
          <li key={one.id}>
            <span><PersonName id={one.id} /> {one.entered_at ? <Time at={one.entered_at} /> : t('segment.backtest_before')}</span>
          </li>
        ))}
      </ul>
      {more}
    </>
  );
}
