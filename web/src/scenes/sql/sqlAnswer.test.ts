import { describe, expect, it } from 'vitest';
import { cellText, csvOf, placeOf, rangeOf } from './sqlAnswer';

describe('the place of a mistake', () => {
  const statement = 'select evnt,\n  count(*)\nfrom events';
  const marked = (message: string) => {
    const place = placeOf(message);
    return place && statement.slice(...rangeOf(statement, place));
  };

  it('is the word that begins there', () => {
    expect(marked('sql: Binder Error: no column (line 1, column 8)')).toBe('evnt');
    expect(marked('sql: Parser Error: syntax error (line 2, column 8)')).toBe('(');
  });

  it('is the line where no column is known or it lies behind the end', () => {
    expect(marked('sql: too long (line 2)')).toBe('  count(*)');
    expect(marked('sql: at the end (line 3, column 12)')).toBe('from events');
    expect(marked('sql: beyond (line 9, column 1)')).toBe('');
  });

  it('is nowhere in a message that names none', () => {
    expect(placeOf('sql: stopped')).toBeNull();
    expect(placeOf('query: sql: (line 1) of several')).toBeNull();
  });
});

describe('rows as a file', () => {
  it('keep commas, quotes, new lines, objects and nulls', () => {
    expect(csvOf({
      columns: [{ name: 'a', type: 'text' }, { name: 'b, c', type: 'json' }],
      rows: [['x"y', { k: [1, 'z'] }], [null, 2.5], ['1\n2', true]],
    })).toBe('a,"b, c"\r\n"x""y","{""k"":[1,""z""]}"\r\n,2.5\r\n"1\n2",true\r\n');
  });

  it('show each value as somebody would write it', () => {
    expect([null, 0, false, 'x', [1], {}].map(cellText)).toEqual([null, '0', 'false', 'x', '[1]', '{}']);
  });
});
