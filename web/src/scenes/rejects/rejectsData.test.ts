import { describe, expect, it } from 'vitest';
import { choices, filterBody, jsonFault, pretty } from './rejectsData';

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

  it('offer codes and sources with their counts, largest first', () => {
    const group = (code: string, source: string | null, count: number) => ({ code, source, count, last_at: '' });
    const offered = choices({ open: 7, groups: [group('a', 's', 1), group('b', 's', 4), group('a', null, 2)] });
    expect(offered.codes).toEqual([['b', 4], ['a', 3]]);
    expect(offered.sources).toEqual([['s', 5]]);
  });
});
