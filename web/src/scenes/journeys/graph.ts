// A journey as steps and the ways between them, with the counts of its runs. Pure.

import type { Schemas } from '../../data/client';

export type VersionReport = Schemas['JourneyVersionReport'];

/** A step as it is written; of a draft anything may be missing, or be something else. */
export type StepDoc = Record<string, unknown> & { id: string; type: string };

export interface Way {
  from: string;
  to: string; // A step, or kEnd.
  names: WayName[]; // What leads along it, where there is more than one way.
  count: number | null; // How often it was gone; null: of a draft.
  isGuess: boolean; // Nothing is known to lead there: nobody went it, or nothing that is written does.
}

export interface WayName {
  kind: 'event' | 'timeout' | 'path' | 'else' | 'part' | 'done' | 'overdue';
  text: string; // As it is written; empty where the kind says it all.
  share?: number;
  isHoldout?: boolean;
  count?: number; // Of a part.
}

export interface Stop {
  id: string;
  type: string;
  doc: StepDoc | null;
  now: number | null;
  reached: number | null;
}

export interface Graph { stops: Stop[]; ways: Way[] }

export const kStart = ''; // Where runs begin; no step is called so.
export const kEnd = 'end';

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);

/** Plain text of anything. */
export const textOf = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

/** The steps of a document, those that have an id. */
export function stepsOf(document: unknown): StepDoc[] {
  return listOf(isFields(document) ? document.steps : []).flatMap((step) => (typeof step.id === 'string' ? [{ ...step, id: step.id, type: textOf(step.type) }] : []));
}

type Exit = [to: string, name: WayName | null];

/** Where a step leads, by what. */
export function exitsOf(step: StepDoc, below: string): Exit[] {
  const to = (fields: Fields, key = 'next') => textOf(fields[key]) || below;
  switch (step.type) {
    case 'end':
      return [];
    case 'wait_for': {
      const events = listOf(step.events).map((one): Exit => [to(one), { kind: 'event', text: textOf(one.event) }]);
      return [...events, [to(step), { kind: 'timeout', text: textOf(step.timeout) }]];
    }
    case 'branch': {
      const paths = listOf(step.paths).map((one, at): Exit => [to(one), { kind: 'path', text: textOf(one.name) || String(at + 1) }]);
      return [...paths, [to(step, 'else'), { kind: 'else', text: '' }]];
    }
    case 'split':
      return listOf(step.parts).map((one): Exit => [to(one), { kind: 'part', text: textOf(one.name), share: Number(one.share), isHoldout: one.holdout === true }]);
    case 'task':
      if (!textOf(step.escalated)) return [[to(step), null]];
      return [[to(step), { kind: 'done', text: '' }], [to(step, 'escalated'), { kind: 'overdue', text: '' }]];
    default:
      return [[to(step), null]];
  }
}

/** Ways between the same two steps become one, that has all their names. */
function joined(from: string, exits: readonly Exit[]): Way[] {
  const ways: Way[] = [];
  for (const [to, name] of exits) {
    const way = ways.find((one) => one.to === to);
    if (way) way.names.push(...(name ? [name] : []));
    else ways.push({ from, to, names: name ? [name] : [], count: null, isGuess: false });
  }
  return ways;
}

/** Ways to steps that nothing leads to, from the step above: so they stand where they are written. */
function guessesFor(ids: readonly string[], ways: readonly Way[]): Way[] {
  const isLed = (id: string) => ways.some((way) => way.to === id && way.from !== id);
  return ids.flatMap((id, at) => (at === 0 || isLed(id) ? [] : [{ from: ids[at - 1]!, to: id, names: [], count: null, isGuess: true }]));
}

/** What is written, without counts. */
export function graphOf(document: unknown): Graph {
  const steps = stepsOf(document);
  const known = new Set([kEnd, ...steps.map((step) => step.id)]);
  const below = (at: number) => steps[at + 1]?.id ?? kEnd;
  const start: Way[] = steps[0] ? [{ from: kStart, to: steps[0].id, names: [], count: null, isGuess: false }] : [];
  const ways = [...start, ...steps.flatMap((step, at) => joined(step.id, exitsOf(step, below(at)).filter(([to]) => known.has(to))))];
  return {
    stops: steps.map((step) => ({ id: step.id, type: step.type, doc: step, now: null, reached: null })),
    ways: [...ways, ...guessesFor(steps.map((step) => step.id), ways)],
  };
}

function countsOf(graph: Graph, report: VersionReport): Graph {
  const steps = new Map(report.steps.map((one) => [one.id, one]));
  const edges = new Map(report.edges.map((one) => [`${one.from} ${one.to}`, one.count]));
  const parts = new Map(report.paths.map((one) => [`${one.step} ${one.path}`, one.count]));
  const named = (way: Way) => way.names.map((name) => (name.kind === 'part' ? { ...name, count: parts.get(`${way.from} ${name.text}`) ?? 0 } : name));
  return {
    stops: graph.stops.map((stop) => ({ ...stop, now: steps.get(stop.id)?.now ?? 0, reached: steps.get(stop.id)?.reached ?? 0 })),
    ways: graph.ways.map((way) => ({ ...way, names: named(way), count: way.isGuess ? null : way.from === kStart ? report.entered : edges.get(`${way.from} ${way.to}`) ?? 0 })),
  };
}

/** What is known of a version whose text is not at hand: its steps, and the ways that were gone. */
function graphOfReport(report: VersionReport): Graph {
  const first = report.steps[0];
  const ways: Way[] = report.edges.map((one) => {
    const parts = report.edges.filter((other) => other.from === one.from).length === 1 ? report.paths.filter((part) => part.step === one.from) : [];
    return { from: one.from, to: one.to, count: one.count, isGuess: false, names: parts.map((part) => ({ kind: 'part', text: part.path, isHoldout: part.holdout, count: part.count })) };
  });
  const start: Way[] = first ? [{ from: kStart, to: first.id, names: [], count: report.entered, isGuess: false }] : [];
  const guesses = guessesFor(report.steps.map((step) => step.id), ways);
  return { stops: report.steps.map((step) => ({ id: step.id, type: step.type, doc: null, now: step.now, reached: step.reached })), ways: [...start, ...ways, ...guesses] };
}

/** A version with its counts: by its text, where that is at hand. */
export function graphOfVersion(report: VersionReport, document: unknown): Graph {
  return document === null ? graphOfReport(report) : countsOf(graphOf(document), report);
}
