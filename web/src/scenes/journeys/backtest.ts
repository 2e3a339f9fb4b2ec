// What a backtest told, in the order in which it is read. Pure.

import { stepsOf, textOf, type StepDoc } from './graph';
import { kEndReasons, kRefusals, type Backtest } from './journeysData';

export type Way = readonly string[]; // To a number of the answer, by which its people are asked for.

export interface Counted {
  count: number;
  sample: readonly string[]; // Ids of the first few people behind it.
  way?: Way; // None: it is a sum of several.
}

export interface Row<Key extends string = string> { key: Key; of: Counted }

const kNone: Counted = { count: 0, sample: [] };
const kShown = 5; // As many people as the server names.
const kGoalOfStep = 'of a step'; // What the server calls a goal that a step sets.
export const kFates = ['sent', 'refused', 'expired', 'withdrawn', 'waiting'] as const;
export type Fate = (typeof kFates)[number];

/** A number, with the way to it. */
const at = ({ count, sample }: Counted, ...way: string[]): Counted => ({ count, sample, way });

/** Several numbers as one, with the first few people of all. */
export function sumOf(cells: readonly Counted[]): Counted {
  const [first, ...others] = cells.filter((one) => one.count > 0);
  if (first && others.length === 0) return first;
  return {
    count: cells.reduce((sum, one) => sum + one.count, 0),
    sample: [...new Set(cells.flatMap((one) => one.sample))].slice(0, kShown),
  };
}

/** What was met at all, the most first. */
function rowsOf<Key extends string>(keys: readonly Key[], cells: Readonly<Record<string, Counted>>, ...way: string[]): Row<Key>[] {
  return keys.map((key) => ({ key, of: at(cells[key] ?? kNone, ...way, key) })).filter((row) => row.of.count > 0).sort((a, b) => b.of.count - a.of.count);
}

export const refusalsOf = (told: Backtest) => rowsOf(kRefusals, told.refused, 'refused');
export const endingsOf = (told: Backtest) => rowsOf(kEndReasons, told.ended, 'ended');

/** The goals that were met; a null name: by a step. */
export function goalsOf(told: Backtest): { name: string | null; of: Counted }[] {
  return told.goals.filter((one) => one.count > 0).map((one) => ({ name: one.goal === kGoalOfStep ? null : one.goal, of: at(one, 'goals', one.goal) }));
}

export interface StepRow {
  id: string;
  doc: StepDoc | null; // Null where what is written does not name it.
  visits: number;
  runs: Counted;
  stay: Counted;
  next: { to: string; of: Counted }[];
}

/** The steps as they are written, each with who came to it. */
export function stepRows(told: Backtest, document: unknown): StepRow[] {
  const docs = new Map(stepsOf(document).map((one) => [one.id, one]));
  return told.steps.map((one) => ({
    id: one.step, doc: docs.get(one.step) ?? null, visits: one.visits,
    runs: at(one.runs, 'steps', one.step, 'runs'), stay: at(one.stay, 'steps', one.step, 'stay'),
    next: one.next.map((way) => ({ to: way.to, of: at(way, 'steps', one.step, 'next', way.to) })),
  }));
}

export interface MessageRow {
  id: string;
  name: string; // Its id where it has no other.
  channel: string; // Empty where what is written does not say it.
  template: string;
  fates: Record<Fate, Counted>;
  reasons: Row[]; // Why of those refused.
}

/** What would have become of the messages of each step that asked for any. */
export function messageRows(told: Backtest, document: unknown): MessageRow[] {
  const docs = new Map(stepsOf(document).map((one) => [one.id, one]));
  return told.steps.flatMap(({ step, messages, reasons = {} }) => {
    if (!messages) return [];
    const doc = docs.get(step);
    const fates = Object.fromEntries(kFates.map((fate) => [fate, at(messages[fate] ?? kNone, 'steps', step, 'messages', fate)])) as Record<Fate, Counted>;
    return [{ id: step, name: textOf(doc?.name) || step, channel: textOf(doc?.channel), template: textOf(doc?.template), fates, reasons: rowsOf(Object.keys(reasons), reasons, 'steps', step, 'reasons') }];
  });
}

export interface PartRow { id: string; path: string; isHoldout: boolean; runs: Counted; goals: Counted; share: number | null /* Of its runs; null: there are none. */ }

/** The parts of splits, each with how many of its runs met a goal. */
export function partRows(told: Backtest): PartRow[] {
  return told.steps.flatMap(({ step, paths = [] }) => paths.map(({ path, holdout, runs, goals }) => ({
    id: step, path, isHoldout: holdout, runs: at(runs, 'steps', step, 'paths', path, 'runs'), goals: at(goals, 'steps', step, 'paths', path, 'goals'), share: runs.count > 0 ? goals.count / runs.count : null,
  })));
}

export interface Totals { entered: Counted; underWay: Counted; sent: Counted; refused: Counted; goals: Counted }

/** The numbers of the first line. */
export function totalsOf(told: Backtest): Totals {
  return {
    entered: at(told.entered, 'entered'),
    underWay: at(told.under_way, 'under_way'),
    sent: sumOf(told.steps.map(({ step, messages }) => at(messages?.sent ?? kNone, 'steps', step, 'messages', 'sent'))),
    refused: sumOf(Object.entries(told.refused).map(([reason, of]) => at(of, 'refused', reason))),
    goals: at(told.ended.goal ?? kNone, 'ended', 'goal'),
  };
}

export interface Day { date: string; entered: Counted; sent: Counted }

/** The days on which something would have happened. */
export function busyDays(told: Backtest): Day[] {
  const of = (date: string, what: string, count: number) => at({ count, sample: [] }, 'days', date, what);
  return told.days.filter((day) => day.entered > 0 || day.sent > 0).map(({ date, entered, sent }) => ({ date, entered: of(date, 'entered', entered), sent: of(date, 'sent', sent) }));
}

export interface MessageDay { date: string; id: string; sent: number; refused: number; expired: number }

/** The messages of each day, a row for each step that asked for any; days without any are left out. */
export function messageDays(told: Backtest): MessageDay[] {
  const rows = told.steps.flatMap(({ step, days = [] }) => days.map((day) => ({ ...day, id: step })));
  return rows.sort((a, b) => a.date.localeCompare(b.date)); // Of a day in the order of the steps.
}

/** How many messages of a step are sent on each day of the range. */
export function sentByDay(told: Backtest, id: string): [number, number][] {
  const sent = new Map(told.steps.find((one) => one.step === id)?.days?.map((day) => [day.date, day.sent]));
  return told.days.map((day, place) => [place, sent.get(day.date) ?? 0]);
}
