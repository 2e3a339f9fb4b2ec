import { describe, expect, it } from 'vitest';
import { addressOf, wordsOf } from './consentsData';

describe('consents', () => {
  it('reads words by line or comma, each once', () => {
    expect(wordsOf('ads, analytics\nads\n\n C0004 ')).toEqual(['ads', 'analytics', 'C0004']);
    expect(wordsOf(' \n,')).toEqual([]);
  });

  it('tells an e-mail address from a telephone number', () => {
    expect(addressOf(' ana@example.org ')).toEqual({ namespace: 'email', value: 'ana@example.org' });
    expect(addressOf('+90 532 123 45 67')).toEqual({ namespace: 'phone', value: '+90 532 123 45 67' });
  });
});
