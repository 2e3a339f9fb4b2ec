// Tasks of teams and stores: which are shown, whose name stands on what is decided, deciding.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, type Schemas } from '../../data/client';

export type Task = Schemas['Task'];
export type TaskTeam = Schemas['TaskTeam'];

export const kViews = ['to_do', 'overdue', 'closed'] as const;
export type View = (typeof kViews)[number];

/** Which tasks are shown; what is empty asks for all. */
export interface Filter { team: string; store: string; person: string; view: View; mine: boolean }

const kLookMs = 5000; // What one takes on, the others see.
const kName = 'throughline.task_name';

/** The filter that an address names. */
export function filterOf(params: URLSearchParams): Filter {
  const text = (name: string) => params.get(name) ?? '';
  return { team: text('team'), store: text('store'), person: text('person'), view: kViews.find((one) => one === params.get('view')) ?? 'to_do', mine: params.get('mine') === 'true' };
}

/** The address of a filter, without what asks for all. */
export function paramsOf({ view, mine, ...texts }: Filter): Record<string, string> {
  const said = Object.entries(texts).filter(([, text]) => text !== '');
  return { ...Object.fromEntries(said), ...(view === 'to_do' ? {} : { view }), ...(mine ? { mine: 'true' } : {}) };
}

/** What is asked of the server; of a person all tasks are shown, unless others are asked for. */
export function queryOf({ view, mine, ...texts }: Filter, name: string): Record<string, string> {
  const state = texts.person && view === 'to_do' ? {} : { state: view };
  return { ...paramsOf({ ...texts, view: 'to_do', mine: false }), ...state, ...(mine && name ? { by: name } : {}) };
}

export function useTasks(filter: Filter, name: string) {
  const query = queryOf(filter, name);
  return useInfiniteQuery({
    queryKey: ['tasks', query],
    queryFn: ({ pageParam }) => unwrap(api.GET('/api/tasks', { params: { query: { limit: 50, ...query, ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: kLookMs,
  });
}

export function useTeams() {
  return useQuery({ queryKey: ['task-teams'], queryFn: () => unwrap(api.GET('/api/task-teams')), refetchInterval: kLookMs });
}

export type Move = 'claim' | 'take_over' | 'release' | 'done';
export interface Decision { task: Task; move: Move; by: string; note?: string }

function decide({ task, move, by, note }: Decision) {
  const path = { path: { id: task.id } };
  const who = by ? { by } : {};
  if (move === 'release') return unwrap(api.POST('/api/tasks/{id}/release', { params: path, body: who }));
  if (move === 'done') return unwrap(api.POST('/api/tasks/{id}/done', { params: path, body: { ...who, ...(note ? { note } : {}) } }));
  return unwrap(api.POST('/api/tasks/{id}/claim', { params: path, body: { ...who, ...(move === 'take_over' ? { take_over: true } : {}) } }));
}

/** Takes a task on, gives it back, or says that it is done. Refused or not, what is shown is looked at anew. */
export function useDecide() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: decide,
    onSettled: () => Promise.all(['tasks', 'task-teams', 'profile'].map((noun) => cache.invalidateQueries({ queryKey: [noun] }))),
  });
}

/** What takes a decision back; null for what cannot be: the journey went on. */
export function undoOf({ task, move, by }: Decision): Decision | null {
  if (move === 'claim') return { task, move: 'release', by };
  if (move === 'release') return { task, move: 'claim', by };
  return move === 'take_over' && task.by ? { task, move: 'take_over', by: task.by } : null;
}

/** What somebody of this name can do with a task now, first what is nearest. */
export function movesOf({ state, by }: Pick<Task, 'state' | 'by'>, name: string): readonly Move[] {
  if (state === 'open') return ['claim', 'done'];
  if (state !== 'claimed') return [];
  return by === name ? ['done', 'release'] : ['take_over'];
}

/** How far away a due time is: `late` in seconds, where it has passed. */
export function dueOf({ due, closed_at: closed }: Pick<Task, 'due' | 'closed_at'>, now: number): { due: string; late: number } | null {
  if (!due) return null;
  const until = closed ? Date.parse(closed) : now;
  return { due, late: Math.max(0, Math.floor((until - Date.parse(due)) / 1000)) };
}

/** The name that was given on this device last. */
export function keptName(): string {
  return localStorage.getItem(kName) ?? '';
}

export function keepName(name: string): void {
  localStorage.setItem(kName, name);
}
