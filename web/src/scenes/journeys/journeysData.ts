// Journeys: reading, writing and publishing them, their counts, and who is on her way.

import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { api, unwrap, versioned, type Schemas } from '../../data/client';
import { allPages } from '../../data/definitions';
import type { Shelf } from '../../data/removal';

export type Journey = Schemas['Journey'];
export type JourneyWrite = Schemas['JourneyWrite'];
export type JourneyReport = Schemas['JourneyReport'];
export type JourneyProblem = Schemas['JourneyProblem'];
export type JourneyFindings = Schemas['JourneyFindings'];
export type JourneyRun = Schemas['JourneyRun'];
export type JourneyWay = Schemas['Way'];
export type EndReason = keyof Schemas['JourneyEnds'];
export type RefusalReason = keyof Schemas['JourneyRefusals'];
export type ResumeMode = NonNullable<Schemas['ResumeRequest']['mode']>;
export type Outlook = Schemas['ResumeOutlook'];
export type Backtest = Schemas['Backtest'];
export type BacktestOrder = NonNullable<Schemas['BacktestQuestion']['order']>;

export const kEndReasons: readonly EndReason[] = ['completed', 'goal', 'exit', 'superseded', 'stopped', 'skipped', 'stuck'];
export const kRefusals: readonly RefusalReason[] = ['still_running', 'never', 'too_soon', 'no_key', 'too_many', 'paused'];
export const kBacktestOrders: readonly BacktestOrder[] = ['as_taken', 'as_happened'];
export const kResumeModes: readonly ResumeMode[] = ['fire', 'shift', 'skip'];

const kRuns = 25;
const kLookMs = 3000; // Counts move while somebody looks at them.

async function readAll(): Promise<Journey[]> {
  return allPages((query) => unwrap(api.GET('/api/journeys', { params: { query } })));
}

/** All journeys, in the order of their names. */
export function useJourneys(enabled = true) {
  return useQuery({ queryKey: ['journeys', 'all'], queryFn: async () => (await readAll()).sort((a, b) => a.name.localeCompare(b.name)), enabled, refetchInterval: kLookMs });
}

/** The name of a journey; its key where none is known. */
export function useJourneyName(enabled: boolean): (key: string) => string {
  const { data } = useQuery({ queryKey: ['journeys', 'names'], queryFn: readAll, enabled, staleTime: 60_000 });
  return (key) => data?.find((one) => one.key === key)?.name ?? key;
}

export interface Loaded {
  journey: Journey;
  etag: string | null; // The version that a change is made on.
}

/** One journey as it stands now. */
export async function readJourney(key: string): Promise<Loaded> {
  const { now: journey, etag } = await versioned(api.GET('/api/journeys/{key}', { params: { path: { key } } }));
  return { journey, etag };
}

/** One journey, looked at again and again; null asks nothing. */
export function useJourney(key: string | null) {
  return useQuery({ queryKey: ['journeys', 'one', key], queryFn: () => readJourney(key ?? ''), enabled: key !== null, refetchInterval: kLookMs });
}

/** The same, as it stood when somebody began to write. */
export function useJourneyToEdit(key: string | null) {
  return useQuery({ queryKey: ['journeys', 'edit', key], queryFn: () => readJourney(key ?? ''), enabled: key !== null, staleTime: 0, gcTime: 0, refetchOnWindowFocus: false });
}

export function useShippedJourneys(enabled = true) {
  return useQuery({ queryKey: ['shipped-journeys'], queryFn: () => unwrap(api.GET('/api/shipped-journeys')), staleTime: Infinity, enabled });
}

export function useReport(key: string) {
  return useQuery({
    queryKey: ['journeys', 'report', key],
    queryFn: () => unwrap(api.GET('/api/journeys/{key}/report', { params: { path: { key } } })),
    placeholderData: keepPreviousData,
    refetchInterval: kLookMs,
  });
}

export interface RunFilter { step: string; state: string }

/** Who is on her way, of all or on one step. */
export function useRuns(key: string, { step, state }: RunFilter) {
  return useInfiniteQuery({
    queryKey: ['journeys', 'runs', key, step, state],
    queryFn: ({ pageParam }) => unwrap(api.GET('/api/journeys/{key}/runs', {
      params: { path: { key }, query: { limit: kRuns, ...(step ? { step } : {}), ...(state === 'held' || state === 'waiting' ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) } },
    })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: kLookMs,
  });
}

/** One person's ways through journeys, the latest first. */
export function useWays(ref: string) {
  return useQuery({ queryKey: ['profile', ref, 'journeys'], queryFn: () => unwrap(api.GET('/api/profiles/{ref}/journeys', { params: { path: { ref } } })), refetchInterval: kLookMs });
}

function forget(cache: QueryClient) {
  return Promise.all([
    cache.invalidateQueries({ predicate: ({ queryKey: [noun, what] }) => noun === 'audit' || (noun === 'journeys' && what !== 'edit') }),
    cache.invalidateQueries({ predicate: ({ queryKey: [noun, , what] }) => noun === 'profile' && what === 'journeys' }),
  ]);
}

const kIsNew = { 'If-None-Match': '*' };

function put(key: string, body: JourneyWrite, header: Record<string, string>): Promise<Journey> {
  return unwrap(api.PUT('/api/journeys/{key}', { params: { path: { key }, header }, body }));
}

export interface JourneyWish {
  key: string;
  etag: string | null; // Null: there must be none yet.
  body: JourneyWrite;
}

export function useWriteJourney() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ key, etag, body }: JourneyWish) => {
      await put(key, body, etag ? { 'If-Match': etag } : kIsNew);
      return readJourney(key);
    },
    onSuccess: (loaded) => {
      cache.setQueryData(['journeys', 'one', loaded.journey.key], loaded);
      return forget(cache);
    },
  });
}

/** What would be wrong with a draft, without keeping it; hangs up on the server when another text is asked. */
export function useFindings(key: string, yaml: string) {
  return useQuery({
    queryKey: ['preview', 'journey', key, yaml],
    queryFn: ({ signal }) => unwrap(api.POST('/api/journeys/{key}/check', { params: { path: { key } }, body: { yaml }, signal })),
    enabled: key !== '',
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 30_000,
    refetchOnWindowFocus: false,
  });
}

/** How journeys are deleted, and their drafts brought back. */
export const kJourneys: Shelf<Journey> = {
  path: '/journeys',
  read: async (key) => { const { journey, etag } = await readJourney(key); return { now: journey, etag }; },
  write: ({ key, name, description, document, yaml }, header) => put(key, { name, description, ...(yaml === null ? { document } : { yaml }) }, header),
  remove: (key, header) => unwrap(api.DELETE('/api/journeys/{key}', { params: { path: { key }, header } })),
  forget: (cache) => cache.invalidateQueries({ predicate: ({ queryKey: [noun, what] }) => noun === 'audit' || (noun === 'journeys' && (what === 'all' || what === 'names')) }),
};

function useDecision<Wish>(decide: (wish: Wish) => Promise<unknown>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: decide, onSuccess: () => forget(cache) });
}

/** Makes a version of the draft as it was read. */
export function usePublish() {
  return useDecision(({ journey, etag }: Loaded) => unwrap(api.POST('/api/journeys/{key}/publish', { params: { path: { key: journey.key }, header: etag ? { 'If-Match': etag } : {} } })));
}

export function usePause() {
  return useDecision((key: string) => unwrap(api.POST('/api/journeys/{key}/pause', { params: { path: { key } } })));
}

export function useResume() {
  return useDecision(({ key, mode }: { key: string; mode: ResumeMode }) => unwrap(api.POST('/api/journeys/{key}/resume', { params: { path: { key } }, body: { mode } })));
}

/** What resuming would meet now. */
export function useOutlook(key: string) {
  return useQuery({
    queryKey: ['preview', 'journey-resume', key],
    queryFn: async () => (await unwrap(api.POST('/api/journeys/{key}/resume', { params: { path: { key }, query: { dry_run: true } }, body: {} }))) as Outlook,
    gcTime: 0,
    refetchInterval: kLookMs,
  });
}

export function useStop() {
  return useDecision(({ key, runs }: { key: string; runs: 'finish' | 'end' }) => unwrap(api.POST('/api/journeys/{key}/stop', { params: { path: { key } }, body: { runs } })));
}

export function useStopRun() {
  return useDecision((run: JourneyRun) => unwrap(api.POST('/api/journeys/{key}/runs/{run}/stop', { params: { path: { key: run.journey, run: run.run } }, body: { profile: run.profile.id } })));
}

export interface BacktestWish {
  days: string; // Of the past.
  order: BacktestOrder;
  document: Journey['document']; // What is tried, whatever becomes of the draft meanwhile.
  at: number; // When it was asked: the same asked again is another question.
}

/** By which the server tells how far it is: of this wish alone. */
export const nameOfWish = (wish: BacktestWish) => `${wish.at}`;

/** What a draft would have done; null asks nothing, and hangs up on the server where it is still at it. */
export function useBacktest(key: string, wish: BacktestWish | null) {
  return useQuery({
    queryKey: ['backtest', key, wish],
    queryFn: ({ signal }) => unwrap(api.POST('/api/journeys/{key}/backtest', {
      params: { path: { key }, query: wish ? { id: nameOfWish(wish) } : {} }, body: { from: `-${wish?.days}d`, ...(wish ? { order: wish.order, document: wish.document as Record<string, never> } : {}) }, signal,
    })),
    enabled: wish !== null,
    retry: false,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
}

export interface BacktestAsked { key: string; wish: BacktestWish; told: Backtest }

/** The people behind a number of a backtest, page by page, over the range that it was of. */
export function useBacktestPeople({ key, wish, told: { from, to } }: BacktestAsked, way: readonly string[]) {
  return useInfiniteQuery({
    queryKey: ['backtest', key, wish, 'people', way],
    queryFn: ({ pageParam, signal }) => unwrap(api.POST('/api/journeys/{key}/backtest/people', {
      params: { path: { key }, query: { limit: kRuns, ...(pageParam ? { cursor: pageParam } : {}) } },
      body: { from, to, order: wish.order, document: wish.document as Record<string, never>, cell: [...way] }, signal,
    })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    retry: false,
    staleTime: Infinity,
  });
}

/** The draft as text: as it was written, else as JSON, which is YAML too. */
export function textOfDraft({ yaml, document }: Pick<Journey, 'yaml' | 'document'>): string {
  return yaml ?? `${JSON.stringify(document, null, 2)}\n`;
}

/** Where a text cannot be read at all, of a problem `yaml: line 3, column 6: ...`. */
export function unreadableAt(message: string): { line: number; column: number; message: string } | null {
  const found = /^yaml: line (\d+), column (\d+): (.*)$/s.exec(message);
  return found ? { line: Number(found[1]), column: Number(found[2]), message: found[3]! } : null;
}

/** The version whose text stands in the draft: that of new runs, as long as nothing was changed. */
export function versionOfDraft({ version, has_changes: hasChanges }: Pick<Journey, 'version' | 'has_changes'>): number | null {
  return hasChanges ? null : version;
}

/** The number that the next version gets. */
export function nextVersion({ versions }: Pick<Journey, 'versions'>): number {
  return Math.max(0, ...versions.map((one) => one.number)) + 1;
}
