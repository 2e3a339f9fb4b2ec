// Who carries the messages of each channel, where links of mails lead, and a test of either.

import { useMutation } from '@tanstack/react-query';
import { api, unwrap, type Schemas } from '../../data/client';
import { useSettings, useWriteSettings, type Settings } from '../../data/settings';
import type { Sending } from '../messages/messagesData';
import type { Sender, Senders } from './sender';

export type Links = Schemas['LinkSettings'];
export type TestResult = Schemas['SenderTestResult'];

export const useSenders = () => useSettings<Senders>('senders');
export const useLinks = () => useSettings<Links>('links');
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
