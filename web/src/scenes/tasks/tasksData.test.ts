import { describe, expect, it } from 'vitest';
import { dueOf, filterOf, movesOf, paramsOf, queryOf, undoOf, type Filter, type Task } from './tasksData';

const all: Filter = { team: '', store: '', person: '', view: 'to_do', mine: false };
const task = { id: 't1', state: 'claimed', by: 'Mia' } as Task;

describe('tasks', () => {
  it('are asked for by what the address says', () => {
    expect(filterOf(new URLSearchParams(''))).toEqual(all);
    const filter: Filter = { ...all, team: 'store', store: 'cluj', view: 'closed', mine: true };
    expect(filterOf(new URLSearchParams(paramsOf(filter)))).toEqual(filter);
    expect(paramsOf(all)).toEqual({});
    expect(filterOf(new URLSearchParams('view=lost')).view).toBe('to_do');
  });

  it('are mine by the name that is given, and of a person all', () => {
    expect(queryOf({ ...all, mine: true }, 'Mia')).toEqual({ state: 'to_do', by: 'Mia' });
    expect(queryOf({ ...all, mine: true }, '')).toEqual({ state: 'to_do' });
    expect(queryOf({ ...all, person: 'p_1' }, '')).toEqual({ person: 'p_1' });
    expect(queryOf({ ...all, person: 'p_1', view: 'closed' }, '')).toEqual({ person: 'p_1', state: 'closed' });
  });

  it('can be taken on, given back and done, and taken over from others', () => {
    expect(movesOf({ state: 'open', by: null }, 'Mia')).toEqual(['claim', 'done']);
    expect(movesOf(task, 'Mia')).toEqual(['done', 'release']);
    expect(movesOf(task, 'Jon')).toEqual(['take_over']);
    for (const state of ['done', 'escalated', 'withdrawn'] as const) expect(movesOf({ state, by: 'Mia' }, 'Mia')).toEqual([]);
  });

  it('go back to who had them, but not once they are done', () => {
    expect(undoOf({ task, move: 'claim', by: 'Mia' })).toEqual({ task, move: 'release', by: 'Mia' });
    expect(undoOf({ task, move: 'release', by: 'Mia' })).toEqual({ task, move: 'claim', by: 'Mia' });
    expect(undoOf({ task, move: 'take_over', by: 'Jon' })).toEqual({ task, move: 'take_over', by: 'Mia' });
    expect(undoOf({ task, move: 'done', by: 'Mia' })).toBeNull();
  });

  it('are late from the second after they were due, as of when they were closed', () => {
    const due = '2026-03-10T10:00:00.000Z';
    const now = Date.parse('2026-03-10T12:00:00.000Z');
    expect(dueOf({ due: null, closed_at: null }, now)).toBeNull();
    expect(dueOf({ due, closed_at: null }, now)).toEqual({ due, late: 7200 });
    expect(dueOf({ due, closed_at: '2026-03-10T09:00:00.000Z' }, now)).toEqual({ due, late: 0 });
    expect(dueOf({ due, closed_at: null }, Date.parse(due))).toEqual({ due, late: 0 });
  });
});
