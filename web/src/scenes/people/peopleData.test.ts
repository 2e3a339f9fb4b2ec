import { describe, expect, it } from 'vitest';
import { byDay, contactsOf, displayName, eventAmount, eventSummary, exportPath, isNationalNumber, whoStays, type Profile, type TimelineEvent } from './peopleData';

const event = (at: string, body: object): TimelineEvent => ({
  position: '0:1', message_id: 'm', type: 'track', name: 'E', at, received_at: at, sent_at: null, original_at: null,
  source: 'web', live: true, channel: null, transport: null, identifiers: [], body: body as Record<string, unknown>,
});

describe('a phone number', () => {
  it('that names no country is told apart from other words', () => {
    expect(['0532 123 45 67', '(0264) 123-456', '5321234567'].map(isNationalNumber)).toEqual([true, true, true]);
    expect(['+90 532 123 45 67', '0090 532 1234567', '1234', 'u-1234567', 'Ada 1234567'].map(isNationalNumber)).toEqual([false, false, false, false, false]);
  });
});

describe('people', () => {
  it('are called by name, else by their best identifier', () => {
    const identifiers = [{ namespace: 'email', value: 'a@b.c' }];
    expect(displayName({ name: 'Ana', identifiers }, '?')).toBe('Ana');
    expect(displayName({ name: null, identifiers }, '?')).toBe('a@b.c');
    expect(displayName({ name: null, identifiers: [] }, '?')).toBe('?');
  });

  it('are exported from an address that cannot be broken by their id', () => {
    expect(exportPath('email:a/b@c')).toBe('/api/profiles/email%3Aa%2Fb%40c/export');
  });
});

const identifier = (value: string, verified = false) => {
  const [namespace = '', text = ''] = value.split(':');
  return { namespace, value: text, verified_at: verified ? '2026-01-01T00:00:00Z' : null };
};
const person = (id: string, name: string | null, ...values: string[]) =>
  ({ id, name, identifiers: values.map((value) => identifier(value)) }) as unknown as Profile;

describe('after a split', () => {
  const elif = person('p_1', 'Elif', 'user_id:u1', 'anonymous_id:a1');
  const gone = [{ namespace: 'anonymous_id', value: 'a1' }];

  it('one stays with who was named, whoever kept the id', () => {
    const after = [person('p_1', null, 'anonymous_id:a1'), person('p_2', 'Elif', 'user_id:u1')];
    expect(whoStays(elif, gone, after)?.id).toBe('p_2');
    expect(whoStays(elif, [{ namespace: 'user_id', value: 'u1' }], after)?.id).toBe('p_2');
  });

  it('the nameless go by the identifier they were called by', () => {
    const before = person('p_1', null, 'user_id:u1', 'anonymous_id:a1');
    expect(whoStays(before, gone, [person('p_1', null, 'anonymous_id:a1'), person('p_2', null, 'user_id:u1')])?.id).toBe('p_2');
  });

  it('where the name is on both sides or on none, one stays with what was not split off', () => {
    const both = [person('p_1', 'Elif', 'anonymous_id:a1'), person('p_2', 'Elif', 'user_id:u1')];
    expect(whoStays(elif, gone, both)?.id).toBe('p_2');
    const none = [person('p_1', 'Ada', 'anonymous_id:a1'), person('p_2', 'Bea', 'user_id:u1')];
    expect(whoStays(elif, gone, none)?.id).toBe('p_2');
  });
});

describe('contact', () => {
  it('is by phone and e-mail, the verified first', () => {
    const one = { ...person('p', 'Elif'), identifiers: [identifier('email:a@b.c'), identifier('email:d@e.f', true), identifier('phone:+90532'), identifier('user_id:u')] } as unknown as Profile;
    expect(contactsOf(one).map(({ href }) => href)).toEqual(['tel:+90532', 'mailto:d@e.f', 'mailto:a@b.c']);
  });
});

describe('timeline', () => {
  it('tells the money of an event apart from the rest', () => {
    const order = event('2026-01-01T00:00:00Z', { properties: { order_id: 'o1', revenue: 5, total: 6, currency: 'EUR' } });
    expect(eventAmount(order)).toEqual({ key: 'revenue', value: 5, currency: 'EUR' });
    expect(eventSummary(order)).toBe('order_id o1 · total 6');
    expect(eventAmount(event('2026-01-01T00:00:00Z', { properties: { total: 0 } }))).toEqual({ key: 'total', value: 0, currency: null });
    expect(eventAmount(event('2026-01-01T00:00:00Z', { properties: { total: '5' } }))).toBeNull();
    expect(eventAmount(event('2026-01-01T00:00:00Z', {}))).toBeNull();
  });

  it('sums an event up by what people look at first', () => {
    expect(eventSummary(event('2026-01-01T00:00:00Z', { properties: { zz: 1, order_id: 'o1', reason: 'late', list: [] } })))
      .toBe('order_id o1 · reason late');
    expect(eventSummary(event('2026-01-01T00:00:00Z', { traits: { plan: 'pro' } }))).toBe('plan pro');
    expect(eventSummary(event('2026-01-01T00:00:00Z', {}))).toBe('');
  });

  it('puts events under their day and keeps their order', () => {
    const events = ['2026-01-02T10:00:00Z', '2026-01-02T09:00:00Z', '2026-01-01T23:00:00Z'].map((at) => event(at, {}));
    const days = byDay(events, (iso) => iso.slice(0, 10));
    expect(days.map(([day, list]) => [day, list.length])).toEqual([['2026-01-02', 2], ['2026-01-01', 1]]);
  });
});
