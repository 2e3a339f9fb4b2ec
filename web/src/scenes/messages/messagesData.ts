// Messages with their reasons, and how sending stands.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, type Schemas } from '../../data/client';

export type Message = Schemas['Message'];
export type MessageState = Schemas['MessageState'];
export type MessageReason = Schemas['MessageReason'];
export type Attempt = Schemas['MessageAttempt'];
export type Sending = Schemas['Sending'];
export type Decision = Schemas['MessageDecision']['decision'];

export const kStates: readonly MessageState[] = ['waiting', 'sending', 'uncertain', 'sent', 'refused', 'expired', 'failed'];
export const kReasons: readonly MessageReason[] = ['no_consent', 'consent_withdrawn', 'consent_expired', 'not_subscribed', 'unsubscribed', 'suppressed', 'capped', 'quiet_hours', 'no_address', 'no_sender', 'no_template', 'no_content',
  'withdrawn', 'unknown_purpose', 'unknown_topic', 'topic_of_other_purpose', 'rejected', 'too_often', 'given_up', 'too_many'];
export const kDecisions: readonly Decision[] = ['was_sent', 'again', 'give_up'];

/** Which messages are shown; what is empty asks for all. */
export interface Filter { person: string; state: string; reason: string; journey: string }

export const kFields = ['person', 'state', 'reason', 'journey'] as const satisfies readonly (keyof Filter)[];

/** The filter that an address names. */
export function filterOf(params: URLSearchParams): Filter {
  const known = (name: 'state' | 'reason', list: readonly string[]) => list.find((one) => one === params.get(name)) ?? '';
  return { person: params.get('person') ?? '', state: known('state', kStates), reason: known('reason', kReasons), journey: params.get('journey') ?? '' };
}

/** The address of a filter, without what asks for all. */
export function paramsOf(filter: Filter): Record<string, string> {
  return Object.fromEntries(kFields.flatMap((field) => (filter[field] ? [[field, filter[field]]] : [])));
}

const kLookMs = 10_000;

/** Messages of a filter, the newest first. */
export function useMessages(filter: Filter) {
  return useInfiniteQuery({
    queryKey: ['messages', filter],
    queryFn: ({ pageParam }) => unwrap(api.GET('/api/messages', { params: { query: { limit: 50, ...paramsOf(filter), ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: kLookMs,
  });
}

/** Whether messages leave, and how many of each channel are in which state. */
export function useSending() {
  return useQuery({ queryKey: ['sending'], queryFn: () => unwrap(api.GET('/api/sending')), refetchInterval: kLookMs });
}

function useForget() {
  const cache = useQueryClient();
  return () => Promise.all(['messages', 'sending', 'session', 'audit', 'profile'].map((key) => cache.invalidateQueries({ queryKey: [key] })));
}

/** Says what is to become of a message of which nobody knows, or that waits. */
export function useDecide() {
  const forget = useForget();
  return useMutation({
    mutationFn: ({ id, decision, reason }: { id: string; decision: Decision; reason: string }) => unwrap(api.POST('/api/messages/{id}/decide', { params: { path: { id } }, body: { decision, reason } })),
    onSuccess: forget,
  });
}

/** How many uncertain messages of a journey, or of all, one may decide about at once. */
export function useUncertain(journey: string) {
  return useQuery({
    queryKey: ['messages', 'uncertain', journey],
    queryFn: () => unwrap(api.POST('/api/messages/decide', { params: { query: { dry_run: true } }, body: journey ? { journey } : {} })),
  });
}

/** Says what is to become of all of them, a thousand at a time; of those that are asked for meanwhile nothing is said. */
export function useDecideAll() {
  const forget = useForget();
  return useMutation({
    mutationFn: async ({ journey, before, decision, reason }: { journey: string; before: string; decision: Decision; reason: string }) => {
      const body = { decision, reason, asked_before: before, ...(journey ? { journey } : {}) };
      while ((await unwrap(api.POST('/api/messages/decide', { body }))).has_more);
    },
    onSettled: forget,
  });
}

/** Lets messages leave again; what is due by now is asked about, or sent. */
export function useResume() {
  const forget = useForget();
  return useMutation({ mutationFn: (overdue: 'ask' | 'send') => unwrap(api.POST('/api/sending/resume', { body: { overdue } })), onSuccess: forget });
}

/** Journeys to choose from, by name; the chosen one also when it was deleted. Of two of one name the key tells which. */
export function journeyChoices(journeys: readonly { key: string; name: string }[], chosen: string): { value: string; label: string }[] {
  const isTwice = (name: string) => journeys.filter((one) => one.name === name).length > 1;
  const known = journeys.map(({ key, name }) => ({ value: key, label: isTwice(name) ? `${name} (${key})` : name }));
  return chosen === '' || journeys.some((one) => one.key === chosen) ? known : [...known, { value: chosen, label: chosen }];
}

/** How many messages of all channels are in a state. */
export function countOf(sending: Sending | undefined, state: MessageState): number {
  return (sending?.channels ?? []).reduce((sum, one) => sum + one[state], 0);
}

const kUnits = [['d', 86_400], ['h', 3600], ['m', 60]] as const;

/** How far the clock jumped ahead, as a length such as 3h; null where that does not hold sending. */
export function jumpOf({ clock_ahead_seconds: seconds }: Pick<Sending, 'clock_ahead_seconds'>): string | null {
  if (seconds <= 0) return null;
  const [unit, size] = kUnits.find(([, one]) => seconds >= 2 * one) ?? ['s', 1];
  return `${Math.round(seconds / size)}${unit}`;
}

/** What can be decided about it now; nothing of what is over. */
export function decisionsOf({ state }: Pick<Message, 'state'>): readonly Decision[] {
  if (state === 'uncertain') return kDecisions;
  return state === 'waiting' ? ['give_up'] : [];
}
