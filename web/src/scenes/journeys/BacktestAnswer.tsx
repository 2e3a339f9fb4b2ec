import { Table, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Cell } from '../../ui/Cell';
import { LazyChart } from '../../ui/LazyChart';
import { Stat } from '../../ui/Small';
import { Empty } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { busyDays, endingsOf, goalsOf, refusalsOf, totalsOf, type Counted } from './backtest';
import { BacktestMessageDays } from './BacktestMessageDays';
import { BacktestMessages, BacktestParts, BacktestSteps } from './BacktestTables';
import { Bar } from './Facts';
import type { Backtest } from './journeysData';
import { PeopleBehind } from './PeopleBehind';

/** What the draft would have done: who enters when, how far they come, what is sent, and why not. */
export function BacktestAnswer({ told, document }: { told: Backtest; document: unknown }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { meta } = told;
  const isEmpty = told.entered.count === 0;
  const isRefused = refusalsOf(told).length > 0;
  return (
    <div className="backtest-answer" data-entered={told.entered.count}>
      <Text size="xs" c="dimmed" mt={10}>
        {t('answer.range', { from: format.date(told.from), to: format.date(told.to) })} · {meta.timezone} · {t('answer.looked_at', { events: format.number(meta.events_scanned), people: format.number(meta.profiles_scanned), ms: format.number(meta.elapsed_ms) })}
      </Text>
      {isEmpty ? <Empty title={t('backtest.nobody')} hint={t(isRefused ? 'backtest.nobody_refused' : 'backtest.nobody_hint')} /> : (
        <>
          <Figures told={told} />
          <Days told={told} />
          <BacktestSteps told={told} document={document} />
          <BacktestParts told={told} />
          <BacktestMessages told={told} document={document} />
          <BacktestMessageDays told={told} document={document} />
        </>
      )}
      {(!isEmpty || isRefused) && <Why told={told} />}
    </div>
  );
}

/** How many, in the first line. */
function Figures({ told }: { told: Backtest }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { entered, underWay, sent, refused, goals } = totalsOf(told);
  const share = t('journey.of_entered', { share: format.percent(goals.count / Math.max(1, told.entered.count)) });
  const figure = (label: string, of: Counted, unit: string) => <Stat label={label} value={<PeopleBehind of={of} about={`${label}, ${unit}`} />} unit={unit} />;
  return (
    <div className="journey-figures" role="group" aria-label={t('backtest.title')}>
      {figure(t('backtest.entered'), entered, t('backtest.runs_of', { count: told.people, number: format.number(told.people) }))}
      {figure(t('backtest.refused'), refused, t('backtest.refused_unit'))}
      {figure(t('backtest.sent'), sent, t('backtest.messages_unit'))}
      {figure(t('backtest.goals'), goals, share)}
      {figure(t('backtest.under_way'), underWay, t('backtest.runs_unit'))}
    </div>
  );
}

/** Who enters when, and what is sent when. */
function Days({ told }: { told: Backtest }) {
  const { t } = useTranslation();
  const format = useFormat();
  const title = t('backtest.by_day', { timezone: told.meta.timezone });
  return (
    <>
      <Title order={3}>{title}</Title>
      <LazyChart kind="line" height={170} label={title} categories={told.days.map((day) => format.civil(day.date))} value={format.number} compact={format.compact}
        series={[
          { label: t('backtest.starts'), points: told.days.map((day, place) => [place, day.entered]) },
          { label: t('backtest.sent_series'), points: told.days.map((day, place) => [place, day.sent]) },
        ]} />
      <details className="backtest-days">
        <summary>{t('backtest.as_table')}</summary>
        <Table aria-label={title} maw={460}>
          <Table.Thead><Table.Tr><Table.Th>{t('backtest.day')}</Table.Th><Table.Th className="num">{t('backtest.starts')}</Table.Th><Table.Th className="num">{t('backtest.sent_series')}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {busyDays(told).map((day) => (
              <Table.Tr key={day.date}><Cell>{format.civil(day.date)}</Cell><Cell className="num"><PeopleBehind of={day.entered} about={`${format.civil(day.date)}, ${t('backtest.starts')}`} /></Cell><Cell className="num"><PeopleBehind of={day.sent} about={`${format.civil(day.date)}, ${t('backtest.sent_series')}`} /></Cell></Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </details>
    </>
  );
}

/** Why people would not have entered, how runs would have ended, and which goals they met. */
function Why({ told }: { told: Backtest }) {
  const { t } = useTranslation();
  const refused = refusalsOf(told);
  const ended = endingsOf(told);
  const goals = goalsOf(told);
  const most = Math.max(...[...refused, ...ended, ...goals].map((row) => row.of.count));
  const bar = (label: string, about: string, of: Counted, isBad = false) => <Bar key={label} label={label} about={about} count={of.count} most={most} isBad={isBad} shown={<PeopleBehind of={of} about={label} />} />;
  return (
    <div className="backtest-why">
      <div>
        <Title order={3}>{t('journey.refusals')}</Title>
        {refused.length === 0 && <Text size="sm" c="dimmed">{t('journey.none_refused')}</Text>}
        <ul className="journey-bars">{refused.map(({ key, of }) => bar(t(`journey.refused_${key}`), t(`journey.refused_${key}_about`), of))}</ul>
      </div>
      <div>
        <Title order={3}>{t('journey.endings')}</Title>
        {ended.length === 0 && <Text size="sm" c="dimmed">{t('journey.none_ended')}</Text>}
        <ul className="journey-bars">{ended.map(({ key, of }) => bar(t(`journey.end_${key}`), t(`journey.end_${key}_about`), of, key === 'stuck'))}</ul>
      </div>
      {goals.length > 0 && (
        <div>
          <Title order={3}>{t('journey.goals')}</Title>
          <ul className="journey-bars">{goals.map(({ name, of }) => bar(name === null ? t('backtest.goal_of_step') : t('backtest.goal_named', { name }), '', of))}</ul>
        </div>
      )}
    </div>
  );
}
