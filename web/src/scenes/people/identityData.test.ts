import { describe, expect, it } from 'vitest';
import { apartLines, inReadingOrder, lanes, mergeOf, place, placeInColumn, sideToSplit, type Decision, type ExplainLink, type Explanation } from './identityData';

const node = (id: string, member = true) => ({
  id, namespace: 'n', value: id, slice: 0, profile: 'p', member, first_seen: '', last_seen: '', event_count: 1,
});
const link = (from: string, to: string, state: ExplainLink['state'] = 'active', at = ''): ExplainLink => ({
  from, to, state, rule: 'same_event', observations: 1, refused_by: null, reason: null,
  evidence: { source: null, at, position: null, message_id: null, event: null, actor: null, decision: null },
});
const explanation = (nodes: Explanation['nodes'], links: ExplainLink[]): Explanation => ({
  profile: 'p', nodes, links, cannot_links: [], decisions: [],
});

describe('the drawn identity', () => {
  it('begins at the most connected identifier and steps outwards', () => {
    const { placed } = place(explanation(['a', 'b', 'c', 'd'].map((id) => node(id)), [link('b', 'a'), link('b', 'c'), link('c', 'd')]), { width: 300, pitch: 1, row: 10 });
    const x = Object.fromEntries(placed.map((one) => [one.node.id, one.x]));
    expect([x.b, x.a, x.c, x.d]).toEqual([50, 150, 150, 250]);
  });

  it('grows wider than the room rather than that boxes of many columns touch', () => {
    const chain = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => node(id));
    const links = chain.slice(1).map((one, place) => link(chain[place]!.id, one.id));
    const { placed, width } = place(explanation(chain, links), { width: 300, pitch: 100, row: 10 });
    const x = [...new Set(placed.map((one) => one.x))].sort((a, b) => a - b);
    expect(width).toBe(x.length * 100);
    expect(x.slice(1).map((one, index) => one - x[index]!)).toEqual(x.slice(1).map(() => 100));
  });

  it('shows every node once, also those that nothing links and in a circle', () => {
    const nodes = ['a', 'b', 'c', 'lonely'].map((id) => node(id));
    const { placed, height } = place(explanation(nodes, [link('a', 'b'), link('b', 'c'), link('c', 'a')]), { width: 300, pitch: 1, row: 20 });
    expect(placed.map((one) => one.node.id).sort()).toEqual(['a', 'b', 'c', 'lonely']);
    expect(new Set(placed.map((one) => `${one.x}/${one.y}`)).size).toBe(4);
    expect(height).toBe(40);
  });

  it('draws what keeps two sides apart as one line, and puts the far side beside the near', () => {
    const one = (value: string) => ({ namespace: 'n', value });
    const cut = { ...explanation([node('a'), node('b'), node('c', false)], [link('a', 'b')]),
      cannot_links: [{ decision: 'd_1', left: [one('a'), one('b')], right: [one('x'), one('c')], other_profile: 'q', reason: '', actor: '', at: '' },
        { decision: 'd_2', left: [one('a')], right: [one('unseen')], other_profile: null, reason: '', actor: '', at: '' }] };
    expect(apartLines(cut)).toEqual([{ from: 'a', to: 'c', decision: 'd_1' }]);
    const x = Object.fromEntries(place(cut, { width: 200, pitch: 1, row: 10 }).placed.map((it) => [it.node.id, it.x]));
    expect([x.a, x.b, x.c]).toEqual([50, 150, 150]);
  });

  it('stands under each other where there is no room beside', () => {
    const { placed, height } = placeInColumn(explanation([node('c'), node('a'), node('b')], [link('a', 'b'), link('a', 'c')]), { width: 20, x: 7, row: 10 });
    expect(placed.map((one) => [one.node.id, one.x, one.y])).toEqual([['a', 7, 5], ['c', 7, 15], ['b', 7, 25]]);
    expect(height).toBe(30);
  });

  it('draws an empty answer', () => {
    expect(place(explanation([], []), { width: 100, pitch: 1, row: 10 }).placed).toEqual([]);
  });
});

describe('links', () => {
  it('between the same two stand side by side, whichever way they point', () => {
    expect(lanes([link('a', 'b'), link('b', 'a', 'cut'), link('a', 'c')]).map(([, lane]) => lane)).toEqual([0, 1, 0]);
  });

  it('read joined, refused, cut, each oldest first', () => {
    const order = inReadingOrder([link('a', 'b', 'cut', '1'), link('c', 'd', 'active', '2'), link('e', 'f', 'active', '1'), link('g', 'h', 'refused', '0')]);
    expect(order.map((one) => one.from)).toEqual(['e', 'c', 'g', 'a']);
  });
});

describe('undoing a merge', () => {
  it('begins at the link that the merge made, as long as it is in force', () => {
    const made = { ...decision(['a'], ['b']), id: 'd_1' };
    const byHand = (state: ExplainLink['state'], id: string) => ({ ...link('a', 'b', state), evidence: { ...link('a', 'b').evidence, decision: id } });
    expect(mergeOf(byHand('active', 'd_1'), [made])?.id).toBe('d_1');
    expect([mergeOf(byHand('cut', 'd_1'), [made]), mergeOf(byHand('active', 'd_2'), [made]), mergeOf(link('a', 'b'), [made]), mergeOf(byHand('active', 'd_1'), [{ ...made, state: 'undone' }])]).toEqual([undefined, undefined, undefined, undefined]);
  });

  const decision = (left: string[], right: string[]): Decision => ({
    id: 'd', kind: 'merge', at: '', actor: 'a', reason: '', state: 'in_force', ended: null, profiles: [],
    left: left.map((value) => ({ namespace: 'n', value })), right: right.map((value) => ({ namespace: 'n', value })),
  });
  it('takes the joined side out', () => {
    expect(sideToSplit(decision(['a'], ['b']), new Set(['n:a', 'n:b'])).map((one) => one.value)).toEqual(['b']);
  });
  it('takes the other side when the joined one is all that is left', () => {
    expect(sideToSplit(decision(['a'], ['b', 'c']), new Set(['n:b', 'n:c'])).map((one) => one.value)).toEqual([]);
    expect(sideToSplit(decision(['a'], ['b']), new Set(['n:a', 'n:c'])).map((one) => one.value)).toEqual(['a']);
  });
});
