import { describe, expect, it } from 'vitest';
import { shareOf } from './backtests';

describe('a backtest under way', () => {
  it('tells its share, and nothing before it knows of how much', () => {
    expect(shareOf({ rows_done: 25, rows_total: 100 })).toBe(0.25);
    expect(shareOf({ rows_done: 130, rows_total: 100 })).toBe(1);
    expect(shareOf({ rows_done: 0, rows_total: 0 })).toBeNull();
  });
});
