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

export function useTodayBySource(timezone: string) {
  return useQuery({
    queryKey: ['overview', 'today', timezone],
    queryFn: () => unwrap(api.POST('/api/query', { body: todayBySource(timezone, new Date()) })),
    refetchInterval: 15_000,
  });
}

/** Sources of a trend, most events first, as series to draw. */
export function trendSeries(answer: TrendAnswer): { label: string; total: number; points: Points }[] {
  return answer.series
    .map((one) => ({
      label: one.breakdown ?? one.label,
      total: one.total,
      points: one.points.map((point): [number, number] => [Date.parse(point.at), point.value]),
    }))
    .sort((a, b) => b.total - a.total);
}

/** Events per second over the minutes that were watched. */
export function ratePoints(counts: readonly LiveCounts[]): Points {
  return counts.map((one) => [Date.parse(one.at), one.events_per_second]);
}
