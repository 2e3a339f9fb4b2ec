// Why these identifiers are one person: the answer of `explain`, and where to draw it.

import { useQuery } from '@tanstack/react-query';
import { api, unwrap, type Schemas } from '../../data/client';

export type Explanation = Schemas['Explanation'];
export type ExplainNode = Schemas['ExplainNode'];
export type ExplainLink = Schemas['ExplainLink'];
export type CannotLink = Schemas['CannotLink'];
export type Decision = Schemas['Decision'];

export function useExplanation(ref: string) {
  return useQuery({
    queryKey: ['profile', ref, 'explain'],
    queryFn: () => unwrap(api.GET('/api/profiles/{ref}/explain', { params: { path: { ref } } })),
  });
}

/** What keeps two sides apart as a line between one identifier of each, where both are drawn. */
export interface Apart { from: string; to: string; decision: string }

export function apartLines({ nodes, cannot_links: facts }: Pick<Explanation, 'nodes' | 'cannot_links'>): Apart[] {
  const drawn = (side: CannotLink['left']) => nodes.find((node) => side.some((one) => one.namespace === node.namespace && one.value === node.value));
  return facts.flatMap((fact) => {
    const from = drawn(fact.left);
    const to = drawn(fact.right);
    return from && to ? [{ from: from.id, to: to.id, decision: fact.decision }] : [];
  });
}

export interface Placed { node: ExplainNode; x: number; y: number }

export interface Drawing { placed: Placed[]; width: number; height: number }

/**
 * Places nodes in columns by their distance from the most connected one, so that every link
 * reads from left to right. Columns stand at least `pitch` apart: the drawing grows wider rather
 * than that boxes hide the lines between them. The same answer is always drawn the same way.
 */
export function place(explanation: Explanation, room: { width: number; pitch: number; row: number }): Drawing {
  const column = columns(explanation);
  const count = Math.max(1, ...[...column.values()].map((c) => c + 1));
  const width = Math.max(room.width, count * room.pitch);
  const rows: ExplainNode[][] = Array.from({ length: count }, () => []);
  for (const node of explanation.nodes) rows[column.get(node.id) ?? 0]?.push(node);
  const tallest = Math.max(1, ...rows.map((list) => list.length));
  const height = tallest * room.row;
  const placed = rows.flatMap((list, c) =>
    list.map((node, r) => ({
      node,
      x: ((c + 0.5) * width) / count,
      y: (r + 0.5) * (height / list.length),
    })),
  );
  return { placed, width, height };
}

/** For narrow screens: everything under each other, in the order of the columns. */
export function placeInColumn(explanation: Explanation, room: { width: number; x: number; row: number }): Drawing {
  const column = columns(explanation);
  const nodes = [...explanation.nodes].sort((a, b) => (column.get(a.id) ?? 0) - (column.get(b.id) ?? 0));
  return { placed: nodes.map((node, place) => ({ node, x: room.x, y: (place + 0.5) * room.row })), width: room.width, height: Math.max(1, nodes.length) * room.row };
}

/** Steps from the most connected node; what no line reaches stands in the last column. */
function columns(explanation: Explanation): Map<string, number> {
  const { nodes, links } = explanation;
  const near = new Map<string, string[]>(nodes.map((node) => [node.id, []]));
  for (const link of [...links, ...apartLines(explanation)]) {
    near.get(link.from)?.push(link.to);
    near.get(link.to)?.push(link.from);
  }
  const degree = (id: string) => near.get(id)?.length ?? 0;
  const members = nodes.filter((node) => node.member);
  const first = [...(members.length ? members : nodes)].sort((a, b) => degree(b.id) - degree(a.id))[0];
  const column = new Map<string, number>();
  if (!first) return column;
  column.set(first.id, 0);
  for (const queue = [first.id]; queue.length > 0; ) {
    const id = queue.shift() ?? '';
    for (const next of near.get(id) ?? []) {
      if (column.has(next) || !near.has(next)) continue;
      column.set(next, (column.get(id) ?? 0) + 1);
      queue.push(next);
    }
  }
  const last = Math.max(...column.values()) + (column.size < nodes.length ? 1 : 0);
  for (const node of nodes) if (!column.has(node.id)) column.set(node.id, last);
  return column;
}

/** Gives links between the same two nodes a lane each, so that they are drawn side by side. */
export function lanes(links: readonly ExplainLink[]): [ExplainLink, number][] {
  const used = new Map<string, number>();
  return links.map((link) => {
    const pair = [link.from, link.to].sort().join('/');
    const lane = used.get(pair) ?? 0;
    used.set(pair, lane + 1);
    return [link, lane];
  });
}

/** Links that join first, then those that were refused, then those cut; each oldest first. */
export function inReadingOrder(links: readonly ExplainLink[]): ExplainLink[] {
  const rank = { active: 0, refused: 1, cut: 2 } as const;
  return [...links].sort((a, b) => rank[a.state] - rank[b.state] || a.evidence.at.localeCompare(b.evidence.at));
}

/** The merge by hand that made a link and is still in force. */
export function mergeOf(link: ExplainLink, decisions: readonly Decision[]): Decision | undefined {
  if (link.state !== 'active') return undefined;
  return decisions.find((one) => one.id === link.evidence.decision && one.kind === 'merge' && one.state === 'in_force');
}

/** The side of a merge that a split would take out again: the one that leaves something behind. */
export function sideToSplit(decision: Decision, present: ReadonlySet<string>): { namespace: string; value: string }[] {
  const here = (side: Decision['left']) => side.filter((one) => present.has(`${one.namespace}:${one.value}`));
  const right = here(decision.right);
  return right.length > 0 && right.length < present.size ? right : here(decision.left);
}
