// Who carries the messages of each channel, where links of mails lead, and a test of either.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, type Schemas } from '../../data/client';
import type { Sending } from '../messages/messagesData';
import type { Sender, Senders } from './sender';

export type Links = Schemas['LinkSettings'];
export type TestResult = Schemas['SenderTestResult'];

type Key = 'senders' | 'links' | 'installation';

export interface Settings<T> {
  value: T;
  etag: string | null; // Of what a change is made on; null: it was never written.
}

async function readSettings<T>(key: Key): Promise<Settings<T>> {
  let etag: string | null = null;
  const value = await unwrap(api.GET('/api/settings/{key}', { params: { path: { key } } }).then((answer) => {
    etag = answer.response.headers.get('ETag');
    return answer;
  }));
  return { value: value as T, etag };
}

function useSettings<T>(key: Key) {
  return useQuery({ queryKey: ['settings', key], queryFn: () => readSettings<T>(key) });
}

export const useSenders = () => useSettings<Senders>('senders');
export const useLinks = () => useSettings<Links>('links');

/** Writes settings as a whole, on those that were read. */
function useWriteSettings<T extends object>(key: Key) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ value, etag }: Settings<T>) => {
      const header: Record<string, string> = etag ? { 'If-Match': etag } : { 'If-None-Match': '*' };
      return unwrap(api.PUT('/api/settings/{key}', { params: { path: { key }, header }, body: { ...value } }));
    },
    onSettled: () => Promise.all([['settings', key], ['sending'], ['audit']].map((queryKey) => cache.invalidateQueries({ queryKey }))),
  });
}

export const useWriteLinks = () => useWriteSettings<Links>('links');

/** Puts one channel's sender in the place of the one that was read, or takes it away; all others stay. */
export function useWriteSender() {
  const write = useWriteSettings<Senders>('senders');
  const run = (on: Settings<Senders>, channel: string, sender: Sender | null, onSuccess: () => void) => {
    const { [channel]: _, ...others } = on.value;
    write.mutate({ value: sender ? { ...others, [channel]: sender } : others, etag: on.etag }, { onSuccess });
  };
  return { run, isPending: write.isPending, error: write.error };
}

export interface TestWish { channel: string; to: string; from: string }

/** Sends a test message over a connection of its own, and tells what came of it. */
export function useTestSender() {
  return useMutation({
    mutationFn: ({ channel, to, from }: TestWish) => unwrap(api.POST('/api/settings/senders/{channel}/test', { params: { path: { channel } }, body: { to, ...(from ? { from } : {}) } })),
  });
}

const isSecure = (address: string | null | undefined): address is string => (address ?? '').startsWith('https://');

/** Where links of mails lead; null: nowhere, undefined: not known yet. */
export function useLinkBase(): string | null | undefined {
  const links = useLinks();
  const installation = useSettings<Schemas['InstallationSettings']>('installation');
  if (!links.data || !installation.data) return undefined;
  return [links.data.value.base_url, installation.data.value.public_url].find(isSecure) ?? null;
}

/** Channels that have a sender, or messages: those that somebody carries first. */
export function channelsOf(senders: Senders, sending: Pick<Sending, 'channels'> | undefined): string[] {
  const own = Object.keys(senders).sort();
  return [...own, ...(sending?.channels ?? []).map((one) => one.channel).filter((one) => !own.includes(one)).sort()];
}
