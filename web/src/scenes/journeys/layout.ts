// Where the boxes of a graph stand, from top to bottom: each below those that lead to it, in an
// order with few crossings, as near as can be to what it is connected with. Pure.

export interface Box { id: string; width: number; height: number }
export interface Link { from: string; to: string }
export interface Point { x: number; y: number }

export interface Route {
  from: string;
  to: string;
  isBack: boolean; // Leads up again, or to where it begins.
  points: Point[]; // From the border of a box to that of another, through the layers between.
}

export interface Layout {
  width: number;
  height: number;
  places: Map<string, Point>; // The upper left corner of each box.
  routes: Route[]; // In the order of the links.
}

const kLayerGap = 62; // Room for what is written at a way.
const kBoxGap = 28;
const kThroughWidth = 104; // Of a way that passes a layer: what is written at it stands there.
const kLane = 26; // Between two ways that lead up again, beside the boxes.
const kSweeps = 8;

interface Spot { id: string; width: number; height: number; layer: number; x: number; before: Spot[]; after: Spot[] }

/** The places of links that close a circle, leading to a box that is told before, or to itself. */
export function backLinks(ids: readonly string[], links: readonly Link[]): Set<number> {
  const place = new Map(ids.map((id, at) => [id, at]));
  const reachedFrom = (start: string) => {
    const seen = new Set([start]);
    for (const id of seen) for (const link of links) if (link.from === id) seen.add(link.to);
    return seen;
  };
  const isBack = ({ from, to }: Link) => place.get(to)! <= place.get(from)! && reachedFrom(to).has(from);
  return new Set(links.flatMap((link, at) => (isBack(link) ? [at] : [])));
}

/** The layer of each box: one more than the deepest that leads to it. */
function layersOf(ids: readonly string[], links: readonly Link[]): Map<string, number> {
  const known = new Map<string, number>();
  const layerOf = (id: string): number => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const above = links.filter((link) => link.to === id).map((link) => layerOf(link.from) + 1);
    const layer = Math.max(0, ...above);
    known.set(id, layer);
    return layer;
  };
  ids.forEach(layerOf);
  return known;
}

function connect(above: Spot, below: Spot) {
  above.after.push(below);
  below.before.push(above);
}

const placeIn = (layer: readonly Spot[]) => new Map(layer.map((spot, place) => [spot, place]));

function crossings(layers: readonly Spot[][]): number {
  let sum = 0;
  for (let at = 1; at < layers.length; at++) {
    const place = placeIn(layers[at]!);
    const ends = layers[at - 1]!.map((spot) => spot.after.map((one) => place.get(one) ?? 0));
    ends.forEach((mine, index) => ends.slice(index + 1).forEach((theirs) => mine.forEach((a) => theirs.forEach((b) => { sum += Number(a > b); }))));
  }
  return sum;
}

const meanOf = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;

/** Each layer in the order of the means of its neighbours; the best of several sweeps stays. */
function order(layers: Spot[][]) {
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(layers);
  for (let sweep = 0; sweep < kSweeps && fewest > 0; sweep++) {
    const isDown = sweep % 2 === 0;
    const sides = isDown ? layers.map((_, at) => at) : layers.map((_, at) => layers.length - 1 - at);
    for (const at of sides) {
      const place = placeIn(layers[at + (isDown ? -1 : 1)] ?? []);
      const own = placeIn(layers[at]!);
      const wish = (spot: Spot) => {
        const near = (isDown ? spot.before : spot.after).flatMap((one) => place.get(one) ?? []);
        return near.length > 0 ? meanOf(near) : own.get(spot)!;
      };
      const wishes = new Map(layers[at]!.map((spot) => [spot, wish(spot)]));
      layers[at]!.sort((a, b) => wishes.get(a)! - wishes.get(b)! || own.get(a)! - own.get(b)!);
    }
    const now = crossings(layers);
    if (now < fewest) {
      fewest = now;
      best = layers.map((layer) => [...layer]);
    }
  }
  layers.forEach((_, at) => { layers[at] = best[at]!; });
}

/** The middles nearest to the wishes that keep the order and the distances: least squares, by pooling. */
export function spread(wishes: readonly number[], gaps: readonly number[]): number[] {
  const offsets: number[] = [];
  wishes.forEach((_, at) => offsets.push(at === 0 ? 0 : offsets[at - 1]! + gaps[at - 1]!));
  const pools: { sum: number; count: number }[] = [];
  wishes.forEach((wish, at) => {
    pools.push({ sum: wish - offsets[at]!, count: 1 });
    while (pools.length > 1) {
      const [left, right] = [pools.at(-2)!, pools.at(-1)!];
      if (left.sum / left.count <= right.sum / right.count) break;
      pools.pop();
      left.sum += right.sum;
      left.count += right.count;
    }
  });
  return pools.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count)).map((one, at) => one + offsets[at]!);
}

const gapsOf = (layer: readonly Spot[]) => layer.slice(1).map((spot, at) => (layer[at]!.width + spot.width) / 2 + kBoxGap);

/** Middles of all spots, each layer by those above, then by those below, and at last by both. */
function setAcross(layers: readonly Spot[][]) {
  for (const layer of layers) spread(layer.map(() => 0), gapsOf(layer)).forEach((x, at) => { layer[at]!.x = x; });
  const pass = (list: readonly Spot[][], near: (spot: Spot) => Spot[]) => {
    for (const layer of list) {
      const wishes = layer.map((spot) => (near(spot).length > 0 ? meanOf(near(spot).map((one) => one.x)) : spot.x));
      spread(wishes, gapsOf(layer)).forEach((x, at) => { layer[at]!.x = x; });
    }
  };
  for (let sweep = 0; sweep < kSweeps; sweep++) {
    pass(layers, (spot) => spot.before);
    pass([...layers].reverse(), (spot) => spot.after);
  }
  pass(layers, (spot) => [...spot.before, ...spot.after]);
  pass(layers, (spot) => spot.before);
}

/** The spots of the layers, with those that long ways pass; and of each forward link the spots it goes through. */
function build(boxes: readonly Box[], links: readonly Link[], back: ReadonlySet<number>) {
  const forward = links.filter((_, place) => !back.has(place));
  const depth = layersOf(boxes.map((box) => box.id), forward);
  const spots = new Map(boxes.map((box): [string, Spot] => [box.id, { ...box, layer: depth.get(box.id)!, x: 0, before: [], after: [] }]));
  const layers: Spot[][] = Array.from({ length: Math.max(0, ...depth.values()) + 1 }, () => []);
  for (const spot of spots.values()) layers[spot.layer]!.push(spot);
  const ways = links.map((link, place) => {
    const [first, last] = [spots.get(link.from)!, spots.get(link.to)!];
    if (back.has(place)) return [first, last];
    const way = [first];
    for (let layer = first.layer + 1; layer < last.layer; layer++) {
      const through: Spot = { id: '', width: kThroughWidth, height: 0, layer, x: 0, before: [], after: [] };
      layers[layer]!.push(through);
      connect(way.at(-1)!, through);
      way.push(through);
    }
    connect(way.at(-1)!, last);
    return [...way, last];
  });
  return { spots, layers, ways };
}

/** Places boxes in layers from top to bottom. The first box is where all begins. */
export function layout(boxes: readonly Box[], links: readonly Link[]): Layout {
  if (boxes.length === 0) return { width: 0, height: 0, places: new Map(), routes: [] };
  const back = backLinks(boxes.map((box) => box.id), links);
  const { spots, layers, ways } = build(boxes, links, back);
  order(layers);
  setAcross(layers);
  const left = Math.min(...layers.flat().map((spot) => spot.x - spot.width / 2));
  const right = Math.max(...layers.flat().map((spot) => spot.x + spot.width / 2)) - left;
  const tops: number[] = [];
  let height = 0;
  for (const layer of layers) {
    tops.push(height);
    height += Math.max(...layer.map((spot) => spot.height)) + kLayerGap;
  }
  const top = (spot: Spot) => tops[spot.layer]!;
  let lanes = 0;
  const routes = links.map((link, place): Route => {
    const way = ways[place]!;
    const [first, last] = [way[0]!, way.at(-1)!];
    if (!back.has(place)) {
      const through = way.slice(1, -1).flatMap((spot) => [{ x: spot.x - left, y: top(spot) }, { x: spot.x - left, y: tops[spot.layer + 1]! - kLayerGap }]);
      return { ...link, isBack: false, points: [{ x: first.x - left, y: top(first) + first.height }, ...through, { x: last.x - left, y: top(last) }] };
    }
    const lane = right + kLane * ++lanes;
    const border = (spot: Spot, share: number) => ({ x: spot.x - left + spot.width / 2, y: top(spot) + spot.height * share });
    const [start, end] = [border(first, 0.7), border(last, 0.3)];
    return { ...link, isBack: true, points: [start, { x: lane, y: start.y }, { x: lane, y: end.y }, end] };
  });
  const places = new Map([...spots].map(([id, spot]) => [id, { x: spot.x - left - spot.width / 2, y: top(spot) }]));
  return { width: right + lanes * kLane, height: height - kLayerGap, places, routes };
}
