// How far backtests are that the server is at.

import { useQuery } from '@tanstack/react-query';
import { api, unwrap } from './client';
import { ApiError } from './errors';

const kLookMs = 700;

/** What was done of all, 0 to 1; null: nothing to go by. */
export function shareOf({ rows_done, rows_total }: { rows_done: number; rows_total: number }): number | null {
  return rows_total > 0 ? Math.min(1, rows_done / rows_total) : null;
}

/** What is done of a backtest that was asked by this name; null: nobody knows. */
export function useBacktestShare(name: string, isOn: boolean): number | null {
  const progress = useQuery({
    queryKey: ['backtest-progress', name],
    queryFn: () => unwrap(api.GET('/api/backtests/{id}/progress', { params: { path: { id: name } } })).then(shareOf).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return null; // It is done, or has not begun.
      throw error;
    }),
    enabled: isOn && name !== '',
    refetchInterval: kLookMs,
    retry: false,
    gcTime: 0,
  });
  return isOn ? progress.data ?? null : null;
}
