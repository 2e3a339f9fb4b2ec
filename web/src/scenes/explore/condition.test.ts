import { describe, expect, it } from 'vitest';
import { groupOf, sameWhere, whereOf, withName, withOperator, withSubject, type Group, type Leaf } from './condition';

const plan = { property: 'plan', op: 'eq', value: 'pro' };
const big = { property: 'total', op: 'gt', value: 100 };
const isPro: Leaf = { subject: 'property', name: 'plan', op: 'eq', value: 'pro' };
const isBig: Leaf = { subject: 'property', name: 'total', op: 'gt', value: 100 };

describe('conditions', () => {
  it('are read from the grammar of the API as groups', () => {
    expect(groupOf(undefined)).toEqual({ join: 'and', parts: [] });
    expect(groupOf(plan)).toEqual({ join: 'and', parts: [isPro] });
    expect(groupOf([plan, big])).toEqual({ join: 'and', parts: [isPro, isBig] });
    expect(groupOf({ or: [plan, { and: [big, plan] }] })).toEqual({ join: 'or', parts: [isPro, { join: 'and', parts: [isBig, isPro] }] });
    expect(groupOf({ not: plan })).toEqual({ join: 'nor', parts: [isPro] });
    expect(groupOf({ not: { or: [plan, big] } })).toEqual({ join: 'nor', parts: [isPro, isBig] });
    expect(groupOf({ not: { and: [plan, big] } })).toEqual({ join: 'nand', parts: [isPro, isBig] });
    expect(groupOf({ not: { not: { or: [plan, big] } } })).toEqual({ join: 'or', parts: [isPro, isBig] });
  });

  it('come back as they were, whatever is in what', () => {
    for (const where of [plan, { and: [plan, big] }, { or: [plan, big] }, { not: plan }, { not: { or: [plan, big] } }, { not: { and: [plan, { or: [big, plan] }] } },
      { or: [{ not: plan }, { and: [big, { not: { or: [plan, big] } }] }] }, { property: 'products[].sku', op: 'eq', value: 'a', quantifier: 'all' },
      { trait: 'plan', op: 'matches', value: '^pro' }, { identifier: 'email', op: 'exists' }, { source: 'web' }, { channel: ['email', 'sms'] }, { source: true, op: 'starts_with', value: 'shop' },
      { did: 'Order Completed' }, { not: { did: '*', type: 'page' } }, { or: [plan, { did: 'Order Completed', where: { and: [big, plan] }, count: { gte: 3 }, within: '90d' }] }, { did: 'x', count: { eq: 0 } }, { segment: 'vip' }, { not: { segment: 'vip' } }, { or: [plan, { not: { segment: 'vip' } }, { not: { or: [{ segment: 'a' }, plan] } }] }]) {
      expect(whereOf(groupOf(where)!)).toEqual(where);
    }
  });

  it('that say nothing yet are left out', () => {
    const empty: Leaf = { subject: 'property', name: '', op: 'eq', value: '' };
    const of = (name: string, fields: Pick<Leaf, 'op' | 'value'>): Leaf => ({ subject: 'property', name, ...fields });
    const group = (join: Group['join'], ...parts: Group['parts']): Group => ({ join, parts });
    expect(whereOf(group('and'))).toBeUndefined();
    expect(whereOf(group('nor', empty, group('or', of('x', { op: 'eq', value: '' }))))).toBeUndefined();
    expect(whereOf(group('or', isPro, empty, group('and')))).toEqual(plan);
    expect(whereOf(group('nor', empty, isPro))).toEqual({ not: plan });
    expect(whereOf(group('and', of('x', { op: 'exists' }), of('x', { op: 'in', value: [] }), { subject: 'source', name: '', op: 'eq', value: '' }, { subject: 'segment', name: '', op: 'eq' }))).toEqual({ property: 'x', op: 'exists' });
  });

  it('that the builder cannot write are left as they are', () => {
    for (const where of [{ did: 'x', count: { gte: 2, lt: 5 } }, { did: 3 }, { did: 'x', within: 7 }, { did: 'x', since: '7d' }, { did: 'x', where: { segment: 'vip' } }, { did: 'x', where: { or: [plan, { not: { segment: 'vip' } }] } }, { segment: 3 }, { item: 'order' }, { and: [plan, { item: 'order', where: plan, count: { eq: 0 } }] }, { segment: 'vip', op: 'eq' }, { segment: 'vip', value: 'x' }, { and: plan }, { and: [plan], or: [big] }, { ...plan, at_event: true }, { source: 'web', channel: 'email' }, { source: 'web', value: 'till' }, { trait: 3, op: 'exists' }, 'plan', 3]) expect(groupOf(where)).toBeNull();
  });

  it('are the same in whatever form they were written', () => {
    expect(sameWhere({ did: 'x', count: { gt: 2 } }, { did: 'x', count: { gte: 3 } })).toBe(true);
    expect(sameWhere({ did: 'x', count: { lt: 3 } }, [{ did: 'x', count: { lte: 2 } }])).toBe(true);
    expect(sameWhere({ did: 'x' }, { did: 'x', within: '7d' })).toBe(false);
    expect(sameWhere([plan, big], { and: [plan, big] })).toBe(true);
    expect(sameWhere(undefined, { and: [] })).toBe(true);
    expect(sameWhere({ or: [plan, big] }, { and: [plan, big] })).toBe(false);
  });

  it('keep their value as far as another operator takes it', () => {
    expect(withOperator(isPro, 'in')).toEqual({ ...isPro, op: 'in', value: ['pro'] });
    expect(withOperator({ ...isPro, op: 'in', value: ['a', 'b'] }, 'eq')).toEqual({ ...isPro, value: 'a' });
    expect(withOperator(isPro, 'exists')).toEqual({ subject: 'property', name: 'plan', op: 'exists' });
    expect(withName({ ...isPro, name: 'items[].sku', quantifier: 'all' }, 'plan')).toEqual(isPro);
    expect(withSubject({ ...isPro, op: 'in', value: ['a'] }, 'segment')).toEqual({ subject: 'segment', name: '', op: 'eq' });
    expect(withSubject({ subject: 'segment', name: 'vip', op: 'ne' }, 'property')).toEqual({ subject: 'property', name: '', op: 'ne', value: '' });
    expect(withSubject({ ...isPro, op: 'in', value: ['a'] }, 'channel')).toEqual({ subject: 'channel', name: '', op: 'in', value: [] });
  });
});
