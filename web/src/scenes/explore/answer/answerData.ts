// What the views of an answer show: lines with their pairs of the range compared with, changes, marks
// of cohorts. Pure.

import type { Schemas } from '../../../data/client';
import { addsUp, needsProperty, type Measure, type QueryAnswer, type Question, type TrendQuestion } from '../question';

export type TrendAnswer = Schemas['TrendAnswer'];
export type FunnelAnswer = Schemas['FunnelAnswer'];
export type RetentionAnswer = Schemas['RetentionAnswer'];
export type AttributionAnswer = Schemas['AttributionAnswer'];

/** A number that was chosen, to see who is behind it. */
export interface OpenCell {
  token: string; // Of the answer.
  about: string; // What the number says, in words.
  past: boolean; // It is one of the range compared with.
}

export type OnOpen = (cell: OpenCell) => void;

/** A question with its answer. */
export interface Answered {
  question: Question;
  answer: QueryAnswer;
}

/** The question and the answer of the range that an answer is compared with, where it is. */
export function answeredBefore({ question, answer }: Answered): Answered | undefined {
  if (!answer.previous) return undefined;
  const { compare: _, ...rest } = question;
  return { question: rest as Question, answer: answer.previous };
}

export interface TrendPoint {
  at: number; // Milliseconds.
  value: number | null; // Null: nothing to take a mean or a percentile of.
  people: string | undefined;
}

export interface TrendLine {
  key: string; // Tells lines of one answer apart, and pairs them with those of another.
  series: number; // Place in the question.
  event: string;
  measure: Measure;
  value: string | null; // Of the breakdown.
  kind: 'whole' | 'value' | 'none' | 'other'; // Without a breakdown; of a value; of events without one; of all others.
  currency: string | null;
  total: number | null;
  known: number | null; // Known people among those counted.
  ignored: number; // Events left out because their property was no number.
  limited: boolean; // There were too many values to know the largest for certain.
  points: TrendPoint[];
}

/** The place in the question that a line belongs to: its token tells; a line without follows another. */
function seriesOf(line: TrendAnswer['series'][number], last: number): number {
  const token = line.points.find((point) => point.people)?.people;
  const found = /^c_(\d+)_/.exec(token ?? '')?.[1];
  return found === undefined ? last : Number(found);
}

const kOther = '(other)';

/** The lines of a trend, in the order of the answer. */
export function trendLines(question: TrendQuestion, answer: TrendAnswer): TrendLine[] {
  let last = 0;
  return answer.series.map((line) => {
    last = seriesOf(line, last);
    const asked = question.series[last];
    const kind = !question.breakdown ? 'whole' : line.breakdown === null ? 'none' : line.breakdown === kOther ? 'other' : 'value';
    return {
      key: JSON.stringify([last, kind, line.breakdown, line.currency ?? null]),
      series: last, event: line.event, measure: asked?.measure ?? 'events', value: line.breakdown, kind,
      currency: line.currency ?? null, total: line.total, known: line.known_total ?? null,
      ignored: line.ignored ?? 0, limited: line.limited ?? false,
      points: line.points.map(({ at, value, people }) => ({ at: Date.parse(at), value, people })),
    };
  });
}

/** How trends are drawn: what adds up stands as bars, one on the other; what does not, as lines. */
export function trendChartKind(lines: readonly TrendLine[]): 'line' | 'stacked' {
  const measures = new Set(lines.map((line) => line.measure));
  const one = measures.size === 1 && addsUp([...measures][0]!);
  return one && new Set(lines.map((line) => line.series)).size === 1 && (lines[0]?.points.length ?? 0) <= 62 ? 'stacked' : 'line';
}

/** Lines that share an axis: counts of people or events, numbers of a property, money of a currency. */
export function unitOf(line: TrendLine): string {
  return line.currency ?? (needsProperty(line.measure) ? 'number' : 'count');
}

/** The lines by the axis they share, in their order. */
export function chartsOf(lines: readonly TrendLine[]): TrendLine[][] {
  const charts = new Map<string, TrendLine[]>();
  for (const line of lines) charts.set(unitOf(line), [...(charts.get(unitOf(line)) ?? []), line]);
  return [...charts.values()];
}

const kWidthMs: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 23 * 3_600_000, week: 167 * 3_600_000, month: 671 * 3_600_000 };

/** Whether an interval is only partly within the range: its number is of a part of it. */
export function isPart(at: number, interval: string, meta: { from: string; to: string }): boolean {
  return at < Date.parse(meta.from) || at + (kWidthMs[interval] ?? 0) > Date.parse(meta.to);
}

/** How much more there is than before, as a share of before; null where that says nothing. */
export function changeOf(now: number | null | undefined, before: number | null | undefined): number | null {
  if (now === null || now === undefined || !before) return null;
  return (now - before) / Math.abs(before);
}

/** The largest of numbers, at least 1, to draw others as shares of it. */
export function largest(numbers: readonly (number | null | undefined)[]): number {
  return Math.max(1, ...numbers.map((one) => one ?? 0));
}

export type FunnelStep = FunnelAnswer['steps'][number];

/** How many of those who entered came through the last step; null of nobody. */
export function conversionOf(steps: readonly FunnelStep[]): number | null {
  return steps.at(-1)?.from_start ?? null;
}

/** The money of a row by the only currency there is; null where there are several. */
export function moneyOf(values: readonly { currency: string | null; value: number }[] | undefined, one: number | null | undefined): number | null {
  if (one !== undefined) return one;
  return values?.length === 1 ? values[0]!.value : null;
}

/** The parts of an attribution's row that say which it is, as text; null: events that name none. */
export function rowParts(by: readonly string[], row: AttributionAnswer['rows'][number]): (string | null)[] {
  return by.map((part) => (part === 'channel' ? row.name ?? row.channel ?? null : (row[part as 'campaign'] ?? null)));
}

/** What pairs a row with that of another answer. */
export function rowKey(by: readonly string[], row: AttributionAnswer['rows'][number]): string {
  return JSON.stringify(by.map((part) => row[part as 'channel'] ?? null));
}

/** How strong a retention cell is coloured: 0 to 1, by its share of the most there is. */
export function shade(share: number | null | undefined, most: number): number {
  return share ? Math.min(1, share / Math.max(most, 0.01)) : 0;
}

/** Whether an answer found nothing at all. */
export function isEmpty(answer: QueryAnswer): boolean {
  switch (answer.kind) {
    case 'trend': return answer.series.every((line) => !line.total);
    case 'funnel': return answer.steps[0]?.count === 0;
    case 'retention': return answer.meta.sample === 0;
    case 'attribution': return answer.rows.length === 0;
  }
}
