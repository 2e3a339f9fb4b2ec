// What people agreed to, what they subscribe to, and which addresses are not to be written to.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, versioned, type Schemas, type Versioned } from '../../data/client';
import { allPages } from '../../data/definitions';
import { onSeen } from '../../data/removal';
import { useSettings, useWriteSettings } from '../../data/settings';

export type Purpose = Schemas['Purpose'];
export type Topic = Schemas['Topic'];
export type Statement = Schemas['Statement'];
export type Standing = Schemas['Standing'];
export type Suppression = Schemas['Suppression'];
export type SuppressedAddress = Schemas['SuppressedAddress'];
export type Reason = Suppression['reason'];
export type Basis = Purpose['basis'];
export type ConsentWish = Schemas['ConsentWrite'];

export const kBases: readonly Basis[] = ['consent', 'legitimate_interest', 'contract', 'legal_obligation', 'vital_interest', 'public_task'];
export const kReasons: readonly Reason[] = ['unsubscribe', 'hard_bounce', 'complaint', 'deceased', 'legal'];
export const kStates = ['given', 'withdrawn', 'subscribed', 'unsubscribed'] as const;

export function usePurposes() {
  return useQuery({
    queryKey: ['purposes'],
    queryFn: () => allPages((query) => unwrap(api.GET('/api/purposes', { params: { query } }))),
  });
}

export function useTopics() {
  return useQuery({
    queryKey: ['topics'],
    queryFn: () => allPages((query) => unwrap(api.GET('/api/topics', { params: { query } }))),
  });
}

/** Words of a field, one a line or between commas, each once. */
export function wordsOf(text: string): string[] {
  return [...new Set(text.split(/[\n,]/).map((word) => word.trim()).filter(Boolean))];
}

type Kind = 'purposes' | 'topics';
type DefinitionOf = { purposes: Purpose; topics: Topic };

async function readDefinition<K extends Kind>(kind: K, key: string): Promise<Versioned<DefinitionOf[K]>> {
  const { now, etag } = await versioned(api.GET(`/api/${kind as Kind}/{key}`, { params: { path: { key } } }));
  return { now: now as DefinitionOf[K], etag };
}

/** A change of what was seen, and of nothing that somebody else made of it since; null: there must be none yet. */
const headerOf = async <K extends Kind>(kind: K, seen: DefinitionOf[K] | null): Promise<Record<string, string>> => (seen ? onSeen((key) => readDefinition(kind, key), seen) : { 'If-None-Match': '*' });

export interface PurposeWish { key: string; seen: Purpose | null; body: Schemas['PurposeWrite'] }

export function useWritePurpose() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ key, seen, body }: PurposeWish) => unwrap(api.PUT('/api/purposes/{key}', { params: { path: { key }, header: await headerOf('purposes', seen) }, body })),
    onSettled: () => cache.invalidateQueries({ queryKey: ['purposes'] }),
  });
}

export interface TopicWish { key: string; seen: Topic | null; body: Schemas['TopicWrite'] }

export function useWriteTopic() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ key, seen, body }: TopicWish) => unwrap(api.PUT('/api/topics/{key}', { params: { path: { key }, header: await headerOf('topics', seen) }, body })),
    onSettled: () => cache.invalidateQueries({ queryKey: ['topics'] }),
  });
}

export function useDeleteDefinition<K extends Kind>(kind: K) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (seen: DefinitionOf[K]) => unwrap(api.DELETE(`/api/${kind as Kind}/{key}`, { params: { path: { key: seen.key }, header: await headerOf(kind, seen) } })),
    onSettled: () => cache.invalidateQueries({ queryKey: [kind] }),
  });
}

export interface Messaging {
  caps?: { messages: number; within: string }[];
  quiet_hours?: { from: string; to: string };
}

export const useMessaging = () => useSettings<Messaging>('messaging');
export const useWriteMessaging = () => useWriteSettings<Messaging>('messaging');

/** Statements of everybody, the latest first; of one state, if one is given. */
export function useStatements(state: string) {
  return useInfiniteQuery({
    queryKey: ['consents', state],
    queryFn: ({ pageParam }) =>
      unwrap(api.GET('/api/consents', { params: { query: { limit: 50, ...(state ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function useWriteConsent(profile: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (wish: ConsentWish) => unwrap(api.POST('/api/consents', { body: { ...wish, profile } })),
    onSuccess: () => Promise.all([cache.invalidateQueries({ queryKey: ['profile'] }), cache.invalidateQueries({ queryKey: ['consents'] })]),
  });
}

export function useSuppressions(reason: string) {
  return useInfiniteQuery({
    queryKey: ['suppressions', reason],
    queryFn: ({ pageParam }) =>
      unwrap(api.GET('/api/suppressions', { params: { query: { limit: 50, ...(reason ? { reason } : {}), ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export interface Address { namespace: string; value: string }

/** What an address is: it has an @, or it is a telephone number. */
export function addressOf(text: string): Address {
  const value = text.trim();
  return { namespace: value.includes('@') ? 'email' : 'phone', value };
}

export function useLookUp() {
  return useMutation({ mutationFn: (address: Address) => unwrap(api.POST('/api/suppressions/lookup', { body: address })) });
}

export function useSuppress() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (wish: Address & { reason: Reason; why: string }) => unwrap(api.POST('/api/suppressions', { body: wish })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['suppressions'] }),
  });
}

export function useLift() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ id, reason, why }: { id: string; reason: Reason; why: string }) =>
      unwrap(api.DELETE('/api/suppressions/{id}', { params: { path: { id }, query: { reason, why } } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['suppressions'] }),
  });
}
