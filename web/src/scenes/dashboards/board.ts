// A dashboard as a value: its tiles in their order, its range, and when it is asked anew. Pure.

import type { Schemas } from '../../data/client';
import type { Asked } from '../questions/questionsData';

export type Dashboard = Schemas['Dashboard'];
export type DashboardWrite = Schemas['DashboardWrite'];
export type Tile = Schemas['DashboardTile'];
export type TileSize = Tile['size'];
export type Range = Schemas['DashboardRange'];

export const kSizes = ['small', 'medium', 'large'] as const satisfies readonly TileSize[];
export const kTilesMax = 40;

/** What is written of a dashboard that was read. */
export function writeOf(dashboard: Dashboard): DashboardWrite {
  const { name, description, range, refresh_seconds, tiles } = dashboard;
  return { name, description, range, refresh_seconds, tiles };
}

/** The tiles with one of them at another place; as they are when there is no such place. */
export function moved(tiles: readonly Tile[], question: string, to: number): Tile[] {
  const from = tiles.findIndex((tile) => tile.question === question);
  if (from < 0 || to < 0 || to >= tiles.length) return [...tiles];
  const rest = tiles.filter((_, place) => place !== from);
  return [...rest.slice(0, to), tiles[from]!, ...rest.slice(to)];
}

/** The tiles with fields of one of them changed. */
export function changed(tiles: readonly Tile[], question: string, change: Partial<Tile>): Tile[] {
  return tiles.map((tile) => (tile.question === question ? { ...tile, ...change } : tile));
}

/** The tiles with one more where it stood before. */
export function restored(tiles: readonly Tile[], tile: Tile, place: number): Tile[] {
  if (tiles.some((one) => one.question === tile.question)) return [...tiles];
  return [...tiles.slice(0, place), tile, ...tiles.slice(place)];
}

/** The next size in a direction; the same at the end. */
export function resized(size: TileSize, step: 1 | -1): TileSize {
  return kSizes[Math.min(Math.max(kSizes.indexOf(size) + step, 0), kSizes.length - 1)] ?? size;
}

/** A question asked over the range of the dashboard, which stands before its own. */
export function inRange(question: Asked, range: Range | null): Asked {
  if (!range) return question;
  const { to: _, ...rest } = question;
  return { ...rest, from: range.from, ...(range.to ? { to: range.to } : {}) } as Asked;
}

const kOwn = 'own';

/** The range that an address asks for; without one that of the dashboard. */
export function rangeOf(params: URLSearchParams, saved: Range | null): Range | null {
  const from = params.get('from');
  if (!from) return saved;
  return from === kOwn ? null : { from, to: params.get('to') };
}

/** The address of a range: nothing for that of the dashboard. */
export function rangeParams(range: Range | null, saved: Range | null): Record<string, string> {
  if (sameRange(range, saved)) return {};
  if (!range) return { from: kOwn };
  return { from: range.from, ...(range.to ? { to: range.to } : {}) };
}

export function sameRange(a: Range | null, b: Range | null): boolean {
  return a?.from === b?.from && (a?.to ?? null) === (b?.to ?? null);
}

const kDate = /^\d{4}-\d{2}-\d{2}$/;
const kDayMs = 86_400_000;

/** The first and the last day of a range of whole days; null for any other. */
export function daysOf(range: Range): [string, string] | null {
  if (!kDate.test(range.from) || !range.to || !kDate.test(range.to)) return null;
  return [range.from, new Date(Date.parse(range.to) - kDayMs).toISOString().slice(0, 10)];
}

/** The range of days, whose end is the day after the last. */
export function rangeOfDays(first: string, last: string): Range {
  return { from: first, to: new Date(Date.parse(last) + kDayMs).toISOString().slice(0, 10) };
}

/**
 * Decides when the tiles are asked anew: when something came since they were asked, at most every
 * so often, and never while they are being asked.
 */
export class Refresher {
  private asked: string | null = null; // The position when the tiles were last asked.
  private askedAt: number;

  constructor(private readonly everyMs: number, now: number) {
    this.askedAt = now;
  }

  /** Whether to ask now. The first time it says so without news: what came while the page opened. */
  isDue(position: string, now: number, busy: boolean): boolean {
    if (busy || position === this.asked || now - this.askedAt < this.everyMs) return false;
    this.asked = position;
    this.askedAt = now;
    return true;
  }
}
