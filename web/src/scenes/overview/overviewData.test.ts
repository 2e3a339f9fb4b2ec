import { describe, expect, it } from 'vitest';
import type { LiveCounts } from '../../data/live';
import { dateIn, isOfBefore, lastHour, nextDate, ratePoints, todayBySource, trendSeries, type TrendAnswer } from './overviewData';

describe('today', () => {
  it('is the day of the installation, not of the browser', () => {
    const now = new Date('2026-03-01T22:30:00Z');
    expect(dateIn('Europe/Istanbul', now)).toBe('2026-03-02');
    expect(dateIn('America/New_York', now)).toBe('2026-03-01');
  });

  it('ends where the next day begins, also over a month and a leap day', () => {
    expect([nextDate('2026-03-31'), nextDate('2028-02-28'), nextDate('2026-12-31')]).toEqual(['2026-04-01', '2028-02-29', '2027-01-01']);
    const query = todayBySource('UTC', new Date('2026-03-02T10:00:00Z'));
    expect([query.from, query.to, query.breakdown?.property]).toEqual(['2026-03-02', '2026-03-03', 'source']);
  });
});

describe('a source without events of today', () => {
  it('that receives sends what happened before, unless it came after the question', () => {
    const health = (state: 'receiving' | 'quiet', at: string | null) => ({ state, last_event_at: at, events_total: 1, events_per_second: 0, rejects_open: 0 });
    const asked = Date.parse('2026-03-02T10:00:00Z');
    expect(isOfBefore(health('receiving', '2026-03-02T09:59:00Z'), asked)).toBe(true);
    expect([isOfBefore(health('receiving', '2026-03-02T10:00:01Z'), asked), isOfBefore(health('quiet', '2026-03-02T09:00:00Z'), asked)]).toEqual([false, false]);
  });
});

describe('the rate', () => {
  const at = (minute: number) => Date.parse('2026-03-02T10:00:00Z') + minute * 60_000;
  const trend = { series: [{ points: [0, 1, 2].map((minute) => ({ at: new Date(at(minute)).toISOString(), value: 60 * (minute + 1) })) }], meta: { to: new Date(at(2.5)).toISOString() } } as unknown as TrendAnswer;
  const live = (minute: number, rate: number) => ({ at: new Date(at(minute)).toISOString(), events_per_second: rate }) as LiveCounts;

  it('begins with the last hour, before anything was seen live', () => {
    expect(lastHour(new Date(at(0))).from).toBe('2026-03-02T09:00:00.000Z');
    // The third minute has not ended: it would look like a fall.
    expect(ratePoints(trend, [])).toEqual([[at(0.5), 1], [at(1.5), 2]]);
  });

  it('goes on live where the whole minutes end, in the order of time', () => {
    const points = ratePoints(trend, [live(2.4, 9), live(2.5, 8)]);
    expect(points).toEqual([[at(0.5), 1], [at(1.5), 2], [at(2.4), 9], [at(2.5), 8]]);
    expect(ratePoints(undefined, [live(2, 9)])).toEqual([[at(2), 9]]);
  });
});

describe('trend', () => {
  it('puts the largest source first and keeps its points', () => {
    const series = (breakdown: string, total: number) => ({
      label: 'events', breakdown, event: '*', total, points: [{ at: '2026-03-02T10:00:00.000Z', value: total }],
    });
    const answer = { series: [series('pos', 2), series('web', 9)] } as unknown as TrendAnswer;
    expect(trendSeries(answer)).toEqual([
      { label: 'web', total: 9, points: [[1772445600000, 9]] },
      { label: 'pos', total: 2, points: [[1772445600000, 2]] },
    ]);
  });
});
