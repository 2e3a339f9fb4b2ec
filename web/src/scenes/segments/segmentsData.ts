// Segments: reading, trying, writing and deleting them, and who is in them.

import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { api, unwrap, versioned, type Schemas } from '../../data/client';
import { allPages, keyFor } from '../../data/definitions';
import type { Shelf } from '../../data/removal';
import { isDeed, isGroup, type Condition, type Group } from '../explore/condition';

export type Segment = Schemas['Segment'];
export type SegmentWrite = Schemas['SegmentWrite'];
export type SegmentPreview = Schemas['SegmentPreview'];
export type SegmentMember = Schemas['SegmentMember'];
export type SegmentBacktest = Schemas['SegmentBacktest'];

const kBuildingMs = 2000; // How often a segment that is being built is looked at.
const kLiveMs = 15_000;

const isBuilding = (segment: Segment) => segment.state === 'building';

async function readAll(): Promise<Segment[]> {
  return allPages((query) => unwrap(api.GET('/api/segments', { params: { query } })));
}

/** All segments, in the order of their names. */
export function useSegments(enabled = true) {
  return useQuery({
    queryKey: ['segments', 'all'],
    queryFn: async () => (await readAll()).sort((a, b) => a.name.localeCompare(b.name)),
    refetchInterval: ({ state }) => (state.data?.some(isBuilding) ? kBuildingMs : kLiveMs),
    enabled,
  });
}

export interface Loaded {
  segment: Segment;
  etag: string | null; // The version that a change is made on.
}

/** One segment as it stands now. */
export async function readSegment(key: string): Promise<Loaded> {
  const { now: segment, etag } = await versioned(api.GET('/api/segments/{key}', { params: { path: { key } } }));
  return { segment, etag };
}

/** One segment; null asks nothing. */
export function useSegment(key: string | null) {
  return useQuery({
    queryKey: ['segments', 'one', key],
    queryFn: () => readSegment(key ?? ''),
    refetchInterval: ({ state }) => (state.data && isBuilding(state.data.segment) ? kBuildingMs : kLiveMs),
    enabled: key !== null,
  });
}

/** Who is in it, oldest profiles first. */
export function useMembers(key: string) {
  return useInfiniteQuery({
    queryKey: ['segments', 'members', key],
    queryFn: ({ pageParam }) => unwrap(api.GET('/api/segments/{key}/members', { params: { path: { key }, query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** How many people a draft would hold now, and some of them; hangs up on the server when another draft is asked. */
export function usePreview(conditions: unknown) {
  return useQuery({
    queryKey: ['preview', 'segment', conditions],
    queryFn: ({ signal }) => unwrap(api.POST('/api/segments/{key}/preview', { params: { path: { key: 'draft' } }, body: { conditions } as Schemas['SegmentDraft'], signal })),
    enabled: conditions !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 30_000,
    refetchOnWindowFocus: false,
  });
}

const kSitting = Date.now().toString(36); // Tells this window's questions from those of others.

/** By which the server tells how far it is. */
export const nameOfBacktest = (key: string, days: string | null) => `${key}-${days}-${kSitting}`;

/** Who would have been in it over the last so many days, and some of them; null asks nothing. */
export function useBacktest({ key, conditions }: Segment, days: string | null) {
  return useInfiniteQuery({
    queryKey: ['segments', 'backtest', key, conditions, days],
    queryFn: ({ pageParam, signal }) => unwrap(api.POST('/api/segments/{key}/backtest', { params: { path: { key }, query: { limit: 10, id: nameOfBacktest(key, days), ...(pageParam ? { cursor: pageParam } : {}) } }, body: { from: `-${days}d` }, signal })),
    initialPageParam: '',
    getNextPageParam: (page) => page.people.next ?? undefined,
    enabled: days !== null,
    retry: false,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
}

export interface Coming { at: number; entered: number; left: number }

/** How many people entered and left it each day of the last 30. */
export function useComings(key: string) {
  return useQuery({
    queryKey: ['segments', 'comings', key],
    queryFn: async ({ signal }): Promise<Coming[]> => {
      const series = (event: string) => ({ event, type: 'consequence', measure: 'events', where: { property: 'segment', op: 'eq', value: key } });
      const body = { kind: 'trend', from: '-30d', interval: 'day', series: [series('Segment Entered'), series('Segment Exited')] };
      const answer = await unwrap(api.POST('/api/query', { body: body as Schemas['TrendQuery'], signal }));
      if (answer.kind !== 'trend') return [];
      const [entered = [], left = []] = answer.series.map((one) => one.points);
      return entered.map((point, index) => ({ at: Date.parse(point.at), entered: point.value ?? 0, left: left[index]?.value ?? 0 }));
    },
    staleTime: 30_000,
  });
}

function put(key: string, body: SegmentWrite, header: Record<string, string>): Promise<Segment> {
  return unwrap(api.PUT('/api/segments/{key}', { params: { path: { key }, header }, body }));
}

const kIsNew = { 'If-None-Match': '*' };

/** Lists are asked anew; the page of one that was deleted asks nothing more. */
function forgetLists(cache: QueryClient) {
  return cache.invalidateQueries({ predicate: ({ queryKey: [noun, what] }) => ['audit', 'profile'].includes(noun as string) || (noun === 'segments' && what === 'all') });
}

function forget(cache: QueryClient, key: string) {
  return Promise.all([forgetLists(cache), ...(['one', 'members', 'comings'].map((what) => cache.invalidateQueries({ queryKey: ['segments', what, key] })))]);
}

export interface SegmentWish {
  key: string | null; // Null: of a new one, made of its name.
  etag: string | null; // Null: there must be none yet.
  body: SegmentWrite;
}

/** Writes a segment as a whole, on the version that was read. */
export function useWriteSegment() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ key, etag, body }: SegmentWish) => {
      const made = key ?? keyFor(body.name, (await readAll()).map((one) => one.key), 'segment');
      return put(made, body, etag ? { 'If-Match': etag } : kIsNew);
    },
    onSuccess: (segment) => forget(cache, segment.key),
  });
}

/** What is written of a segment that was read. */
export function writeOf({ name, description, conditions }: Segment): SegmentWrite {
  return { name, description, conditions };
}

/** Changes the name as it stands now; conditions that somebody else changes meanwhile are not lost. */
export function useRenameSegment() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ key, naming }: { key: string; naming: { name: string; description: string } }) => {
      const { segment, etag } = await readSegment(key);
      return put(key, { ...writeOf(segment), ...naming }, etag ? { 'If-Match': etag } : {});
    },
    onSuccess: (segment) => forget(cache, segment.key),
  });
}

/** How segments are deleted and brought back; one that comes back is built anew. */
export const kSegments: Shelf<Segment> = {
  path: '/segments',
  read: async (key) => { const { segment, etag } = await readSegment(key); return { now: segment, etag }; },
  write: (segment, header) => put(segment.key, writeOf(segment), header),
  remove: (key, header) => unwrap(api.DELETE('/api/segments/{key}', { params: { path: { key }, header } })),
  forget: forgetLists,
};

/** A group in which what is denied says so itself: never, instead of not at least once. */
export function saidPlainly(group: Group): Group {
  const plain = (part: Condition): Condition => {
    if (!isGroup(part)) return part;
    const [only, ...more] = part.parts;
    const isNever = part.join === 'nor' && more.length === 0 && only !== undefined && isDeed(only) && only.times === 'gte' && only.count === 1;
    return isNever ? { ...only, times: 'eq', count: 0 } : saidPlainly(part);
  };
  return { ...group, parts: group.parts.map(plain) };
}

/** How many rows a draft has, in all its groups. */
export function rowsOf(group: Group): number {
  return group.parts.reduce((rows, part) => rows + (isGroup(part) ? rowsOf(part) : isDeed(part) ? 1 + rowsOf(part.where) : 1), 0);
}
