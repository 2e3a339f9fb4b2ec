// A question as a value: what it starts as, whether it can be asked, how it stands in an address,
// and the same question of the period before. Pure.

import type { Schemas } from '../../data/client';

/** A question of the builder; statements have a screen of their own. */
export type Question = Exclude<Schemas['Query'], Schemas['SqlQuery']>;
export type TrendQuestion = Schemas['TrendQuery'];
export type FunnelQuestion = Schemas['FunnelQuery'];
export type RetentionQuestion = Schemas['RetentionQuery'];
export type AttributionQuestion = Schemas['AttributionQuery'];
export type QueryAnswer = Exclude<Schemas['QueryAnswer'], Schemas['SqlAnswer']>;
export type TrendSeries = TrendQuestion['series'][number];
export type FunnelStep = FunnelQuestion['steps'][number];
export type Kind = Question['kind'];

/** The answer of a question of the builder, which is never that of a statement. */
export function builtAnswer(answer: Schemas['QueryAnswer']): QueryAnswer {
  if (answer.kind === 'sql') throw new Error('asked a question, answered in SQL');
  return answer;
}

export const kKinds = ['trend', 'funnel', 'retention', 'attribution'] as const satisfies readonly Kind[];

/** Which events are meant: of a name, of a type, or every one; and what must hold for them. */
export interface EventChoice {
  event?: string;
  type?: 'track' | 'identify' | 'page' | 'screen' | 'group' | 'alias';
  where?: unknown;
}

export const kOperators = ['eq', 'ne', 'contains', 'starts_with', 'gt', 'gte', 'lt', 'lte', 'in', 'not_in', 'exists', 'not_exists'] as const;
export type Operator = (typeof kOperators)[number];
export type Scalar = string | number | boolean;

/** One condition on a property. */
export interface Leaf {
  property: string;
  op: Operator;
  value?: Scalar | Scalar[];
}

const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);

function isLeaf(value: unknown): value is Leaf {
  const leaf = value as Leaf | null;
  return typeof leaf === 'object' && leaf !== null && typeof leaf.property === 'string' && kOperators.includes(leaf.op)
    && (leaf.value === undefined || isScalar(leaf.value) || (Array.isArray(leaf.value) && leaf.value.every(isScalar)));
}

/** The conditions that all must hold; null for a form that only the API can write (or, not, nested). */
export function leavesOf(where: unknown): Leaf[] | null {
  if (where === undefined || where === null) return [];
  const list = Array.isArray(where) ? where : (where as { and?: unknown }).and ?? [where];
  return Array.isArray(list) && list.every(isLeaf) ? list : null;
}

/** A condition as the API takes it; undefined without any. */
export function whereOf(leaves: readonly Leaf[]): unknown {
  return leaves.length === 0 ? undefined : leaves.length === 1 ? leaves[0] : { and: leaves };
}

/** Whether somebody said which events are meant. */
export function isChosen(choice: EventChoice | undefined): boolean {
  return !!choice && (!!choice.event || !!choice.type);
}

/** What of a question is still to be chosen: the name of a text `ask.missing_*`, or null. */
export function missingOf(question: Question): 'step' | 'cohort' | 'return' | 'conversion' | 'property' | null {
  switch (question.kind) {
    case 'trend':
      return question.series.some((one) => needsProperty(one.measure) && !one.property) ? 'property' : null;
    case 'funnel':
      return question.steps.length > 0 && question.steps.every((step) => isChosen(step as EventChoice)) ? null : 'step';
    case 'retention':
      return !isChosen(question.cohort as EventChoice) ? 'cohort' : !isChosen(question.return as EventChoice) ? 'return' : null;
    case 'attribution':
      return isChosen(question.conversion as EventChoice) ? null : 'conversion';
  }
}

export type Measure = TrendSeries['measure'];

export const kMeasures = ['events', 'people', 'sessions', 'sum', 'avg', 'p50', 'p90', 'p99'] as const satisfies readonly Measure[];

/** Measures that read a number of the event. */
export function needsProperty(measure: Measure): boolean {
  return measure !== 'events' && measure !== 'people' && measure !== 'sessions';
}

/** Whether the values of a measure add up over time and over people. */
export function addsUp(measure: Measure): boolean {
  return measure === 'events' || measure === 'sum';
}

interface Shared {
  from: string;
  to?: string;
  timezone?: string;
  where?: unknown;
}

function sharedOf(question: Question): Shared {
  const { from, to, timezone, where } = question;
  return {
    from: from ?? '-30d',
    ...(to === undefined ? {} : { to }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(where === undefined || where === null ? {} : { where }),
  };
}

/** The events that a question is about, first the one it begins with. */
export function eventsOf(question: Question): EventChoice[] {
  switch (question.kind) {
    case 'trend': return question.series as EventChoice[];
    case 'funnel': return question.steps as EventChoice[];
    case 'retention': return [question.cohort as EventChoice, question.return as EventChoice];
    case 'attribution': return [question.conversion as EventChoice];
  }
}

/** A question of another kind about the same events, range and people, as far as it can be. */
export function startOf(kind: Kind, before?: Question): Question {
  const shared: Shared = before ? sharedOf(before) : { from: '-30d' };
  const events = before ? eventsOf(before).filter((one) => isChosen(one) && one.event !== '*') : [];
  const plain = events.map(({ event, type, where }): EventChoice => ({
    ...(event ? { event } : {}), ...(type ? { type } : {}), ...(where === undefined ? {} : { where }),
  }));
  switch (kind) {
    case 'trend': {
      const last = plain.at(-1);
      return { kind, ...shared, interval: 'day', series: [{ ...(last ?? { event: '*' }), event: last?.event ?? '*', measure: 'events' }] } as TrendQuestion;
    }
    case 'funnel':
      return { kind, ...shared, steps: plain.length > 1 ? plain : [...plain, {}], window: '7d' } as FunnelQuestion;
    case 'retention':
      return { kind, ...shared, from: before ? shared.from : '-90d', cohort: plain[0] ?? {}, return: plain[0] ?? { event: '*' }, interval: 'week', periods: 8 } as RetentionQuestion;
    case 'attribution':
      return { kind, ...shared, conversion: plain.at(-1) ?? {}, models: ['first', 'last', 'last_non_direct'], by: 'channel' } as AttributionQuestion;
  }
}

/** The text of a question in an address. */
export function encodeQuestion(question: Question): string {
  return JSON.stringify(question);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown) => value === undefined || typeof value === 'string';
const isList = (value: unknown, holds: (item: unknown) => boolean) => Array.isArray(value) && value.every(holds);
const isOptional = (value: unknown, holds: (value: unknown) => boolean) => value === undefined || holds(value);

/** Whether the parts that the sentence reads are of the form it reads. */
function hasForm(value: Record<string, unknown>): boolean {
  if (![value.from, value.to, value.window, value.lookback].every(isText) || !isOptional(value.breakdown, isObject)) return false;
  switch (value.kind) {
    case 'trend':
      return isList(value.series, (one) => isObject(one) && kMeasures.some((measure) => measure === one.measure)) && (value.series as unknown[]).length > 0;
    case 'funnel':
      return isList(value.steps, isObject) && isOptional(value.exclusions, (list) => isList(list, isObject)) && isOptional(value.hold, (list) => isList(list, (one) => typeof one === 'string'));
    case 'retention':
      return isObject(value.cohort) && isObject(value.return) && isOptional(value.brackets, (list) => isList(list, Array.isArray));
    case 'attribution':
      return isObject(value.conversion) && isOptional(value.models, Array.isArray);
    default:
      return false;
  }
}

/** Reads what encodeQuestion() wrote; null for anything else, so that a cut link begins afresh. */
export function decodeQuestion(text: string | null): Question | null {
  if (!text) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && hasForm(value) ? (value as unknown as Question) : null;
  } catch {
    return null;
  }
}

/** The page of the explorer that shows a question. */
export function explorePath(question: Question, compare = false): string {
  const params = new URLSearchParams({ q: encodeQuestion(question), ...(compare ? { compare: 'before' } : {}) });
  return `/explore?${params}`;
}

const kDayMs = 86_400_000;
const kRelative = /^-(\d+)(s|m|h|d|w|mo)$/;
const kDate = /^\d{4}-\d{2}-\d{2}$/;

const dateText = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** Whole months between two dates that both begin one; null when they do not. */
function wholeMonths(from: string, to: string): number | null {
  if (!from.endsWith('-01') || !to.endsWith('-01')) return null;
  const index = (date: string) => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7));
  return index(to) - index(from);
}

function monthsBefore(date: string, months: number): string {
  const [year, month] = [Number(date.slice(0, 4)), Number(date.slice(5, 7))];
  return dateText(Date.UTC(year, month - 1 - months, 1));
}

/**
 * The range of equal length that ends where this one begins. Of whole months of the calendar the
 * months before, so that March is compared with February.
 */
export function rangeBefore(from: string, to: string | undefined, now: Date): { from: string; to: string } {
  const relative = kRelative.exec(from);
  if (relative && to === undefined) return { from: `-${2 * Number(relative[1])}${relative[2]}`, to: from };
  if (kDate.test(from) && to !== undefined && kDate.test(to)) {
    const months = wholeMonths(from, to);
    if (months !== null && months > 0) return { from: monthsBefore(from, months), to: from };
    return { from: dateText(2 * Date.parse(from) - Date.parse(to)), to: from };
  }
  const begin = instantOf(from, now);
  const end = to === undefined ? now.getTime() : instantOf(to, now);
  return { from: new Date(2 * begin - end).toISOString(), to: relative ? new Date(begin).toISOString() : from };
}

const kUnitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: kDayMs, w: 7 * kDayMs, mo: 30 * kDayMs };

/** The instant of a date, a time or a length before now; a date begins in UTC. */
function instantOf(text: string, now: Date): number {
  const relative = kRelative.exec(text);
  return relative ? now.getTime() - Number(relative[1]) * kUnitMs[relative[2] ?? 'd']! : Date.parse(text);
}

/** The same question of the period before. */
export function questionBefore(question: Question, now: Date): Question {
  return { ...question, ...rangeBefore(question.from ?? '-30d', question.to, now) };
}

/** The question whose lists of people belong to an answer: of exactly the range that was counted. */
export function questionOfAnswer(question: Question, answer: QueryAnswer): Question {
  return { ...question, from: answer.meta.from, to: answer.meta.to };
}

/** A copy with some fields changed; undefined takes a field away. */
export function changed<T extends object>(of: T, fields: { [K in keyof T]?: T[K] | undefined }): T {
  const all = Object.entries({ ...of, ...fields }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(all) as T;
}

/** A value that was typed, as the property's own type: `12` of a number is 12, of a text "12". */
export function valueOf(typed: string, kind: 'text' | 'number' | 'bool' | 'list' | undefined, op: Operator): Scalar {
  const text = typed.trim();
  const orders = ['gt', 'gte', 'lt', 'lte'].includes(op);
  if ((kind === 'number' || (orders && kind === undefined)) && text !== '' && Number.isFinite(Number(text))) return Number(text);
  if (kind === 'bool' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
