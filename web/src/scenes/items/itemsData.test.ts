import { describe, expect, it } from 'vitest';
import { fieldsOf, isPickedUp, kPickup, moveProblem, MovedSince, movesFrom, moveWords, nextOn } from './itemsData';

const state = { field: 'state', values: ['placed', 'picking', 'ready', 'handed_over'] };

describe('items', () => {
  it('go ahead first, then back, wherever the type lets them', () => {
    expect(movesFrom({ state }, 'picking')).toEqual(['ready', 'handed_over', 'placed']);
    expect(movesFrom({ state }, null)).toEqual(state.values);
    expect(movesFrom({ state: { ...state, moves: { picking: ['placed', 'ready'] } } }, 'picking')).toEqual(['ready', 'placed']);
    expect(movesFrom({ state: { ...state, moves: {} } }, 'ready')).toEqual([]);
    expect(movesFrom({}, 'ready')).toEqual([]);
  });

  it('go on by a button to a column further on, and never back or off the board', () => {
    const order = { state: { field: 'state', values: ['placed', ...kPickup, 'cancelled'] } };
    const button = (columns: readonly string[], from: string | null) => nextOn(columns, from, movesFrom(order, from));
    expect(button(kPickup, 'ready')).toBe('on_the_way');
    expect(button(kPickup, 'arrived')).toBe('handed_over');
    expect(button(kPickup, 'handed_over')).toBeNull();
    expect(button(order.state.values, null)).toBe('placed');
    expect(button(order.state.values, 'cancelled')).toBeNull();
  });

  it('move only from where they were seen, and who comes second hears where they are', () => {
    expect(moveWords({ id: 'number', state }, { id: 'A-1', from: 'ready', to: 'handed_over' })).toEqual({ number: 'A-1', state: 'handed_over', if_state: 'ready' });
    expect(moveProblem({ rejected: [] })).toBeUndefined();
    const now = { id: 'A-1', state: 'handed_over' } as never;
    const moved = moveProblem({ rejected: [{ index: 0, code: 'conflict', message: 'it is handed_over by now', now }] });
    expect(moved instanceof MovedSince && moved.now).toBe(now);
    const gone = moveProblem({ rejected: [{ index: 0, code: 'conflict', message: 'no item has this id', now: null }] });
    expect(gone instanceof MovedSince && gone.now).toBeNull();
    expect(moveProblem({ rejected: [{ index: 0, code: 'failed_precondition', message: 'no move' }] })?.message).toBe('no move');
  });

  it('are picked up where a type has all the states of that', () => {
    expect(isPickedUp({ state: { field: 'state', values: ['placed', ...kPickup] } })).toBe(true);
    expect(isPickedUp({ state })).toBe(false);
    expect(isPickedUp({})).toBe(false);
  });

  it('show the fields that stand nowhere else, in the order of the type', () => {
    const type = { fields: [{ name: 'store', type: 'text' }, { name: 'state', type: 'text' }, { name: 'total', type: 'money' }, { name: 'ready_by', type: 'time' }] as const, state, due: { field: 'ready_by' } };
    const item = { fields: { total: 12.5, store: 'cluj', state: 'ready', ready_by: 'x', id: 'A-1' } };
    expect(fieldsOf({ ...type, fields: [...type.fields] }, item as never)).toEqual([['store', 'cluj'], ['total', 12.5]]);
  });
});
