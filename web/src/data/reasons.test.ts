import { describe, expect, it } from 'vitest';
import { reasonOf } from './reasons';

describe('why something was refused', () => {
  it('is told by its code', () => {
    expect(reasonOf('type_missing', 'type is missing')).toEqual({ key: 'type_missing', facts: {} });
    expect(reasonOf('missing_id', 'userId and anonymousId are both missing')?.key).toBe('missing_id');
    expect(reasonOf('missing_id', 'no identifier has a value that can be one')?.key).toBe('missing_id_value');
    expect([reasonOf('not_an_object', 'the body is not an object')?.key, reasonOf('not_an_object', 'the event is not an object')?.key]).toEqual(['not_an_object', 'event_not_an_object']);
  });

  it('keeps the facts of the message', () => {
    expect(reasonOf('event_too_large', 'the event has 70123 bytes of JSON; at most 65536')).toEqual({ key: 'event_too_large', facts: { bytes: '70123', most: '65536' } });
    expect(reasonOf('invalid_json', 'json: not UTF-8')).toEqual({ key: 'invalid_json', facts: { fault: 'not UTF-8' } });
    expect(reasonOf('row_refused', 'column `Unit, price`: no decimal number of at most 18 digits')).toEqual({ key: 'column_decimal', facts: { column: 'Unit, price', most: '18' } });
    expect(reasonOf('mapping_failed', 'no time: the column that holds it is empty')?.key).toBe('no_time');
    expect(reasonOf(null, 'column `n`: no whole number')?.key).toBe('column_whole');
  });

  it('is the message alone where it is a new one', () => {
    expect([reasonOf('a_new_code', 'x'), reasonOf('row_refused', 'something else'), reasonOf(null, 'x'), reasonOf('event_too_large', 'too large')]).toEqual([null, null, null, null]);
  });
});
