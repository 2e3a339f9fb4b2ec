// Settings of the installation, read with their version and written on it.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, versioned } from './client';

export type SettingsKey = 'senders' | 'links' | 'installation' | 'messaging';

export interface Settings<T> {
  value: T;
  etag: string | null; // Of what a change is made on; null: it was never written.
}

async function readSettings<T>(key: SettingsKey): Promise<Settings<T>> {
  const { now: value, etag } = await versioned(api.GET('/api/settings/{key}', { params: { path: { key } } }));
  return { value: value as T, etag };
}

export function useSettings<T>(key: SettingsKey) {
  return useQuery({ queryKey: ['settings', key], queryFn: () => readSettings<T>(key) });
}

/** Writes settings as a whole, on those that were read: what somebody else wrote meanwhile stands. */
export function useWriteSettings<T extends object>(key: SettingsKey) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ value, etag }: Settings<T>) => {
      const header: Record<string, string> = etag ? { 'If-Match': etag } : { 'If-None-Match': '*' };
      return unwrap(api.PUT('/api/settings/{key}', { params: { path: { key }, header }, body: { ...value } }));
    },
    onSettled: () => Promise.all([['settings', key], ['sending'], ['audit']].map((queryKey) => cache.invalidateQueries({ queryKey }))),
  });
}
