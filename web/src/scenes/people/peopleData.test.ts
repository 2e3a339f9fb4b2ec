import { describe, expect, it } from 'vitest';
import { byDay, displayName, eventSummary, exportPath, type TimelineEvent } from './peopleData';

const event = (at: string, body: object): TimelineEvent => ({
  position: '0:1', message_id: 'm', type: 'track', name: 'E', at, received_at: at, sent_at: null, original_at: null,
  source: 'web', live: true, channel: null, transport: null, identifiers: [], body: body as Record<string, unknown>,
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

describe('timeline', () => {
  it('sums an event up by what people look at first', () => {
    expect(eventSummary(event('2026-01-01T00:00:00Z', { properties: { zz: 1, order_id: 'o1', total: 5, list: [] } })))
      .toBe('order_id o1 · total 5');
    expect(eventSummary(event('2026-01-01T00:00:00Z', { traits: { plan: 'pro' } }))).toBe('plan pro');
    expect(eventSummary(event('2026-01-01T00:00:00Z', {}))).toBe('');
  });

  it('puts events under their day and keeps their order', () => {
    const events = ['2026-01-02T10:00:00Z', '2026-01-02T09:00:00Z', '2026-01-01T23:00:00Z'].map((at) => event(at, {}));
    const days = byDay(events, (iso) => iso.slice(0, 10));
    expect(days.map(([day, list]) => [day, list.length])).toEqual([['2026-01-02', 2], ['2026-01-01', 1]]);
  });
});
