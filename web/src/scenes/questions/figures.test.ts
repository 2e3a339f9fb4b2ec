import { describe, expect, it } from 'vitest';
import type { Schemas } from '../../data/client';
import { figuresOf } from './figures';

type Answer = Schemas['QueryAnswer'];

describe('the figures of an answer', () => {
  it('are the totals of a trend, each in its currency', () => {
    const line = (label: string, breakdown: string | null, total: number, currency?: string) => ({ label, breakdown, total, currency, event: 'x', points: [] });
    const answer = { kind: 'trend', series: [line('Orders', null, 7), line('pro', 'pro', 2), line('Revenue', 'pro', 9.5, 'EUR')] } as unknown as Answer;
    expect(figuresOf(answer)).toEqual([
      { label: 'Orders', value: 7, currency: null, kind: 'number' },
      { label: 'pro', value: 2, currency: null, kind: 'number' },
      { label: 'Revenue · pro', value: 9.5, currency: 'EUR', kind: 'number' },
    ]);
  });

  it('are the conversion of a funnel, and none of a retention', () => {
    const funnel = { kind: 'funnel', steps: [{ from_start: 1 }, { from_start: 0.25 }] } as unknown as Answer;
    expect(figuresOf(funnel)).toEqual([{ label: null, value: 0.25, currency: null, kind: 'share' }]);
    expect(figuresOf({ kind: 'retention', cohorts: [] } as unknown as Answer)).toEqual([]);
  });
});
