import { describe, expect, it } from 'vitest';
import { groupOf, sameWhere, whereOf, withOperator, withProperty, type Group, type Leaf } from './condition';

const plan: Leaf = { property: 'plan', op: 'eq', value: 'pro' };
const big: Leaf = { property: 'total', op: 'gt', value: 100 };

describe('conditions', () => {
  it('are read from the grammar of the API as groups', () => {
    expect(groupOf(undefined)).toEqual({ join: 'and', parts: [] });
    expect(groupOf(plan)).toEqual({ join: 'and', parts: [plan] });
    expect(groupOf([plan, big])).toEqual({ join: 'and', parts: [plan, big] });
    expect(groupOf({ or: [plan, { and: [big, plan] }] })).toEqual({ join: 'or', parts: [plan, { join: 'and', parts: [big, plan] }] });
    expect(groupOf({ not: plan })).toEqual({ join: 'nor', parts: [plan] });
    expect(groupOf({ not: { or: [plan, big] } })).toEqual({ join: 'nor', parts: [plan, big] });
    expect(groupOf({ not: { and: [plan, big] } })).toEqual({ join: 'nand', parts: [plan, big] });
    expect(groupOf({ not: { not: { or: [plan, big] } } })).toEqual({ join: 'or', parts: [plan, big] });
  });

  it('come back as they were, whatever is in what', () => {
    for (const where of [plan, { and: [plan, big] }, { or: [plan, big] }, { not: plan }, { not: { or: [plan, big] } }, { not: { and: [plan, { or: [big, plan] }] } },
      { or: [{ not: plan }, { and: [big, { not: { or: [plan, big] } }] }] }, { property: 'products[].sku', op: 'eq', value: 'a', quantifier: 'all' }]) {
      expect(whereOf(groupOf(where)!)).toEqual(where);
    }
  });

  it('that say nothing yet are left out', () => {
    const empty: Leaf = { property: '', op: 'eq', value: '' };
    const group = (join: Group['join'], ...parts: Group['parts']): Group => ({ join, parts });
    expect(whereOf(group('and'))).toBeUndefined();
    expect(whereOf(group('nor', empty, group('or', { property: 'x', op: 'eq', value: '' })))).toBeUndefined();
    expect(whereOf(group('or', plan, empty, group('and')))).toEqual(plan);
    expect(whereOf(group('nor', empty, plan))).toEqual({ not: plan });
    expect(whereOf(group('and', { property: 'x', op: 'exists' }, { property: 'x', op: 'in', value: [] }))).toEqual({ property: 'x', op: 'exists' });
  });

  it('that the builder cannot write are left as they are', () => {
    for (const where of [{ did: 'Order Completed' }, { or: [plan, { segment: 'vip' }] }, { not: { did: 'x' } }, { and: plan }, { and: [plan], or: [big] }, { ...plan, at_event: true }, 'plan', 3]) expect(groupOf(where)).toBeNull();
  });

  it('are the same in whatever form they were written', () => {
    expect(sameWhere([plan, big], { and: [plan, big] })).toBe(true);
    expect(sameWhere(undefined, { and: [] })).toBe(true);
    expect(sameWhere({ or: [plan, big] }, { and: [plan, big] })).toBe(false);
  });

  it('keep their value as far as another operator takes it', () => {
    expect(withOperator(plan, 'in')).toEqual({ property: 'plan', op: 'in', value: ['pro'] });
    expect(withOperator({ ...plan, op: 'in', value: ['a', 'b'] }, 'eq')).toEqual({ property: 'plan', op: 'eq', value: 'a' });
    expect(withOperator(plan, 'exists')).toEqual({ property: 'plan', op: 'exists' });
    expect(withProperty({ ...plan, property: 'items[].sku', quantifier: 'all' }, 'plan')).toEqual(plan);
  });
});
