// Items by type: reading them, and saying that one is in another state.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { api, unwrap, versioned, type Schemas } from '../../data/client';
import { ApiError } from '../../data/errors';
import { allPages } from '../../data/definitions';
import type { Shelf } from '../../data/removal';
import { draftOf, writeOf, type CatalogWrite } from './typeDraft';
import { kForms, kNothingSent, piecesOf, withAnswer, type Form, type ItemsAnswer } from './upload';

export type Catalog = Schemas['Catalog'];
export type CatalogType = Schemas['CatalogType'];
export type Item = Schemas['Item'];

const kLookMs = 5000; // What happens in a store is seen on the board of the next.

export function useCatalogs() {
  return useQuery({ queryKey: ['catalogs', 'all'], queryFn: () => allPages((query) => unwrap(api.GET('/api/catalogs', { params: { query } }))) });
}

export interface Loaded {
  catalog: Catalog;
  etag: string | null; // The version that a change is made on.
}

/** One type as it stands now. */
export async function readCatalog(key: string): Promise<Loaded> {
  const { now: catalog, etag } = await versioned(api.GET('/api/catalogs/{key}', { params: { path: { key } } }));
  return { catalog, etag };
}

/** One type; null asks nothing. */
export function useCatalog(key: string | null) {
  return useQuery({ queryKey: ['catalogs', 'one', key], queryFn: () => readCatalog(key ?? ''), enabled: key !== null });
}

const forgetTypes = (cache: QueryClient) => cache.invalidateQueries({ predicate: ({ queryKey: [noun, what] }) => noun === 'audit' || (noun === 'catalogs' && what !== 'one') });

function put(key: string, body: CatalogWrite, header: Record<string, string>): Promise<Catalog> {
  return unwrap(api.PUT('/api/catalogs/{key}', { params: { path: { key }, header }, body }));
}

export interface TypeWish {
  key: string;
  etag: string | null; // Null: there must be none yet.
  body: CatalogWrite;
}

/** Writes a type as a whole, on the version that was read. */
export function useWriteType() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ key, etag, body }: TypeWish) => put(key, body, etag ? { 'If-Match': etag } : { 'If-None-Match': '*' }),
    onSuccess: () => Promise.all(['catalogs', 'audit'].map((noun) => cache.invalidateQueries({ queryKey: [noun] }))),
  });
}

/** How types are deleted and brought back; one that has items stays. */
export const kTypes: Shelf<Catalog> = {
  path: '/items',
  read: async (key) => { const { catalog, etag } = await readCatalog(key); return { now: catalog, etag }; },
  write: (catalog, header) => put(catalog.key, writeOf(draftOf(catalog.key, catalog)), header),
  remove: (key, header) => unwrap(api.DELETE('/api/catalogs/{key}', { params: { path: { key }, header } })),
  forget: forgetTypes,
};

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

const readItem = (key: string, id: string) => unwrap(api.GET('/api/catalogs/{key}/items/{id}', { params: { path: { key, id } } }));

/** One item with the states it has passed. */
export function useItem(key: string, id: string) {
  return useQuery({ queryKey: ['items', key, 'one', id], queryFn: () => readItem(key, id) });
}

export interface Move {
  id: string;
  from: string | null; // The state in which it was seen.
  to: string;
}

/** Somebody else moved or removed it since it was seen. */
export class MovedSince extends Error {
  constructor(readonly now: Item | null) {
    super('the item was moved meanwhile');
    this.name = 'MovedSince';
  }
}

/** What is said of an item that moves: it does so only from the state in which it was seen. */
export function moveWords(type: Pick<CatalogType, 'id' | 'state'>, { id, from, to }: Move) {
  return { [type.id ?? 'id']: id, [type.state?.field ?? 'state']: to, if_state: from };
}

/** Why an item did not move; nothing: it did. */
export function moveProblem({ rejected: [refused] }: Pick<ItemsAnswer, 'rejected'>): Error | undefined {
  if (!refused) return undefined;
  return refused.code === 'conflict' ? new MovedSince(refused.now ?? null) : new ApiError(400, refused.code, refused.message);
}

async function moveItem(catalog: Catalog, move: Move): Promise<void> {
  const problem = moveProblem(await unwrap(api.POST('/api/catalogs/{key}/items', { params: { path: { key: catalog.key } }, body: [moveWords(catalog, move)] })));
  if (problem) throw problem;
}

const forgetItems = (cache: QueryClient) => Promise.all(['items', 'catalogs', 'profile'].map((noun) => cache.invalidateQueries({ queryKey: [noun] })));

export function useMove(catalog: Catalog) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: (move: Move) => moveItem(catalog, move), onSettled: () => forgetItems(cache) });
}

export interface UploadWish {
  text: string;
  form: Form;
  isWhole: boolean; // Fields that are not named go.
  isHistory: boolean;
}

/** Sends a file of items, piece by piece; `onPart` hears what became of it so far. */
export function useUpload(key: string, onPart: (sum: ItemsAnswer) => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ text, form, isWhole, isHistory }: UploadWish) => {
      let sum = kNothingSent;
      onPart(sum);
      for (const piece of piecesOf(text, form)) {
        const answer = await unwrap(api.POST('/api/catalogs/{key}/items', {
          params: { path: { key }, query: { fields: isWhole ? 'whole' : 'merge', ...(isHistory ? { history: true } : {}) } },
          body: piece.text as never, bodySerializer: (body: unknown) => body as string, headers: { 'Content-Type': kForms[form] },
        }));
        sum = withAnswer(sum, answer, piece);
        onPart(sum);
      }
      return sum;
    },
    onSettled: () => forgetItems(cache),
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

/** The one of an item's moves that its button makes: to a column further on. What goes back, or off the board, is for the menu. */
export function nextOn(columns: readonly string[], from: string | null, [first]: string[]): string | null {
  return first !== undefined && columns.indexOf(first) > columns.indexOf(from ?? '') ? first : null;
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
