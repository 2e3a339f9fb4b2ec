// Server-sent events of /api/live: counts once a second, and facts as they happen.

import { useEffect, useRef, useState } from 'react';
import type { Schemas } from './client';

export type LiveCounts = Schemas['LiveCounts'];
export type Verdict = Schemas['Verdict'];
export type LiveState = 'connecting' | 'open' | 'lost';

export const kSecondsKept = 3600; // An hour of counts is drawn.
const kFactsKept = 200;

/** Adds one item to the end and drops the oldest beyond `limit`. */
export function keepLast<T>(items: readonly T[], item: T, limit: number): T[] {
  return [...items.slice(Math.max(0, items.length + 1 - limit)), item];
}

/** The counts of the last minutes, oldest first, and how the line is. */
export function useLiveCounts(): { counts: LiveCounts[]; state: LiveState } {
  const [counts, setCounts] = useState<LiveCounts[]>([]);
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(() => {
    const line = new EventSource('/api/live');
    line.onopen = () => setState('open');
    line.onerror = () => setState('lost');
    line.addEventListener('counts', (message) => {
      const next = JSON.parse((message as MessageEvent<string>).data) as LiveCounts;
      setCounts((before) => keepLast(before, next, kSecondsKept));
    });
    return () => line.close();
  }, []);
  return { counts, state };
}

/** Tells up to which position everything can be asked for, about once a second, while `running`. */
export function useLivePosition(running: boolean, onPosition: (position: string) => void): LiveState {
  const [state, setState] = useState<LiveState>('connecting');
  const tell = useRef(onPosition);
  tell.current = onPosition;
  useEffect(() => {
    if (!running) return;
    setState('connecting');
    const line = new EventSource('/api/live');
    line.onopen = () => setState('open');
    line.onerror = () => setState('lost');
    line.addEventListener('counts', (message) => tell.current((JSON.parse((message as MessageEvent<string>).data) as LiveCounts).position));
    return () => line.close();
  }, [running]);
  return state;
}

/** Incoming events of one source with their verdicts, newest first, while `running`. */
export function useLiveFacts(source: string, running: boolean) {
  const [facts, setFacts] = useState<Verdict[]>([]);
  const [skipped, setSkipped] = useState(0);
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(() => {
    if (!running) return;
    const line = new EventSource(`/api/live?facts=true&source=${encodeURIComponent(source)}`);
    line.onopen = () => setState('open');
    line.onerror = () => setState('lost');
    line.addEventListener('event', (message) => {
      const next = JSON.parse((message as MessageEvent<string>).data) as Verdict;
      setFacts((before) => [next, ...before].slice(0, kFactsKept));
    });
    line.addEventListener('skipped', (message) => {
      const { count } = JSON.parse((message as MessageEvent<string>).data) as { count: number };
      setSkipped((before) => before + count);
    });
    return () => line.close();
  }, [source, running]);
  return { facts, skipped, state };
}
