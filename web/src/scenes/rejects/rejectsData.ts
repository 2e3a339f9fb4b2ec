// Quarantined input: finding, mending, replaying, discarding.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, type Schemas } from '../../data/client';

export type Reject = Schemas['Reject'];
export type RejectSummary = Schemas['RejectSummary'];
export type ReplayAnswer = Schemas['ReplayAnswer'];

export const kStates = ['open', 'replayed', 'mended', 'discarded'] as const;
export type RejectState = (typeof kStates)[number];
export interface RejectFilter { code: string | null; source: string | null }

/** The state that an address names; open without one. */
export function stateOf(text: string | null): RejectState {
  return kStates.find((one) => one === text) ?? 'open';
}

/** How many open rejects a filter names. */
export function countOf(summary: RejectSummary, filter: RejectFilter): number {
  return summary.groups
    .filter((group) => (!filter.code || group.code === filter.code) && (!filter.source || group.source === filter.source))
    .reduce((sum, group) => sum + group.count, 0);
}

const given = (filter: RejectFilter) => ({
  ...(filter.code ? { code: filter.code } : {}),
  ...(filter.source ? { source: filter.source } : {}),
});

/** The filter as the server wants it: naming nothing must be said aloud. */
export function filterBody(filter: RejectFilter): Schemas['RejectFilter'] {
  const body = given(filter);
  return Object.keys(body).length > 0 ? body : { all: true };
}

/** A row of an imported file that is not JSON: mended as text, the way it stood there. */
export function isFileRow(reject: Pick<Reject, 'path' | 'raw'>): boolean {
  return reject.path.startsWith('import:') && jsonFault(reject.raw) !== null;
}

/** What keeps a mended text from being replayed; null: nothing. */
export function faultOf(reject: Pick<Reject, 'path' | 'raw'>, text: string): string | null {
  return isFileRow(reject) ? null : jsonFault(text);
}

/** The mended text as the server takes it: a line of a file stays one line. */
export function asSent(reject: Pick<Reject, 'path' | 'raw'>, text: string): string {
  const isLine = reject.path.startsWith('import:') && !isFileRow(reject);
  return isLine ? JSON.stringify(JSON.parse(text)) : text;
}

export function useRejects(filter: RejectFilter, state: RejectState) {
  return useInfiniteQuery({
    queryKey: ['rejects', 'list', state, filter],
    queryFn: ({ pageParam }) =>
      unwrap(api.GET('/api/rejects', {
        params: { query: { ...given(filter), state, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
      })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function useReject(id: string) {
  return useQuery({
    queryKey: ['rejects', 'one', id],
    queryFn: () => unwrap(api.GET('/api/rejects/{id}', { params: { path: { id } } })),
    enabled: id !== '',
  });
}

export function useRejectSummary() {
  return useQuery({
    queryKey: ['rejects', 'summary'],
    queryFn: () => unwrap(api.GET('/api/rejects/summary')),
    refetchInterval: 15_000,
  });
}

function useForgetRejects() {
  const cache = useQueryClient();
  return () => Promise.all(['rejects', 'overview', 'sources', 'recent', 'people', 'profile', 'audit'].map((key) => cache.invalidateQueries({ queryKey: [key] })));
}

/** Replays one, mended when a body is given. */
export function useReplay() {
  const forget = useForgetRejects();
  return useMutation({
    mutationFn: ({ id, body }: { id: string; body?: string }) =>
      unwrap(api.POST('/api/rejects/{id}/replay', { params: { path: { id } }, body: body === undefined ? {} : { body } })),
    onSuccess: forget,
  });
}

export function useReplayAll() {
  const forget = useForgetRejects();
  return useMutation({
    mutationFn: (filter: RejectFilter) => unwrap(api.POST('/api/rejects/replay', { body: filterBody(filter) })),
    onSuccess: forget,
  });
}

export function useDiscard() {
  const forget = useForgetRejects();
  return useMutation({
    mutationFn: (what: { id: string } | RejectFilter) =>
      unwrap(api.POST('/api/rejects/discard', { body: 'id' in what ? { ids: [what.id] } : filterBody(what) })),
    onSuccess: forget,
  });
}

/** JSON indented for reading; what is no JSON stays as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Why a text is not JSON, or null when it is. */
export function jsonFault(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Codes and sources of the open rejects with their counts, largest first. */
export function choices(summary: RejectSummary): { codes: [string, number][]; sources: [string, number][] } {
  const sum = (of: 'code' | 'source') => {
    const counts = new Map<string, number>();
    for (const group of summary.groups) {
      const key = group[of];
      if (key !== null) counts.set(key, (counts.get(key) ?? 0) + group.count);
    }
    return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  };
  return { codes: sum('code'), sources: sum('source') };
}

const kHelped = [
  'missing_id', 'type_missing', 'type_unknown', 'event_name_missing', 'id_invalid', 'group_id_missing', 'previous_id_missing', 'timestamp_invalid', 'event_too_large',
  'invalid_json', 'not_an_object', 'empty_body', 'batch_missing', 'alias_conflict', 'no_mapping', 'mapping_failed', 'row_refused', 'source_unknown', 'nothing_in_it',
] as const;

/** What to do about a reject, as a key of the texts `reject_help.*`. */
export function rejectHelp(code: string): (typeof kHelped)[number] | 'other' {
  return kHelped.find((one) => one === code) ?? 'other';
}
