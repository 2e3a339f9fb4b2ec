// Forwards: reading, writing and deleting them, and what a form says of one.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, versioned, type Schemas } from '../../data/client';
import { allPages, keyFor } from '../../data/definitions';
import { groupOf, whereOf, type Group } from '../explore/condition';

export type Forward = Schemas['Forward'];
export type ForwardWrite = Schemas['ForwardWrite'];
export const kTypes = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const;
export type EventType = (typeof kTypes)[number];

const readAll = () => allPages((query) => unwrap(api.GET('/api/forwards', { params: { query } })));

export function useForwards() {
  return useQuery({ queryKey: ['forwards', 'all'], queryFn: readAll, refetchInterval: 3_000 });
}

export interface Loaded { forward: Forward; etag: string | null }

/** A forward with the version that a change is made on; nothing is asked without a key. */
export function useForward(key: string | undefined) {
  return useQuery({
    queryKey: ['forwards', 'one', key],
    enabled: key !== undefined,
    queryFn: async (): Promise<Loaded> => {
      const { now: forward, etag } = await versioned(api.GET('/api/forwards/{key}', { params: { path: { key: key ?? '' } } }));
      return { forward, etag };
    },
    staleTime: 0,
    refetchOnWindowFocus: false, // A form is filled with it.
  });
}

export interface ForwardWish {
  key: string | null; // Null: of a new one, made of its name.
  etag: string | null;
  body: ForwardWrite;
}

export function useWriteForward() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ key, etag, body }: ForwardWish) => {
      const made = key ?? keyFor(body.name, (await readAll()).map((one) => one.key), 'forward');
      const header = key === null ? { 'If-None-Match': '*' } : etag ? { 'If-Match': etag } : {};
      return unwrap(api.PUT('/api/forwards/{key}', { params: { path: { key: made }, header }, body }));
    },
    onSuccess: () => cache.invalidateQueries({ queryKey: ['forwards'] }),
  });
}

export function useDeleteForward() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (key: string) => unwrap(api.DELETE('/api/forwards/{key}', { params: { path: { key } } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['forwards'] }),
  });
}

/** What the form holds. */
export interface Draft {
  name: string;
  url: string;
  writeKey: string; // Empty: the one that stands, if there is one.
  enabled: boolean;
  types: EventType[]; // None: all.
  where: Group | string; // A text: JSON, of what rows cannot show.
  includeHistory: boolean;
  batchEvents: number;
  allowsPrivate: boolean;
  from: 'here' | 'now' | 'oldest'; // Where it goes on.
}

export const kNewDraft: Draft = {
  name: '', url: '', writeKey: '', enabled: true, types: [], where: { join: 'and', parts: [] }, includeHistory: false, batchEvents: 100, allowsPrivate: false, from: 'here',
};

export function draftOf(forward: Forward): Draft {
  const { name, url, enabled, types, where, include_history, batch_events, allows_private } = forward;
  return {
    name, url, writeKey: '', enabled, types: types ?? [], includeHistory: include_history, batchEvents: batch_events, allowsPrivate: allows_private, from: 'here',
    where: where === null ? kNewDraft.where : groupOf(where) ?? JSON.stringify(where, null, 2),
  };
}

/** The conditions of a draft as the API takes them: undefined without any, null where the text is no JSON. */
export function whereOfDraft({ where }: Draft): unknown {
  if (typeof where !== 'string') return whereOf(where);
  try {
    return JSON.parse(where) as unknown;
  } catch {
    return null;
  }
}

/** What is written for a draft; `standing` is the forward that it changes. */
export function writeOf(draft: Draft, standing: Forward | null): ForwardWrite {
  const where = whereOfDraft(draft);
  const from = draft.from === 'now' ? 'now' : draft.from === 'oldest' && standing ? standing.log_begins_at : undefined;
  return {
    name: draft.name.trim(), url: draft.url.trim(), enabled: draft.enabled, batch_events: draft.batchEvents, allows_private: draft.allowsPrivate, include_history: draft.includeHistory,
    ...(standing?.description ? { description: standing.description } : {}),
    ...(draft.writeKey ? { write_key: draft.writeKey } : {}),
    ...(draft.types.length > 0 ? { types: draft.types } : {}),
    ...(where !== undefined ? { where: where as NonNullable<ForwardWrite['where']> } : {}),
    ...(from ? { from } : {}),
  };
}

export const kStateColors: Record<Forward['state'], string> = { off: 'gray', held: 'gold', current: 'line', sending: 'line', failing: 'red', behind: 'red' };
