import { describe, expect, it } from 'vitest';
import { allPages, keyFor, keyOf } from './definitions';

describe('a key', () => {
  it('is made of any name', () => {
    expect(keyOf('Web shop')).toBe('web-shop');
    expect(keyOf('  Mağaza Kasası (İstanbul) ')).toBe('magaza-kasasi-istanbul');
    expect(keyOf('Țară & București')).toBe('tara-bucuresti');
    expect(keyOf('x'.repeat(99))).toHaveLength(64);
    expect(keyFor('日本 !', [], 'question')).toBe('question');
  });

  it('is none of those taken, and never too long', () => {
    expect(keyFor('Sales', ['sales', 'sales-2'], 'dashboard')).toBe('sales-3');
    const long = keyFor('x'.repeat(300), ['x'.repeat(48)], 'question');
    expect(long).toBe(`${'x'.repeat(48)}-2`);
    expect(long.length).toBeLessThanOrEqual(64);
  });
});

describe('a list', () => {
  it('is read to its end', async () => {
    const pages: Record<string, { items: number[]; next: string | null }> = { '': { items: [1, 2], next: 'b' }, b: { items: [3], next: null } };
    expect(await allPages(async ({ cursor = '' }) => pages[cursor]!)).toEqual([1, 2, 3]);
  });
});
