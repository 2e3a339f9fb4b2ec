// A question as a value: what it starts as, whether it can be asked, how it stands in an address.
// Pure.

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

/** What a question can be compared with: the range before, or the same a year earlier. */
export const kComparisons = ['previous', 'year'] as const satisfies readonly Schemas['Compare'][];
export type Comparison = Schemas['Compare'];

interface Shared {
  from: string;
  to?: string;
  timezone?: string;
  where?: unknown;
  compare?: Comparison;
}

function sharedOf(question: Question): Shared {
  const { from, to, timezone, where, compare } = question;
  return {
    from: from ?? '-30d',
    ...(to === undefined ? {} : { to }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(where === undefined || where === null ? {} : { where }),
    ...(compare ? { compare } : {}),
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

/** A funnel with other steps: the first and the last cannot be left out, and what names a step that is gone does not. */
export function withSteps(question: FunnelQuestion, steps: FunnelStep[]): FunnelQuestion {
  const kept = steps.map((step, index) => {
    const { optional, ...rest } = step;
    return optional && index > 0 && index < steps.length - 1 ? step : (rest as FunnelStep);
  });
  const isThere = (step: number | undefined) => step === undefined || (step <= kept.length && !kept[step - 1]?.optional);
  const exclusions = question.exclusions?.map((one) => (isThere(one.from_step) && isThere(one.to_step) ? one : changed(one, { from_step: undefined, to_step: undefined })));
  const { breakdown } = question;
  const isGone = breakdown?.at === 'step' && (breakdown.step ?? 1) > kept.length;
  return changed(question, { steps: kept, exclusions, breakdown: isGone ? changed(breakdown, { at: 'first', step: undefined }) : breakdown });
}

/** A funnel of another order. Steps in any order are all needed, have no places between them, and no ties. */
export function withOrder(question: FunnelQuestion, order: NonNullable<FunnelQuestion['order']>): FunnelQuestion {
  if (order !== 'any') return changed(question, { order });
  const exclusions = question.exclusions?.map((one) => changed(one, { from_step: undefined, to_step: undefined }));
  return changed(question, { order, ties: undefined, steps: question.steps.map(({ optional: _, ...step }) => step), exclusions });
}

/** The text of a question in an address. */
export function encodeQuestion(question: Question): string {
  return JSON.stringify(question);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown) => value === undefined || typeof value === 'string';
const isList = (value: unknown, holds: (item: unknown) => boolean) => Array.isArray(value) && value.every(holds);
const isOptional = (value: unknown, holds: (value: unknown) => boolean) => value === undefined || holds(value);

const isComparison = (value: unknown) => kComparisons.some((one) => one === value);

/** Whether the parts that the sentence reads are of the form it reads. */
function hasForm(value: Record<string, unknown>): boolean {
  if (![value.from, value.to, value.window, value.lookback].every(isText) || !isOptional(value.breakdown, isObject) || !isOptional(value.compare, isComparison)) return false;
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
export function explorePath(question: Question): string {
  return `/explore?${new URLSearchParams({ q: encodeQuestion(question) })}`;
}

/** The question whose lists of people belong to an answer: of exactly the range that was counted. */
export function questionOfAnswer(question: Question, answer: QueryAnswer): Question {
  const { compare: _, ...rest } = question;
  return { ...rest, from: answer.meta.from, to: answer.meta.to } as Question;
}

/** A copy with some fields changed; undefined takes a field away. */
export function changed<T extends object>(of: T, fields: { [K in keyof T]?: T[K] | undefined }): T {
  const all = Object.entries({ ...of, ...fields }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(all) as T;
}
