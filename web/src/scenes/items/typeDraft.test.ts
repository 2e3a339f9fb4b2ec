import { describe, expect, it } from 'vitest';
import { draftOf, kEmptyDraft, missingOf, moved, namesOf, withStateName, writeOf, type CatalogWrite } from './typeDraft';

const order: CatalogWrite = {
  name: 'Orders', description: 'd', fields: [{ name: 'customer_id', type: 'text' }, { name: 'state', type: 'text', required: true }, { name: 'total', type: 'money', personal: false }, { name: 'ready_by', type: 'time', personal: false }],
  id: 'number', owner: { field: 'customer_id', namespace: 'user_id' }, state: { field: 'state', values: ['placed', 'ready', 'gone'], moves: { placed: ['ready'], ready: ['gone'], gone: [] } },
  due: { field: 'ready_by', in: ['placed'] }, late_after_hours: 48, unknown: 'drop',
};

describe('a type', () => {
  it('is written as it was read', () => {
    expect(writeOf(draftOf('order', order))).toEqual(order);
    const bare: CatalogWrite = { name: 'Stores', description: '', fields: [{ name: 'city', type: 'text' }], owner: { field: 'city', account: true }, state: { field: 'city', values: ['a'] }, due: { field: 'at' } };
    expect(writeOf(draftOf('store', bare))).toEqual(bare);
    expect(writeOf(draftOf('x', { name: 'X', description: '', fields: [] }))).toEqual({ name: 'X', description: '', fields: [] });
  });

  it('leaves out what has no name, and moves to states that are gone', () => {
    const draft = { ...draftOf('order', order), fields: [{ name: ' ', type: 'text' as const, required: true, personal: true }], states: [{ value: 'placed', moves: ['ready', 'gone'] }, { value: ' ', moves: [] }], dueIn: ['placed', 'ready'] };
    expect(writeOf(draft)).toMatchObject({ fields: [], state: { values: ['placed'], moves: { placed: [] } }, due: { in: ['placed'] } });
  });

  it('says what is missing', () => {
    const whole = draftOf('order', order);
    expect([missingOf(kEmptyDraft), missingOf(whole), missingOf({ ...whole, key: '' }), missingOf({ ...whole, fields: [] }), missingOf({ ...whole, ownerField: '' }), missingOf({ ...whole, owner: 'account', namespace: '' }), missingOf({ ...whole, states: [] }), missingOf({ ...whole, states: [], stateField: '' })])
      .toEqual(['name', null, 'name', 'fields', 'owner', null, 'states', null]);
  });

  it('takes the new name of a state along', () => {
    expect(writeOf(withStateName(draftOf('order', order), 0, 'new'))).toMatchObject({ state: { values: ['new', 'ready', 'gone'], moves: { new: ['ready'] } }, due: { in: ['new'] } });
  });

  it('offers fields by their kind', () => {
    expect([namesOf(draftOf('order', order), ['time']), namesOf(draftOf('order', order), ['text'])]).toEqual([['ready_by'], ['customer_id', 'state']]);
  });
});

describe('a list', () => {
  it('has one moved by one place, and none lost at its ends', () => {
    expect([moved([1, 2, 3], 1, -1), moved([1, 2, 3], 1, 1), moved([1, 2, 3], 0, -1), moved([1, 2, 3], 2, 1), moved([], 0, 1)]).toEqual([[2, 1, 3], [1, 3, 2], [1, 2, 3], [1, 2, 3], []]);
  });
});
