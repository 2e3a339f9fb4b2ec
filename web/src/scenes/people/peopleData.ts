// Searching people, reading one, and what may be done to a golden record.

import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, type Schemas } from '../../data/client';

export type Profile = Schemas['Profile'];
export type ProfileSummary = Schemas['ProfileSummary'];
export type Identifier = Schemas['Identifier'];
export type Trait = Schemas['Trait'];
export type TimelineEvent = Schemas['Event'];
export type IdentityChange = Schemas['IdentityChange'];
export type Activity = Schemas['Activity'];

const kPage = 50;

/** People that all words match; without words all people, the newest first. */
export function usePeopleSearch(words: string, enabled = true) {
  return useInfiniteQuery({
    queryKey: ['people', words],
    queryFn: ({ pageParam }) =>
      unwrap(api.GET('/api/profiles', {
        params: { query: { q: words, limit: kPage, ...(pageParam ? { cursor: pageParam } : {}) } },
      })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    enabled,
  });
}

export function useProfile(ref: string, enabled = true) {
  return useQuery({
    enabled,
    queryKey: ['profile', ref],
    queryFn: () => unwrap(api.GET('/api/profiles/{ref}', { params: { path: { ref } } })),
  });
}

/** What the person did, summed. */
export function useActivity(ref: string) {
  return useQuery({
    queryKey: ['profile', ref, 'activity'],
    queryFn: () => unwrap(api.GET('/api/profiles/{ref}/activity', { params: { path: { ref } } })),
  });
}

export function useTimeline(ref: string, name: string | null, enabled = true) {
  return useInfiniteQuery({
    queryKey: ['profile', ref, 'events', name],
    queryFn: ({ pageParam }) =>
      unwrap(api.GET('/api/profiles/{ref}/events', {
        params: {
          path: { ref },
          query: { limit: kPage, ...(pageParam ? { cursor: pageParam } : {}), ...(name ? { name } : {}) },
        },
      })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    enabled,
  });
}

/** Whatever changes who is who makes every answer about people old. */
function useForgetPeople() {
  const cache = useQueryClient();
  return () => Promise.all(['profile', 'people', 'overview'].map((key) => cache.invalidateQueries({ queryKey: [key] })));
}

export interface SplitWish { ref: string; identifiers: Identifier[]; reason: string; dryRun: boolean }
export interface MergeWish { ref: string; with: string; reason: string; dryRun: boolean }

export function split(wish: SplitWish): Promise<IdentityChange> {
  return unwrap(api.POST('/api/profiles/{ref}/split', {
    params: { path: { ref: wish.ref }, query: { dry_run: wish.dryRun } },
    body: { identifiers: wish.identifiers, reason: wish.reason },
  }));
}

export function merge(wish: MergeWish): Promise<IdentityChange> {
  return unwrap(api.POST('/api/profiles/{ref}/merge', {
    params: { path: { ref: wish.ref }, query: { dry_run: wish.dryRun } },
    body: { with: wish.with, reason: wish.reason },
  }));
}

/** What a change would do; asked again whenever the wish changes. */
export function usePreview(key: readonly unknown[], ask: (() => Promise<IdentityChange>) | null) {
  return useQuery({
    queryKey: ['preview', ...key],
    queryFn: () => (ask ? ask() : Promise.reject(new Error('no question'))),
    enabled: ask !== null,
    staleTime: 0,
    gcTime: 0,
  });
}

/** A change answers with the people it leaves: their pages show them at once, and ask anew behind that. */
function useChange<Wish>(change: (wish: Wish) => Promise<IdentityChange>) {
  const cache = useQueryClient();
  const forget = useForgetPeople();
  return useMutation({
    mutationFn: change,
    onSuccess: ({ after }) => {
      for (const person of after) cache.setQueryData(['profile', person.id], person);
      void forget();
    },
  });
}

export function useSplit() {
  return useChange(split);
}

export function useMerge() {
  return useChange(merge);
}

/**
 * Whose page to show after a split: who is still called what stood above it; where that names
 * nobody or both, who kept what was not split off.
 */
export function whoStays(before: Profile, splitOff: readonly Identifier[], after: readonly Profile[]): Profile | undefined {
  const named = after.filter((one) => displayName(one, '') === displayName(before, ''));
  if (named.length === 1) return named[0];
  const gone = new Set(splitOff.map(identifierKey));
  return after.find((one) => !one.identifiers.some((id) => gone.has(identifierKey(id)))) ?? after[0];
}

export function useLift() {
  const forget = useForgetPeople();
  return useMutation({
    mutationFn: (wish: { ref: string; decision: string; reason: string }) =>
      unwrap(api.POST('/api/profiles/{ref}/lift', {
        params: { path: { ref: wish.ref } },
        body: { decision: wish.decision, reason: wish.reason },
      })),
    onSuccess: forget,
  });
}

export function useErase() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (ref: string) => unwrap(api.DELETE('/api/profiles/{ref}', { params: { path: { ref } } })),
    // The page of the erased person asks nothing more; lists do.
    onSuccess: () => cache.invalidateQueries({ queryKey: ['people'] }),
  });
}

/** Address of everything about a person, as a file. */
export function exportPath(ref: string): string {
  return `/api/profiles/${encodeURIComponent(ref)}/export`;
}

/** What to call a person: the name, else the best identifier, else `nameless`. */
export function displayName(person: { name: string | null; identifiers: readonly Identifier[] }, nameless: string): string {
  return person.name ?? person.identifiers[0]?.value ?? nameless;
}

/** Whether words look like a phone number that names no country. */
export function isNationalNumber(words: string): boolean {
  return /^[\d\s().\/-]+$/.test(words) && words.replace(/\D/g, '').length >= 7 && !words.startsWith('00');
}

export function identifierKey(identifier: Identifier): string {
  return `${identifier.namespace}:${identifier.value}`;
}

export interface Amount { key: 'revenue' | 'total'; value: number; currency: string | null }

/** The money of an event: its revenue, else its total, with the currency beside it. */
export function eventAmount(event: TimelineEvent): Amount | null {
  const fields = (event.body as { properties?: Record<string, unknown> }).properties ?? {};
  for (const key of ['revenue', 'total'] as const) {
    const value = fields[key];
    if (typeof value === 'number') return { key, value, currency: typeof fields.currency === 'string' ? fields.currency : null };
  }
  return null;
}

/** One line that says what an event was about, from the properties people look at first. */
export function eventSummary(event: TimelineEvent): string {
  const body = event.body as { properties?: Record<string, unknown>; traits?: Record<string, unknown> };
  const fields = body.properties ?? body.traits ?? {};
  const amount = eventAmount(event);
  const told = amount ? [amount.key, 'currency'] : []; // The amount stands in a place of its own.
  const wanted = ['order_id', 'product', 'name', 'title', 'path', 'url', 'total', 'revenue', 'value', 'currency', 'reason', 'query'];
  const plain = ([key, value]: [string, unknown]) => ['string', 'number', 'boolean'].includes(typeof value) && !told.includes(key);
  const all = Object.entries(fields).filter(plain);
  const chosen = all.filter(([key]) => wanted.includes(key));
  return (chosen.length ? chosen : all).slice(0, 4).map(([key, value]) => `${key} ${String(value)}`).join(' · ');
}

/** E-mail addresses and phone numbers by which to reach a person, verified ones first. */
export function contactsOf(person: Profile): { kind: 'email' | 'phone'; value: string; href: string }[] {
  const schemes = { email: 'mailto:', phone: 'tel:' } as const;
  const kinds = ['phone', 'email'] as const;
  return kinds.flatMap((kind) => person.identifiers
    .filter((one) => one.namespace === kind)
    .sort((a, b) => Number(b.verified_at !== null) - Number(a.verified_at !== null))
    .map(({ value }) => ({ kind, value, href: schemes[kind] + value })));
}

/** Events under the day they belong to (of the given zone), order kept. */
export function byDay(events: readonly TimelineEvent[], dayOf: (iso: string) => string): [string, TimelineEvent[]][] {
  const days: [string, TimelineEvent[]][] = [];
  for (const event of events) {
    const day = dayOf(event.at);
    const last = days.at(-1);
    if (last?.[0] === day) last[1].push(event);
    else days.push([day, [event]]);
  }
  return days;
}
