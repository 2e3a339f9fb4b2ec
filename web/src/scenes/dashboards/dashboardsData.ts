// Dashboards: reading, writing, copying, deleting and bringing back.

import { notifyManager, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, unwrap, versioned } from '../../data/client';
import { allPages, keyFor } from '../../data/definitions';
import type { Shelf } from '../../data/removal';
import { writeOf, type Dashboard, type DashboardWrite, type Tile } from './board';


async function readDashboards(): Promise<Dashboard[]> {
  const all = await allPages((query) => unwrap(api.GET('/api/dashboards', { params: { query } })));
  return all.sort((a, b) => a.name.localeCompare(b.name));
}

/** All dashboards, in the order of their names. */
export function useDashboards() {
  return useQuery({ queryKey: ['dashboards', 'all'], queryFn: readDashboards });
}

export interface Loaded {
  dashboard: Dashboard;
  etag: string | null;
}

async function readDashboard(key: string): Promise<Loaded> {
  const { now: dashboard, etag } = await versioned(api.GET('/api/dashboards/{key}', { params: { path: { key } } }));
  return { dashboard, etag };
}

export type Change = (dashboard: Dashboard) => Partial<DashboardWrite>;

const oneKey = (key: string) => ['dashboards', 'one', key];

/** Changes that are not written yet, oldest first. */
const changesKey = (key: string) => ['dashboard changes', key];

const after = (dashboard: Dashboard, changes: readonly Change[]): Dashboard => changes.reduce((now, change) => ({ ...now, ...change(now) }) as Dashboard, dashboard);

/** A dashboard as it will be once all changes are written, with the version of what is. */
export function useDashboard(key: string) {
  const read = useQuery({
    queryKey: oneKey(key),
    queryFn: () => readDashboard(key),
  });
  const changes = useQuery<Change[]>({ queryKey: changesKey(key), queryFn: () => [], initialData: [], enabled: false }).data;
  const data = useMemo(() => read.data && { ...read.data, dashboard: after(read.data.dashboard, changes) }, [read.data, changes]);
  return { ...read, data };
}

async function put(key: string, body: DashboardWrite, header: Record<string, string>): Promise<Loaded> {
  const { now: dashboard, etag } = await versioned(api.PUT('/api/dashboards/{key}', { params: { path: { key }, header }, body }));
  return { dashboard, etag };
}

const kIsNew = { 'If-None-Match': '*' };

/** Lists, questions (which know where they are shown) and the audit are asked anew. */
function forgetLists(cache: QueryClient) {
  return cache.invalidateQueries({
    predicate: ({ queryKey: [noun, what] }) => noun === 'audit' || (noun === 'questions' && what === 'all') || (noun === 'dashboards' && what !== 'one'),
  });
}

export function useMakeDashboard() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (wish: DashboardWrite) => {
      const taken = (await readDashboards()).map((one) => one.key);
      return (await put(keyFor(wish.name, taken, 'dashboard'), wish, kIsNew)).dashboard;
    },
    onSuccess: () => forgetLists(cache),
  });
}

/**
 * Changes a dashboard. The change shows at once; several in a row are written one after the other,
 * each on the version that the one before made, whatever is read meanwhile.
 */
export function useChangeDashboard(key: string) {
  const cache = useQueryClient();
  const drop = (change: Change) => cache.setQueryData<Change[]>(changesKey(key), (all = []) => all.filter((one) => one !== change));
  return useMutation({
    scope: { id: `dashboard ${key}` },
    onMutate: (change: Change) => {
      cache.setQueryData<Change[]>(changesKey(key), (all = []) => [...all, change]);
    },
    mutationFn: async (change: Change) => {
      const now = cache.getQueryData<Loaded>(oneKey(key));
      if (!now) throw new Error('dashboard: not read yet');
      return put(key, writeOf(after(now.dashboard, [change])), now.etag ? { 'If-Match': now.etag } : {});
    },
    onSuccess: async (written, change) => {
      await cache.cancelQueries({ queryKey: oneKey(key) }); // What is read now may be of before.
      notifyManager.batch(() => {
        cache.setQueryData<Loaded>(oneKey(key), written);
        drop(change);
      });
      void forgetLists(cache); // The next change does not wait for lists.
    },
    onError: (_, change) => {
      drop(change);
      return cache.invalidateQueries({ queryKey: oneKey(key) });
    },
  });
}

/** Puts a question at the end of any dashboard. */
export function useShowOn() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ dashboard, question }: { dashboard: string; question: string }) => {
      const now = await unwrap(api.GET('/api/dashboards/{key}', { params: { path: { key: dashboard } } }));
      const tile: Tile = { question, title: null, size: 'medium' };
      return put(dashboard, { ...writeOf(now), tiles: [...now.tiles, tile] }, {});
    },
    onSuccess: async (_, { dashboard }) => {
      await cache.invalidateQueries({ queryKey: oneKey(dashboard) });
      await forgetLists(cache);
    },
  });
}

/** How dashboards are deleted and brought back. */
export const kDashboards: Shelf<Dashboard> = {
  path: '/dashboards',
  read: async (key) => { const { dashboard, etag } = await readDashboard(key); return { now: dashboard, etag }; },
  write: (dashboard, header) => put(dashboard.key, writeOf(dashboard), header),
  remove: (key, header) => unwrap(api.DELETE('/api/dashboards/{key}', { params: { path: { key }, header } })),
  forget: forgetLists,
};
