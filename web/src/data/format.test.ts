import { describe, expect, it } from 'vitest';
import { makeFormat, valueLines, valueText } from './format';
import { keepLast } from './live';

describe('numbers of an axis', () => {
  it('tell small steps apart, and are short where they are large', () => {
    const { compact } = makeFormat('en', 'UTC');
    expect([0, 0.02, 0.04, 0.125, 0.5, 1.25, 2, 12.5, 1200, 3_400_000].map(compact)).toEqual(['0', '0.02', '0.04', '0.13', '0.5', '1.25', '2', '12.5', '1.2K', '3.4M']);
  });
});

describe('the parts of a value', () => {
  it('stand each under its name, nested ones under their path', () => {
    expect(valueLines({ street: 'İstiklal 5', geo: { lat: 41, lon: 29 }, tags: ['a', 'b'] })).toEqual([
      { name: 'street', text: 'İstiklal 5' }, { name: 'geo.lat', text: '41' }, { name: 'geo.lon', text: '29' }, { name: 'tags', text: 'a, b' }]);
    expect(valueLines([{ sku: 'x' }, { sku: null }])).toEqual([{ name: '1.sku', text: 'x' }, { name: '2.sku', text: '–' }]);
    expect([valueLines(['a', 'b']), valueLines([]), valueLines(7), valueLines({})]).toEqual([[{ name: '', text: 'a, b' }], [{ name: '', text: '–' }], [{ name: '', text: '7' }], []]);
  });
});

describe('format', () => {
  const english = makeFormat('en', 'UTC');

  it('groups digits as the language does', () => {
    expect(english.number(541909)).toBe('541,909');
    expect(makeFormat('tr', 'UTC').number(541909)).toBe('541.909');
    expect(makeFormat('ro', 'UTC').number(1234.5, 1)).toBe('1.234,5');
  });

  it('says how long ago in the largest fitting unit', () => {
    const now = Date.parse('2026-03-02T10:00:00Z');
    expect(english.ago('2026-03-02T09:58:30Z', now)).toBe('1 minute ago');
    expect(english.ago('2026-02-20T10:00:00Z', now)).toBe('10 days ago');
    expect(english.ago(null, now)).toBe('–');
  });

  it('writes bytes and durations', () => {
    expect(english.bytes(0)).toBe('0 B');
    expect(english.bytes(999)).toBe('999 B');
    expect(english.bytes(7_340_032)).toBe('7.3 MB');
    expect(english.duration(65.4)).toBe('01:05');
    expect(english.duration(3725)).toBe('1:02:05');
  });

  it('names intervals by where they begin, and lengths in their largest unit', () => {
    const at = '2026-03-01T22:30:00Z';
    expect(english.bucket(at, 'day')).toBe('Mar 1, 2026');
    expect(makeFormat('en', 'Europe/Istanbul').bucket(at, 'day')).toBe('Mar 2, 2026');
    expect([english.tick(at, 'week'), english.tick(at, 'month')]).toEqual(['Mar 1', 'Mar 2026']);
    expect([english.span(0), english.span(90), english.span(216_000)]).toEqual(['0 seconds', '1.5 minutes', '2.5 days']);
    expect(makeFormat('tr', 'UTC').span(7200)).toBe('2 saat');
  });

  it('uses the zone it is given', () => {
    const istanbul = makeFormat('en', 'Europe/Istanbul');
    expect(istanbul.clock('2026-03-02T21:30:00Z')).toBe('00:30:00');
    expect(makeFormat('en', 'America/New_York').civil('2026-03-02')).toBe('Mar 2');
    expect(istanbul.minute(Date.parse('2026-03-02T21:30:00Z'))).toBe('00:30');
    expect(istanbul.day('2026-03-02T21:30:00Z')).toBe('Tuesday, March 3, 2026');
    expect(istanbul.time('2026-03-02T21:30:00Z')).toBe('Mar 3, 2026, 00:30:00 GMT+3');
  });

  it('tells the times of a zone it does not know as UTC', () => {
    expect(makeFormat('en', 'Mars/Base').time('2026-03-02T21:30:00Z')).toBe('Mar 2, 2026, 21:30:00 UTC');
  });

  it('shows any value on one line', () => {
    expect([valueText(null), valueText(0), valueText({ a: [1] })]).toEqual(['–', '0', '{"a":[1]}']);
  });
});

describe('keepLast', () => {
  it('drops the oldest beyond the limit and leaves its input alone', () => {
    const before = [1, 2, 3];
    expect(keepLast(before, 4, 3)).toEqual([2, 3, 4]);
    expect(keepLast([], 1, 3)).toEqual([1]);
    expect(before).toEqual([1, 2, 3]);
  });

  it('tells money with its currency, and what is no currency as it was sent', () => {
    const format = makeFormat('en', 'UTC');
    expect(format.money(1249.5, 'EUR')).toBe('€1,249.50');
    expect(format.money(7, null)).toBe('7.00');
    expect(format.money(7, 'points')).toBe('7.00 points');
    expect(makeFormat('tr', 'UTC').money(1249.5, 'TRY')).toBe('₺1.249,50');
  });
});
