import { describe, expect, it } from 'vitest';
import { completionsAt, namedTables, type Column } from './completion';

const columns: Column[] = [
  { table: 'events', name: 'event', type: 'text' }, { table: 'events', name: 'profile', type: 'text' }, { table: 'events', name: 'time', type: 'time' },
  { table: 'profiles', name: 'profile', type: 'text' }, { table: 'profiles', name: 'traits', type: 'json' },
];

/** What is offered at the mark | of a statement. */
function offered(marked: string): string[] {
  const at = marked.indexOf('|');
  return completionsAt(marked.replace('|', ''), at, columns).found.map((one) => one.text);
}

describe('what is offered while a statement is written', () => {
  it('are columns of the tables that it names', () => {
    expect(offered('select pro| from events')).toEqual(['profile', 'profiles']);
    expect(offered('select tra| from events')).toEqual([]);
    expect(offered('select tra|')).toEqual(['traits']);
    expect(offered('select * from events where TI|')).toEqual(['time']);
  });

  it('are columns of the table before the point, also under another name', () => {
    expect(offered('select e.| from events e')).toEqual(['event', 'profile', 'time']);
    expect(offered('select profiles.tr|')).toEqual(['traits']);
    expect(offered('select x.p| from events e')).toEqual([]);
  });

  it('are tables and words of SQL', () => {
    expect(offered('select * from ev|')).toContain('events');
    expect(offered('sel|')).toEqual(['select']);
  });

  it('are not offered for nothing, numbers, whole words, texts and comments', () => {
    for (const marked of ['|', 'select 1|', 'select event| from events', "select 'ev|", '-- ev|', '/* ev|', 'select "ev|']) expect(offered(marked), marked).toEqual([]);
    expect(offered("select 'it''s' , ev| from events")).toEqual(['event', 'events']);
    expect(offered('-- one\nsel|')).toEqual(['select']);
  });

  it('replaces what was written of the word', () => {
    expect(completionsAt('select pro', 10, columns).from).toBe(7);
    expect(completionsAt('select e.pro from events e', 12, columns).from).toBe(9);
  });

  it('knows tables by the names that a statement gives them', () => {
    expect([...namedTables('select 1 from events as e left join profiles p using (profile) join other o on true', ['events', 'profiles'])]).toEqual([
      ['events', 'events'], ['e', 'events'], ['profiles', 'profiles'], ['p', 'profiles'],
    ]);
    expect([...namedTables('select 1 from events where true', ['events'])]).toEqual([['events', 'events']]);
  });
});
