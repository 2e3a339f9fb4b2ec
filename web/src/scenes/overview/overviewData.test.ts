import { describe, expect, it } from 'vitest';
import { dateIn, nextDate, todayBySource, trendSeries, type TrendAnswer } from './overviewData';

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
