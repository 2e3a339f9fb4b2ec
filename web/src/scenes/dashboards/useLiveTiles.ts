import { useDocumentVisibility } from '@mantine/hooks';
import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useLivePosition, type LiveState } from '../../data/live';
import { kAnswers } from '../questions/questionsData';
import { Refresher } from './board';

export type BoardState = LiveState | 'paused' | 'on_demand';

export interface LiveTiles {
  state: BoardState;
  asOf: number | null; // When the oldest answer on the screen was given.
  busy: boolean;
  refresh: () => void;
}

/**
 * Asks the answers on the screen anew when events came. Rests while the window is hidden, and
 * without a number of seconds altogether.
 */
export function useLiveTiles(everySeconds: number | null): LiveTiles {
  const cache = useQueryClient();
  const visible = useDocumentVisibility() === 'visible';
  const busy = useIsFetching({ queryKey: [kAnswers] }) > 0; // Also draws anew when an answer has come.
  const refresh = () => void cache.refetchQueries({ queryKey: [kAnswers], type: 'active' }, { cancelRefetch: false });
  const refresher = useRef<Refresher | null>(null);
  useEffect(() => {
    refresher.current = everySeconds === null ? null : new Refresher(everySeconds * 1000, performance.now());
  }, [everySeconds]);
  const line = useLivePosition(everySeconds !== null && visible, (position) => {
    if (refresher.current?.isDue(position, performance.now(), busy)) refresh();
  });
  const state = everySeconds === null ? 'on_demand' : visible ? line : 'paused';
  const times = cache.getQueryCache().findAll({ queryKey: [kAnswers], type: 'active' }).map((one) => one.state.dataUpdatedAt);
  const given = times.filter((at) => at > 0);
  return { state, asOf: given.length ? Math.min(...given) : null, busy, refresh };
}
