// A graph of steps as boxes, lines and words at them. Pure.

import { kEnd, kStart, type Graph, type Way } from './graph';
import { layout, type Point } from './layout';

export const kStopWidth = 224;
export const kStopHeight = 70;
const kStartHeight = 56;
const kEndSize = { width: 84, height: 26 };
const kLoopRoom = 150; // Beside a step that leads to itself: the line, and what is written at it.
const kLoopReach = 20;
const kBackRoom = 116; // Right of the lines that lead up again.
const kArrow = 5;
const kNear = { x: 120, y: 32 }; // What is written takes so much room.

export interface Line {
  path: string;
  at: Point; // Where its words stand: their middle, or their left end beside lines that lead back.
  isBeside: boolean;
}

export interface Drawing {
  width: number;
  height: number;
  places: Map<string, Point>;
  ends: Map<string, Point>; // The ends of steps that lead out, by step.
  lines: Line[]; // In the order of the ways.
}

const kSmallest = 0.8; // What is written can still be read.

/** How large a drawing is shown in a room of a width: smaller where that makes it fit; else it scrolls. */
export function scaleFor(width: number, room: number): number {
  return room <= 0 || width <= room ? 1 : Math.max(kSmallest, room / width);
}

/** Where a way leads to: each step that leads out has an end of its own. */
const targetOf = (way: Way) => (way.to === kEnd ? `${kEnd} ${way.from}` : way.to);

const round = (value: number) => Math.round(value * 10) / 10;
const at = ({ x, y }: Point) => `${round(x)} ${round(y)}`;

/** A curve from point to point, upright at each. */
function curve(points: readonly Point[]): string {
  return points.slice(1).reduce((path, point, place) => {
    const before = points[place]!;
    const middle = (before.y + point.y) / 2;
    return `${path} C ${at({ x: before.x, y: middle })}, ${at({ x: point.x, y: middle })}, ${at(point)}`;
  }, `M ${at(points[0]!)}`);
}

/** A point of the curve between two points. */
function along(from: Point, to: Point, share: number): Point {
  const rest = 1 - share;
  const middle = (from.y + to.y) / 2;
  const ease = share * share * (3 - 2 * share);
  return { x: from.x + (to.x - from.x) * ease, y: from.y * rest ** 3 + middle * 3 * rest * share + to.y * share ** 3 };
}

const kCorner = 8;

/** From the right border of a box around to another. */
function aroundRight([start, up, down, end]: readonly Point[]): string {
  const turn = down!.y < up!.y ? -kCorner : kCorner;
  return `M ${at(start!)} H ${round(up!.x - kCorner)} Q ${at(up!)}, ${at({ x: up!.x, y: up!.y + turn })} V ${round(down!.y - turn)} Q ${at(down!)}, ${at({ x: down!.x - kCorner, y: down!.y })} H ${round(end!.x + kArrow)}`;
}

const isClear = (taken: readonly Point[], point: Point) => taken.every((one) => Math.abs(one.x - point.x) > kNear.x || Math.abs(one.y - point.y) > kNear.y);

/** Where the words of a curve stand, near its end where several begin together, away from others. */
function wordsOf(points: readonly Point[], hasBrothers: boolean, taken: Point[]): Point {
  const shares = hasBrothers ? [0.66, 0.45, 0.85] : [0.5, 0.3, 0.75];
  const choices = shares.map((share) => along(points[0]!, points[1]!, share));
  const chosen = choices.find((one) => isClear(taken, one)) ?? choices[0]!;
  taken.push(chosen);
  return chosen;
}

export function draw({ stops, ways }: Graph): Drawing {
  const loops = new Set(ways.filter((way) => way.from === way.to).map((way) => way.from));
  const boxes = [
    ...(ways.some((way) => way.from === kStart) ? [{ id: kStart, width: kStopWidth, height: kStartHeight }] : []),
    ...stops.map(({ id }) => ({ id, width: kStopWidth + (loops.has(id) ? 2 * kLoopRoom : 0), height: kStopHeight })),
    ...ways.filter((way) => way.to === kEnd).map((way) => ({ id: targetOf(way), ...kEndSize })),
  ];
  const others = ways.filter((way) => way.from !== way.to);
  const found = layout(boxes, others.map((way) => ({ from: way.from, to: targetOf(way) })));
  const widths = new Map(boxes.map((box) => [box.id, box.width]));
  const places = new Map([...found.places].map(([id, point]): [string, Point] => [id, { x: point.x + (loops.has(id) ? kLoopRoom : 0), y: point.y }]));
  const taken: Point[] = [];
  const lines = ways.map((way): Line => {
    const place = places.get(way.from)!;
    if (way.from === way.to) {
      const right = place.x + kStopWidth;
      const [low, high] = [place.y + kStopHeight * 0.72, place.y + kStopHeight * 0.28];
      return { path: aroundRight([{ x: right, y: low }, { x: right + kLoopReach, y: low }, { x: right + kLoopReach, y: high }, { x: right, y: high }]), at: { x: right + kLoopReach + 6, y: (low + high) / 2 }, isBeside: true };
    }
    const route = found.routes[others.indexOf(way)]!;
    if (route.isBack) {
      const inner = (id: string, point: Point) => ({ x: Math.min(point.x, places.get(id)!.x + (widths.get(id) === kEndSize.width ? kEndSize.width : kStopWidth)), y: point.y });
      const [start, up, down, end] = route.points as [Point, Point, Point, Point];
      return { path: aroundRight([inner(way.from, start), up, down, inner(way.to, end)]), at: { x: up.x + 6, y: (up.y + down.y) / 2 }, isBeside: true };
    }
    const last = route.points.at(-1)!;
    const points = [...route.points.slice(0, -1), { x: last.x, y: last.y - kArrow }];
    return { path: curve(points), at: wordsOf(points, others.filter((one) => one.from === way.from).length > 1, taken), isBeside: false };
  });
  const ends = new Map(others.filter((way) => way.to === kEnd).map((way) => [way.from, places.get(targetOf(way))!]));
  const hasBack = found.routes.some((route) => route.isBack);
  return { width: found.width + (hasBack ? kBackRoom : 0), height: found.height, places, ends, lines };
}
