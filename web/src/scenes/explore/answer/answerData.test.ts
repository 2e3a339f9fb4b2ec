import { describe, expect, it } from 'vitest';
import type { TrendQuestion } from '../question';
import { changeOf, chartsOf, isPart, moneyOf, rowKey, rowParts, shade, trendChartKind, trendLines, type AttributionAnswer, type TrendAnswer } from './answerData';

const question: TrendQuestion = {
  kind: 'trend', from: '-7d', interval: 'day', breakdown: { property: 'plan' },
  series: [{ event: 'A', measure: 'events' }, { event: 'A', measure: 'people' }],
};
const line = (series: number, breakdown: string | null, token = true) => ({
  label: 'x', event: 'A', breakdown, total: 3,
  points: [{ at: '2026-03-02T00:00:00.000Z', value: 3, ...(token ? { people: `c_${series}_1772409600_${breakdown ?? ''}` } : {}) }],
});
const answer = { kind: 'trend', series: [line(0, 'pro'), line(0, null), line(0, '(other)', false), line(1, 'pro')], meta: {} } as unknown as TrendAnswer;

describe('lines of a trend', () => {
  const lines = trendLines(question, answer);

  it('belong to the series their tokens name; the rest to that before it', () => {
    expect(lines.map((one) => [one.series, one.measure, one.kind])).toEqual([[0, 'events', 'value'], [0, 'events', 'none'], [0, 'events', 'other'], [1, 'people', 'value']]);
    expect(new Set(lines.map((one) => one.key)).size).toBe(4);
  });

  it('are told from those of a question without a breakdown', () => {
    const { breakdown: _, ...whole } = question;
    expect(trendLines(whole, answer)[1]?.kind).toBe('whole');
  });

  it('share an axis only where they are of one unit', () => {
    const of = (measure: 'events' | 'people' | 'sum' | 'avg', currency: string | null) => ({ ...lines[0]!, measure, currency });
    const charts = chartsOf([of('events', null), of('sum', 'EUR'), of('people', null), of('sum', 'TRY'), of('avg', 'EUR'), of('avg', null)]);
    expect(charts.map((chart) => chart.map((line) => `${line.measure} ${line.currency ?? ''}`.trim()))).toEqual([['events', 'people'], ['sum EUR', 'avg EUR'], ['sum TRY'], ['avg']]);
  });

  it('tell intervals that the range cuts', () => {
    const meta = { from: '2026-03-01T12:00:00.000Z', to: '2026-03-03T00:00:00.000Z' };
    const days = [1, 2, 3].map((day) => Date.parse(`2026-03-0${day}T00:00:00Z`));
    expect(days.map((at) => isPart(at, 'day', meta))).toEqual([true, false, true]);
  });

  it('stand as bars where they add up, else as lines', () => {
    expect(trendChartKind(lines.slice(0, 3))).toBe('stacked');
    expect(trendChartKind(lines)).toBe('line');
    expect(trendChartKind(lines.slice(3))).toBe('line');
  });
});

describe('figures', () => {
  it('tell a change only against something', () => {
    expect(changeOf(12, 10)).toBeCloseTo(0.2);
    expect(changeOf(-5, -10)).toBeCloseTo(0.5);
    expect([changeOf(3, 0), changeOf(null, 3), changeOf(3, undefined)]).toEqual([null, null, null]);
  });

  it('give money only in one currency', () => {
    expect(moneyOf([{ currency: 'EUR', value: 2 }], undefined)).toBe(2);
    expect(moneyOf([{ currency: 'EUR', value: 2 }, { currency: 'TRY', value: 3 }], null)).toBeNull();
  });

  it('shade cells by the most there is', () => {
    expect([shade(0.2, 0.4), shade(null, 0.4), shade(0, 0), shade(0.9, 0.4)]).toEqual([0.5, 0, 0, 1]);
  });

  it('name a row of an attribution by all its parts', () => {
    const row = { channel: 'email', name: 'E-mail', campaign: null } as unknown as AttributionAnswer['rows'][number];
    expect(rowParts(['channel', 'campaign'], row)).toEqual(['E-mail', null]);
    expect(rowKey(['channel', 'campaign'], row)).toBe('["email",null]');
  });
});
