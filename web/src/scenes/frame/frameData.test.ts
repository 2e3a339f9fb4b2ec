import { describe, expect, it } from 'vitest';
import { KeyReader, kPlaces, placeOf } from './frameData';

const key = (name: string, more: Partial<{ control: boolean; typing: boolean }> = {}) => ({
  key: name, control: false, typing: false, ...more,
});

describe('keys', () => {
  it('goes to each place with g and its letter', () => {
    const reader = new KeyReader();
    for (const place of kPlaces) {
      expect(reader.read(key('g'), 0)).toBeNull();
      expect(reader.read(key(place.letter), 500)).toEqual({ kind: 'go', path: place.path });
    }
    expect(new Set(kPlaces.map((place) => place.letter)).size).toBe(kPlaces.length);
  });

  it('forgets g when the second key comes late', () => {
    const reader = new KeyReader();
    reader.read(key('g'), 0);
    expect(reader.read(key('p'), 1300)).toBeNull();
  });

  it('leaves letters to a field, but not Ctrl+K', () => {
    const reader = new KeyReader();
    expect(reader.read(key('/', { typing: true }), 0)).toBeNull();
    expect(reader.read(key('k', { typing: true, control: true }), 0)).toEqual({ kind: 'search' });
    expect(reader.read(key('/'), 0)).toEqual({ kind: 'search' });
    expect(reader.read(key('?'), 0)).toEqual({ kind: 'help' });
  });
});

describe('places', () => {
  it('finds the place of a path', () => {
    expect(placeOf('/')?.key).toBe('overview');
    expect(placeOf('/people/p_1')?.key).toBe('people');
    expect(placeOf('/peoples')).toBeUndefined();
  });
});
