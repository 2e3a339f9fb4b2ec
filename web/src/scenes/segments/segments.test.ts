import { describe, expect, it } from 'vitest';
import { groupOf, whereOf, type Group } from '../explore/condition';
import { eventOfExamples, exampleOf, kExamples } from './examples';
import { rowsOf, saidPlainly } from './segmentsData';

describe('examples of segments', () => {
  it('are about orders where there are any, else about what happens most', () => {
    const track = (...names: string[]) => names.map((event) => ({ event, type: 'track' }));
    expect(eventOfExamples(track('Visit', 'Purchase', 'Order Completed'))).toBe('Order Completed');
    expect(eventOfExamples(track('Visit', 'Purchase'))).toBe('Purchase');
    expect(eventOfExamples([{ event: 'Home', type: 'page' }, ...track('Visit', 'Search')])).toBe('Visit');
    expect(eventOfExamples([])).toBe('Order Completed');
  });

  it('are conditions that the rows show as they are', () => {
    for (const one of kExamples) {
      const group = exampleOf(one, 'Order Completed');
      expect(groupOf(whereOf(group))).toEqual(group);
    }
    expect(whereOf(exampleOf('regulars', 'Order Completed'))).toEqual({ did: 'Order Completed', count: { gte: 3 }, within: '90d' });
  });
});

describe('rows of a segment', () => {
  const plain = (where: unknown) => whereOf(saidPlainly(groupOf(where) as Group));
  const bought = { did: 'Bought', within: '30d' };

  it('say never instead of not at least once', () => {
    expect(plain([{ not: bought }])).toEqual({ ...bought, count: { eq: 0 } });
    expect(plain({ or: [{ not: bought }, { and: [bought, { not: bought }] }] })).toEqual({ or: [{ ...bought, count: { eq: 0 } }, { and: [bought, { ...bought, count: { eq: 0 } }] }] });
  });

  it('leave every other denial as it is', () => {
    for (const where of [{ or: [bought, { not: { did: 'Bought', count: { gte: 2 } } }] }, { or: [bought, { not: { or: [bought, bought] } }] }, { and: [bought, { not: { trait: 'plan', op: 'exists' } }] }]) expect(plain(where)).toEqual(where);
  });

  it('are counted with those within them', () => {
    const where = groupOf([{ did: 'Bought', where: [{ property: 'a', op: 'exists' }, { property: 'b', op: 'exists' }] }, { or: [bought, bought] }]) as Group;
    expect(rowsOf(where)).toBe(5);
  });
});
