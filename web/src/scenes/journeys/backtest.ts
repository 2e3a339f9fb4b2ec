// What a backtest told, in the order in which it is read. Pure.

import { stepsOf, textOf, type StepDoc } from './graph';
import { kEndReasons, kRefusals, type Backtest } from './journeysData';

export interface Counted { count: number; sample: readonly string[] } // Ids of the first few people behind it.

export interface Row<Key extends string = string> { key: Key; of: Counted }

const kNone: Counted = { count: 0, sample: [] };
const kShown = 5; // As many people as the server names.
const kGoalOfStep = 'of a step'; // What the server calls a goal that a step sets.
export const kFates = ['sent', 'refused', 'expired', 'withdrawn', 'waiting'] as const;
export type Fate = (typeof kFates)[number];

/** Several numbers as one, with the first few people of all. */
export function sumOf(cells: readonly Counted[]): Counted {
  return {
    count: cells.reduce((sum, one) => sum + one.count, 0),
    sample: [...new Set(cells.flatMap((one) => one.sample))].slice(0, kShown),
  };
}

/** What was met at all, the most first. */
function rowsOf<Key extends string>(keys: readonly Key[], cells: Readonly<Record<string, Counted>>): Row<Key>[] {
  return keys.map((key) => ({ key, of: cells[key] ?? kNone })).filter((row) => row.of.count > 0).sort((a, b) => b.of.count - a.of.count);
}

export const refusalsOf = (told: Backtest) => rowsOf(kRefusals, told.refused);
export const endingsOf = (told: Backtest) => rowsOf(kEndReasons, told.ended);

/** The goals that were met; a null name: by a step. */
export function goalsOf(told: Backtest): { name: string | null; of: Counted }[] {
  return told.goals.filter((one) => one.count > 0).map((one) => ({ name: one.goal === kGoalOfStep ? null : one.goal, of: one }));
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
    id: one.step, doc: docs.get(one.step) ?? null, visits: one.visits, runs: one.runs, stay: one.stay,
    next: one.next.map((way) => ({ to: way.to, of: way })),
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
    const fates = Object.fromEntries(kFates.map((fate) => [fate, messages[fate] ?? kNone])) as Record<Fate, Counted>;
    return [{ id: step, name: textOf(doc?.name) || step, channel: textOf(doc?.channel), template: textOf(doc?.template), fates, reasons: rowsOf(Object.keys(reasons), reasons) }];
  });
}

export interface PartRow { id: string; path: string; isHoldout: boolean; runs: Counted; goals: Counted; share: number | null /* Of its runs; null: there are none. */ }

/** The parts of splits, each with how many of its runs met a goal. */
export function partRows(told: Backtest): PartRow[] {
  return told.steps.flatMap(({ step, paths = [] }) => paths.map(({ path, holdout, runs, goals }) => ({
    id: step, path, isHoldout: holdout, runs, goals, share: runs.count > 0 ? goals.count / runs.count : null,
  })));
}

export interface Totals { sent: Counted; refused: Counted; goals: Counted }

/** The numbers of the first line. */
export function totalsOf(told: Backtest): Totals {
  return {
    sent: sumOf(told.steps.map((one) => one.messages?.sent ?? kNone)),
    refused: sumOf(Object.values(told.refused)),
    goals: told.ended.goal ?? kNone,
  };
}

/** The days on which something would have happened. */
export function busyDays(told: Backtest): Backtest['days'] {
  return told.days.filter((day) => day.entered > 0 || day.sent > 0);
}
