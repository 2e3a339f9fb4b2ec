import { describe, expect, it } from 'vitest';
import { expiry, targetOf, targetPath, verbOf } from './tokensData';

describe('tokens', () => {
  it('end after the days they were made for, or never', () => {
    const now = new Date('2026-03-01T00:00:00Z');
    expect(expiry(30, now)).toBe('2026-03-31T00:00:00.000Z');
    expect(expiry(null, now)).toBeNull();
  });
});

describe('the record of changes', () => {
  it('leads to what was changed where there is a screen for it', () => {
    expect(targetPath('p_01abc')).toBe('/people/p_01abc');
    expect(targetPath('sources/web')).toBe('/sources/web');
    expect(targetPath('mappings/my-shop')).toBe('/mappings/my-shop');
    expect(targetPath('imports/im_3')).toBe('/imports');
    expect(targetPath('tokens/ci')).toBeNull();
    expect([targetPath('segments/vip'), targetPath('catalogs/order'), targetPath('settings/senders'), targetPath('settings/identity')]).toEqual(['/segments/vip', '/items/order', '/senders', null]);
  });

  it('says what was done, and to what', () => {
    expect([verbOf('journey.update'), verbOf('journey.publish'), verbOf('suppression.add'), verbOf('suppression.remove'), verbOf('odd')]).toEqual(['update', 'publish', 'suppress', 'unsuppress', '']);
    expect(targetOf('journeys/cart')).toEqual({ kind: 'journeys', name: 'cart' });
    expect([targetOf('live_journeys/cart'), targetPath('live_journeys/cart')]).toEqual([{ kind: 'journeys', name: 'cart' }, '/journeys/cart']);
    expect(targetOf('catalogs/order/items')).toEqual({ kind: 'catalogs', name: 'order/items' });
    expect([targetOf('p_01abc'), targetOf('odd/x')]).toEqual([{ kind: null, name: 'p_01abc' }, { kind: null, name: 'odd/x' }]);
  });
});
