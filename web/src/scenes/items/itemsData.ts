// Items by type: reading them, and saying that one is in another state.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, type Schemas } from '../../data/client';
import { ApiError } from '../../data/errors';
import { allPages } from '../../data/definitions';

export type Catalog = Schemas['Catalog'];
export type CatalogType = Schemas['CatalogType'];
export type Item = Schemas['Item'];

const kPage = 500;
const kLookMs = 5000; // What happens in a store is seen on the board of the next.

export function useCatalogs() {
  return useQuery({ queryKey: ['catalogs'], queryFn: () => allPages((cursor) => unwrap(api.GET('/api/catalogs', { params: { query: { limit: kPage, ...(cursor ? { cursor } : {}) } } }))) });
}

export function useCatalog(key: string) {
  return useQuery({ queryKey: ['catalogs', key], queryFn: () => unwrap(api.GET('/api/catalogs/{key}', { params: { path: { key } } })) });
}

/** The types that ship, to be taken as they are. */
export function useShippedTypes() {
  return useQuery({ queryKey: ['catalog-types'], queryFn: () => unwrap(api.GET('/api/catalog-types')), staleTime: Infinity });
}

export function useTakeType() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ key, ...type }: CatalogType) => unwrap(api.PUT('/api/catalogs/{key}', { params: { path: { key }, header: { 'If-None-Match': '*' } }, body: type })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['catalogs'] }),
  });
}

export interface ItemFilter { state?: string; overdue?: boolean }

/** Items of a type: by id, those that are late the earliest first. */
export function useItems(key: string, filter: ItemFilter) {
  return useInfiniteQuery({
    queryKey: ['items', key, filter],
    queryFn: ({ pageParam }) => unwrap(api.GET('/api/catalogs/{key}/items', {
      params: { path: { key }, query: { limit: 50, ...(filter.state ? { state: filter.state } : {}), ...(filter.overdue ? { due: 'overdue' as const } : {}), ...(pageParam ? { cursor: pageParam } : {}) } },
    })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: kLookMs,
  });
}

/** One item with the states it has passed. */
export function useItem(key: string, id: string) {
  return useQuery({ queryKey: ['items', key, 'one', id], queryFn: () => unwrap(api.GET('/api/catalogs/{key}/items/{id}', { params: { path: { key, id } } })) });
}

export interface Move { id: string; to: string }

/** Says that an item is in another state now. */
export function useMove(catalog: Catalog) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, to }: Move) => {
      const said = { [catalog.id ?? 'id']: id, [catalog.state?.field ?? 'state']: to };
      const answer = await unwrap(api.POST('/api/catalogs/{key}/items', { params: { path: { key: catalog.key } }, body: [said] }));
      const [refused] = answer.rejected;
      if (refused) throw new ApiError(400, refused.code, refused.message);
      return answer;
    },
    onSuccess: () => Promise.all(['items', 'catalogs', 'profile'].map((noun) => cache.invalidateQueries({ queryKey: [noun] }))),
  });
}

/** Where an item may go from a state, first where the work leads to. */
export function movesFrom({ state }: Pick<CatalogType, 'state'>, from: string | null): string[] {
  if (!state) return [];
  const at = state.values.indexOf(from ?? '');
  const reachable = state.moves && from !== null ? state.moves[from] ?? [] : state.values;
  const ahead = state.values.slice(at + 1);
  return [...ahead, ...state.values.slice(0, Math.max(0, at))].filter((one) => reachable.includes(one));
}

/** The fields that say most about an item, beside what stands elsewhere on its card. */
export function fieldsOf(type: Pick<CatalogType, 'id' | 'fields' | 'state' | 'due'>, item: Pick<Item, 'fields'>): [string, unknown][] {
  const told = [type.id ?? 'id', type.state?.field, type.due?.field];
  const values = item.fields as Record<string, unknown>;
  return type.fields.flatMap(({ name }): [string, unknown][] => (told.includes(name) || values[name] === undefined || values[name] === null ? [] : [[name, values[name]]]));
}

/** The states that store staff work on when orders are picked up. */
export const kPickup = ['ready', 'on_the_way', 'arrived', 'handed_over'] as const;

/** Whether items of a type are picked up in a store. */
export function isPickedUp({ state }: Pick<CatalogType, 'state'>): boolean {
  return state !== undefined && kPickup.every((one) => state.values.includes(one));
}
