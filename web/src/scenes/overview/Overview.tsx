import { Anchor, Badge, Button, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useLiveCounts, type LiveCounts, type LiveState } from '../../data/live';
import { useSession } from '../../data/session';
import { Cell } from '../../ui/Cell';
import { LazyChart } from '../../ui/LazyChart';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Stat, Time } from '../../ui/Small';
import { Answer, Empty, Partial } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { SourceState } from '../sources/SourceState';
import { useSources } from '../sources/sourcesData';
import { isOfBefore, ratePoints, trendSeries, useLastHour, useOverview, useTodayBySource, type Overview as Totals } from './overviewData';

/** What happens now, and today's events by source. */
export default function Overview() {
  const { t } = useTranslation();
  const session = useSession();
  const overview = useOverview();
  const { counts, state } = useLiveCounts();
  const timezone = session.data?.installation.timezone ?? 'UTC';
  return (
    <Page title={t('place.overview')} about={t('overview.about', { timezone })} actions={<LiveBadge state={state} />}>
      <Answer of={overview} rows={3}>
        {(totals) => totals.events_total === 0 && (counts.at(-1)?.events_total ?? 0) === 0
          ? <Panel><Empty title={t('overview.none')} hint={t('overview.none_hint')} action={<Button component={Link} to="/sources">{t('overview.none_action')}</Button>} /></Panel>
          : (
            <Stack gap="sm">
              {state === 'lost' && <Partial>{t('overview.lost')}</Partial>}
              <Figures totals={totals} live={counts.at(-1)} />
              <RatePanel counts={counts} />
              <TodayPanel timezone={timezone} live={counts.at(-1)} />
            </Stack>
          )}
      </Answer>
    </Page>
  );
}

function LiveBadge({ state }: { state: LiveState }) {
  const { t } = useTranslation();
  return <Badge color={state === 'open' ? 'line' : 'gold'} role="status">{t(`live.${state}`)}</Badge>;
}

function Figures({ totals, live }: { totals: Totals; live: LiveCounts | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = { ...totals, ...live };
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="sm">
      <Stat label={t('overview.rate')} value={format.number(now.events_per_second, 1)} unit={t('overview.rate_unit')} />
      <Stat label={t('overview.events')} value={format.number(now.events_total)} unit={t('overview.since_start')} />
      <Stat label={t('overview.known')} value={format.number(now.people_known)} unit={t('overview.known_unit')} />
      <Stat label={t('overview.unknown')} value={format.number(now.people_unknown)} unit={t('overview.unknown_unit')} />
      <Link to="/rejects" style={{ textDecoration: 'none', color: 'inherit' }}>
        <Stat label={t('overview.rejects')} value={format.number(now.rejects_open)} unit={t('overview.rejects_unit')} tone={now.rejects_open > 0 ? 'bad' : undefined} />
      </Link>
    </SimpleGrid>
  );
}

function RatePanel({ counts }: { counts: LiveCounts[] }) {
  const { t } = useTranslation();
  const hour = useLastHour();
  const series = useMemo(() => [{ label: t('overview.rate'), points: ratePoints(hour.data, counts) }], [hour.data, counts, t]);
  const end = Date.parse(counts.at(-1)?.at ?? hour.data?.meta.to ?? '') || undefined;
  return (
    <Panel title={t('overview.rate')} about={t('overview.rate_about')}>
      {hour.error ? <Partial>{t('overview.rate_only_live')}</Partial> : null}
      <LazyChart kind="line" series={series} height={150} label={t('overview.rate_about')} from={end && end - 3_600_000} to={end} />
    </Panel>
  );
}

function TodayPanel({ timezone, live }: { timezone: string; live: LiveCounts | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const today = useTodayBySource(timezone);
  const series = useMemo(() => (today.data ? trendSeries(today.data) : []), [today.data]);
  const total = series.reduce((sum, one) => sum + one.total, 0);
  return (
    <Panel title={t('overview.today')}
      about={today.data ? t('overview.today_about', { events: format.number(total), people: format.number(today.data.meta.people), timezone: today.data.meta.timezone }) : ''}>
      <Answer of={today}>
        {(data) => (
          <>
            <LazyChart kind="stacked" series={series} height={210} label={t('overview.today')} from={Date.parse(data.meta.from)} to={Date.parse(data.meta.to)} />
            <SourceTable totals={new Map(series.map((one) => [one.label, one.total]))} all={total} live={live} askedAt={today.dataUpdatedAt} />
          </>
        )}
      </Answer>
    </Panel>
  );
}

interface SourceTableProps {
  totals: Map<string, number>;
  all: number;
  live: LiveCounts | undefined;
  askedAt: number; // When the totals were.
}

function SourceTable({ totals, all, live, askedAt }: SourceTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const sources = useSources();
  return (
    <Answer of={sources}>
      {(list) => (
        <div className="scroll-x">
          <Table className="cards" aria-label={t('overview.today')} mt="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('source.source')}</Table.Th>
                <Table.Th className="num">{t('overview.events_today')}</Table.Th>
                <Table.Th className="num">{t('overview.share')}</Table.Th>
                <Table.Th className="num">{t('overview.rate')}</Table.Th>
                <Table.Th className="num">{t('overview.rejects')}</Table.Th>
                <Table.Th>{t('source.last_event')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {[...list.items].sort((a, b) => (totals.get(b.key) ?? 0) - (totals.get(a.key) ?? 0)).map((source) => (
                <Table.Tr key={source.key} data-source={source.key}>
                  <Cell>
                    <Anchor component={Link} className="row-link" to={`/sources/${source.key}`}>{source.name}</Anchor>{' '}
                    <SourceState source={source} />
                  </Cell>
                  <Cell label={t('overview.events_today')} className="num">
                    {format.number(totals.get(source.key) ?? 0)}
                    {!totals.get(source.key) && isOfBefore(source.health, askedAt) && <Text size="xs" c="dimmed">{t('overview.of_before')}</Text>}
                  </Cell>
                  <Cell label={t('overview.share')} className="num">{all ? format.percent((totals.get(source.key) ?? 0) / all) : '–'}</Cell>
                  <Cell label={t('overview.rate')} className="num">{format.number(live?.sources[source.key]?.events_per_second ?? source.health.events_per_second, 1)}</Cell>
                  <Cell label={t('overview.rejects')} className="num">{format.number(source.health.rejects_open)}</Cell>
                  <Cell label={t('source.last_event')}><Time at={source.health.last_event_at} /></Cell>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Answer>
  );
}
