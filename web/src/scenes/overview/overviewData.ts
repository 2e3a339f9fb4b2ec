// What happens now, and today's events by source.

import { useQuery } from '@tanstack/react-query';
import { api, unwrap, type Schemas } from '../../data/client';
import type { LiveCounts } from '../../data/live';

export type Overview = Schemas['Overview'];
export type TrendAnswer = Schemas['TrendAnswer'];
export type TrendQuery = Schemas['TrendQuery'];

export type Points = [number, number][];

export function useOverview() {
  return useQuery({ queryKey: ['overview'], queryFn: () => unwrap(api.GET('/api/overview')), refetchInterval: 15_000 });
}

/** The date that it is at `now` in a zone, as 2026-03-02. */
export function dateIn(timezone: string, now: Date): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: timezone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now);
}

/** The day after a date. */
export function nextDate(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** All events of one day by hour and source. */
export function todayBySource(timezone: string, now: Date): TrendQuery {
  const from = dateIn(timezone, now);
  return {
    kind: 'trend', from, to: nextDate(from), timezone, interval: 'hour',
    breakdown: { property: 'source', limit: 12 },
    series: [{ event: '*', measure: 'events' }],
  };
}

/** The answer of a trend; an answer of another kind cannot be one. */
function trendOf(answer: Schemas['QueryAnswer']): TrendAnswer {
  if (answer.kind !== 'trend') throw new Error(`asked for a trend, answered with ${answer.kind}`);
  return answer;
}

export function useTodayBySource(timezone: string) {
  return useQuery({
    queryKey: ['overview', 'today', timezone],
    queryFn: async () => trendOf(await unwrap(api.POST('/api/query', { body: todayBySource(timezone, new Date()) }))),
    refetchInterval: 15_000,
  });
}

/** Sources of a trend, most events first, as series to draw. */
export function trendSeries(answer: TrendAnswer): { label: string; total: number; points: Points }[] {
  return answer.series
    .map((one) => ({
      label: one.breakdown ?? one.label,
      total: one.total ?? 0,
      points: one.points.map((point): [number, number] => [Date.parse(point.at), point.value ?? 0]),
    }))
    .sort((a, b) => b.total - a.total);
}

/** Whether a source that has no events of today receives all the same: they happened on earlier days. */
export function isOfBefore(health: Schemas['SourceHealth'], askedAt: number): boolean {
  return health.state === 'receiving' && health.last_event_at !== null && Date.parse(health.last_event_at) < askedAt;
}

const kMinuteMs = 60_000;

/** Events of the last hour by minute, of all sources. */
export function lastHour(now: Date): TrendQuery {
  return { kind: 'trend', from: new Date(now.getTime() - 60 * kMinuteMs).toISOString(), timezone: 'UTC', interval: 'minute', series: [{ event: '*', measure: 'events' }] };
}

/** Asked once, when the screen opens; from then on the live line goes on. */
export function useLastHour() {
  return useQuery({
    queryKey: ['overview', 'hour'],
    queryFn: async () => trendOf(await unwrap(api.POST('/api/query', { body: lastHour(new Date()) }))),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}

/**
 * Events per second over the last hour: each minute's mean as the trend has it, up to where the
 * live line began, then what that has said. The minute that has not ended is not a mean of 60 s.
 */
export function ratePoints(trend: TrendAnswer | undefined, counts: readonly LiveCounts[]): Points {
  const live = counts.map((one): [number, number] => [Date.parse(one.at), one.events_per_second]);
  const end = live[0]?.[0] ?? (trend ? Date.parse(trend.meta.to) : 0);
  const before = (trend?.series[0]?.points ?? [])
    .map((point): [number, number] => [Date.parse(point.at) + kMinuteMs / 2, (point.value ?? 0) / 60])
    .filter(([at]) => at + kMinuteMs / 2 <= end);
  return [...before, ...live];
}
