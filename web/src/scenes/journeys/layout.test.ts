import { describe, expect, it } from 'vitest';
import { backLinks, layout, spread, type Box, type Link } from './layout';

const boxes = (...ids: string[]): Box[] => ids.map((id) => ({ id, width: 200, height: 60 }));
const links = (...pairs: string[]): Link[] => pairs.map((pair) => ({ from: pair[0]!, to: pair[1]! }));

/** The same numbers in every run. */
function numbersFrom(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomGraph(seed: number) {
  const next = numbersFrom(seed);
  const count = 2 + next(14);
  const all = Array.from({ length: count }, (_, at): Box => ({ id: `s${at}`, width: 80 + next(160), height: 30 + next(50) }));
  const ways = Array.from({ length: next(2 * count) }, () => ({ from: `s${next(count)}`, to: `s${next(count)}` }));
  return { all, ways };
}

describe('layout of a graph', () => {
  it('puts a chain under each other', () => {
    const { places, routes } = layout(boxes('a', 'b', 'c'), links('ab', 'bc'));
    expect([...places.values()].map((one) => one.x)).toEqual([0, 0, 0]);
    expect([...places.values()].map((one) => one.y)).toEqual([0, 122, 244]);
    expect(routes[0]!.points).toEqual([{ x: 100, y: 60 }, { x: 100, y: 122 }]);
  });

  it('puts what two ways lead to below both, between them', () => {
    const { places } = layout(boxes('a', 'b', 'c', 'd'), links('ab', 'ac', 'bd', 'cd'));
    const at = (id: string) => places.get(id)!;
    expect(at('b').y).toBe(at('c').y);
    expect(at('d').x).toBe(at('a').x);
    expect(at('d').x).toBe((at('b').x + at('c').x) / 2);
  });

  it('knows what leads back, also to itself, and leads it beside the boxes', () => {
    expect([...backLinks(['a', 'b'], links('ab', 'bb', 'ba'))]).toEqual([1, 2]);
    expect([...backLinks(['a', 'b', 'c'], links('ac', 'cb'))], 'told before, and no circle').toEqual([]);
    const { routes, width } = layout(boxes('a', 'b'), links('ab', 'bb', 'ba'));
    expect(routes.map((one) => one.isBack)).toEqual([false, true, true]);
    for (const { points } of routes.slice(1)) expect(points[1]!.x).toBeGreaterThan(200);
    expect(width).toBe(252);
  });

  it('crosses no ways where it can be helped', () => {
    const { places } = layout(boxes('a', 'b', 'c', 'd', 'e'), links('ab', 'ac', 'be', 'cd'));
    const x = (id: string) => places.get(id)!.x;
    expect(x('b') < x('c')).toBe(x('e') < x('d'));
  });

  it('leads a long way past the boxes between', () => {
    const { routes, places } = layout(boxes('a', 'b', 'c'), links('ab', 'bc', 'ac'));
    const past = routes[2]!.points.slice(1, -1);
    expect(past).toHaveLength(2);
    const b = places.get('b')!;
    for (const { x } of past) expect(x < b.x || x > b.x + 200).toBe(true);
  });

  it('lays any graph out so that no boxes touch and ways forward lead down', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { all, ways } = randomGraph(seed);
      const { places, routes, width, height } = layout(all, ways);
      const frames = all.map((box) => ({ ...box, ...places.get(box.id)! }));
      frames.forEach((a, at) => {
        expect(a.x, `${seed}`).toBeGreaterThanOrEqual(-0.001);
        expect(a.x + a.width, `${seed}`).toBeLessThanOrEqual(width + 0.001);
        expect(a.y + a.height, `${seed}`).toBeLessThanOrEqual(height + 0.001);
        for (const b of frames.slice(at + 1)) {
          expect(a.x + a.width < b.x || b.x + b.width < a.x || a.y + a.height < b.y || b.y + b.height < a.y, `${seed}: ${a.id} ${b.id}`).toBe(true);
        }
      });
      for (const { points, isBack } of routes) if (!isBack) points.slice(1).forEach((one, at) => expect(one.y).toBeGreaterThanOrEqual(points[at]!.y));
    }
  });
});

describe('spreading', () => {
  it('grants wishes that leave room, and shares where they do not', () => {
    expect(spread([0, 100, 300], [50, 50])).toEqual([0, 100, 300]);
    expect(spread([0, 0], [50])).toEqual([-25, 25]);
    expect(spread([10, 0, 100], [20, 20])).toEqual([-5, 15, 100]);
  });

  it('is as near to the wishes as any other answer', () => {
    const next = numbersFrom(7);
    for (let round = 0; round < 200; round++) {
      const wishes = Array.from({ length: 1 + next(6) }, () => next(200));
      const gaps = wishes.slice(1).map(() => next(60));
      const found = spread(wishes, gaps);
      const cost = (list: number[]) => list.reduce((sum, one, at) => sum + (one - wishes[at]!) ** 2, 0);
      const fits = (list: number[]) => list.slice(1).every((one, at) => one - list[at]! >= gaps[at]! - 1e-9);
      expect(fits(found)).toBe(true);
      for (let change = 0; change < 50; change++) {
        const other = found.map((one) => one + next(21) - 10);
        if (fits(other)) expect(cost(other)).toBeGreaterThanOrEqual(cost(found) - 1e-9);
      }
    }
  });
});
