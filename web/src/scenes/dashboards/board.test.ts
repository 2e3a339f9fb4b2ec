import { describe, expect, it } from 'vitest';
import type { Asked } from '../questions/questionsData';
import { changed, daysOf, inRange, moved, rangeOf, rangeOfDays, rangeParams, Refresher, resized, restored, type Tile } from './board';

const tiles: Tile[] = ['a', 'b', 'c'].map((question) => ({ question, title: null, size: 'medium' }));
const order = (list: readonly Tile[]) => list.map((tile) => tile.question).join('');

describe('tiles', () => {
  it('move to any place, and nowhere else', () => {
    expect(order(moved(tiles, 'a', 2))).toBe('bca');
    expect(order(moved(tiles, 'c', 0))).toBe('cab');
    expect(order(moved(tiles, 'b', 1))).toBe('abc');
    for (const place of [-1, 3]) expect(order(moved(tiles, 'b', place))).toBe('abc');
    expect(order(moved(tiles, 'x', 0))).toBe('abc');
    expect(order(tiles)).toBe('abc');
  });

  it('are changed one at a time, and come back where they were', () => {
    expect(changed(tiles, 'b', { size: 'large' }).map((tile) => tile.size)).toEqual(['medium', 'large', 'medium']);
    expect(order(restored(tiles.slice(0, 2), tiles[2]!, 1))).toBe('acb');
    expect(order(restored(tiles, tiles[0]!, 2)), 'it is there already').toBe('abc');
  });

  it('grow and shrink as far as sizes go', () => {
    expect([resized('small', 1), resized('medium', 1), resized('large', 1), resized('small', -1)]).toEqual(['medium', 'large', 'large', 'small']);
  });
});

describe('the range of a dashboard', () => {
  const question = { kind: 'trend', from: '2026-01-01', to: '2026-02-01', interval: 'day', series: [] } as Asked;

  it('stands before that of a question, whose end does not stay behind', () => {
    expect(inRange(question, null)).toEqual(question);
    expect(inRange(question, { from: '-7d', to: null })).toEqual({ kind: 'trend', from: '-7d', interval: 'day', series: [] });
    expect(inRange(question, { from: '2026-03-01', to: '2026-03-08' })).toMatchObject({ from: '2026-03-01', to: '2026-03-08' });
  });

  it('stands in the address when it is not the saved one', () => {
    const saved = { from: '-7d', to: null };
    const params = (text: string) => new URLSearchParams(text);
    expect(rangeOf(params(''), saved)).toEqual(saved);
    expect(rangeOf(params('from=own'), saved)).toBeNull();
    expect(rangeOf(params('from=2026-03-01&to=2026-03-08'), saved)).toEqual({ from: '2026-03-01', to: '2026-03-08' });
    for (const range of [null, saved, { from: '-30d', to: null }, { from: '2026-03-01', to: '2026-03-08' }]) {
      for (const kept of [null, saved]) expect(rangeOf(new URLSearchParams(rangeParams(range, kept)), kept)).toEqual(range);
    }
  });

  it('of days is told with its last day', () => {
    expect(rangeOfDays('2026-02-27', '2026-02-28')).toEqual({ from: '2026-02-27', to: '2026-03-01' });
    expect(daysOf({ from: '2026-02-27', to: '2026-03-01' })).toEqual(['2026-02-27', '2026-02-28']);
    for (const range of [{ from: '-7d', to: null }, { from: '2026-02-27', to: null }, { from: '-7d', to: '2026-03-01' }]) expect(daysOf(range)).toBeNull();
  });
});

describe('a dashboard is asked anew', () => {
  it('when something came, at most every so often', () => {
    const refresher = new Refresher(10, 0);
    expect(refresher.isDue('0:1', 5, false), 'too early').toBe(false);
    expect(refresher.isDue('0:1', 10, false), 'what came while the page opened').toBe(true);
    expect(refresher.isDue('0:1', 90, false), 'nothing came').toBe(false);
    expect(refresher.isDue('0:2', 91, false)).toBe(true);
    expect(refresher.isDue('0:3', 95, false), 'too early').toBe(false);
    expect(refresher.isDue('0:3', 101, false)).toBe(true);
  });

  it('never while it is being asked, and then at once', () => {
    const refresher = new Refresher(10, 0);
    expect(refresher.isDue('0:1', 60, true)).toBe(false);
    expect(refresher.isDue('0:1', 61, false)).toBe(true);
  });
});
