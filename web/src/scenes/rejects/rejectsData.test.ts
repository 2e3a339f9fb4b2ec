import { describe, expect, it } from 'vitest';
import { asSent, choices, countOf, faultOf, filterBody, isFileRow, jsonFault, pretty, rejectHelp, stateOf } from './rejectsData';

describe('rejects', () => {
  it('are named in bulk only by a filter, or by saying all', () => {
    expect(filterBody({ code: 'missing_id', source: null })).toEqual({ code: 'missing_id' });
    expect(filterBody({ code: null, source: null })).toEqual({ all: true });
  });

  it('are shown indented when they are JSON, else as received', () => {
    expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(pretty('{"a":')).toBe('{"a":');
  });

  it('say what is wrong with a mended text', () => {
    expect(jsonFault('{"a":1}')).toBeNull();
    expect(jsonFault('{"a":}')).toMatch(/JSON/);
  });

  it('of a file are mended as the text of their row, and JSON lines stay one line', () => {
    const row = { path: 'import:im_1', raw: '536366,22633,two' };
    expect(isFileRow(row)).toBe(true);
    expect(faultOf(row, '536366,22633,2')).toBeNull();
    expect(asSent(row, '536366,22633,2')).toBe('536366,22633,2');
    const line = { path: 'import:im_1', raw: '{"quantity":"two"}' };
    expect(faultOf(line, '{"quantity":')).toMatch(/JSON/);
    expect(asSent(line, '{\n  "quantity": 2\n}')).toBe('{"quantity":2}');
    expect(faultOf({ path: 'track', raw: '{"broken' }, '{"broken')).toMatch(/JSON/);
  });

  it('say what to do by their code, and something by one that is new', () => {
    expect([rejectHelp('missing_id'), rejectHelp('a_new_code')]).toEqual(['missing_id', 'other']);
  });

  it('are counted by the filter before all of it is replayed', () => {
    const group = (code: string, source: string | null, count: number) => ({ code, source, count, last_at: '' });
    const summary = { open: 7, groups: [group('a', 's', 1), group('b', 's', 4), group('a', null, 2)] };
    const count = (code: string | null, source: string | null) => countOf(summary, { code, source });
    expect([count(null, null), count('a', null), count(null, 's'), count('b', 's'), count('c', null)]).toEqual([7, 3, 5, 4, 0]);
  });

  it('are the open ones unless the address says a state that exists', () => {
    expect([stateOf('mended'), stateOf(null), stateOf('nonsense')]).toEqual(['mended', 'open', 'open']);
  });

  it('offer codes and sources with their counts, largest first', () => {
    const group = (code: string, source: string | null, count: number) => ({ code, source, count, last_at: '' });
    const offered = choices({ open: 7, groups: [group('a', 's', 1), group('b', 's', 4), group('a', null, 2)] });
    expect(offered.codes).toEqual([['b', 4], ['a', 3]]);
    expect(offered.sources).toEqual([['s', 5]]);
  });
});
