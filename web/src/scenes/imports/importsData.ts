// Imports: preview, upload in pieces that can be taken up again, progress.

import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, writeHeaders, type Schemas } from '../../data/client';
import { ApiError, toApiError } from '../../data/errors';

export type Import = Schemas['Import'];
export type ImportPreview = Schemas['ImportPreview'];

export const kPieceBytes = 4 * 1024 * 1024;
export const kPreviewBytes = 1024 * 1024;

export function useImports() {
  return useInfiniteQuery({
    queryKey: ['imports'],
    queryFn: ({ pageParam }) => unwrap(api.GET('/api/imports', { params: { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    // While one runs its figures move.
    refetchInterval: (query) => (query.state.data?.pages.some((page) => page.items.some(isMoving)) ? 1_000 : 10_000),
  });
}

export function isMoving(one: Import): boolean {
  return one.state === 'running' || one.state === 'uploading';
}

export function canStart(one: Import): boolean {
  return one.state === 'ready';
}

export function canCancel(one: Import): boolean {
  return one.state === 'running' || one.state === 'uploading' || one.state === 'ready';
}

function useForgetImports() {
  const cache = useQueryClient();
  return () => Promise.all(['imports', 'overview', 'people', 'sources'].map((key) => cache.invalidateQueries({ queryKey: [key] })));
}

export function useStartImport() {
  const forget = useForgetImports();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST('/api/imports/{id}/start', { params: { path: { id } } })),
    onSuccess: forget,
  });
}

export function useCancelImport() {
  const forget = useForgetImports();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST('/api/imports/{id}/cancel', { params: { path: { id } } })),
    onSuccess: forget,
  });
}

export interface ImportWish { file: File; mapping: string; source: string }

async function sendBytes<T>(method: 'POST' | 'PUT', path: string, body: Blob): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method, body, credentials: 'same-origin',
      headers: { 'Content-Type': 'application/octet-stream', ...writeHeaders() },
    });
  } catch {
    throw new ApiError(0, 'unavailable', 'server: no answer came');
  }
  const data: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw toApiError(answer.status, data);
  return data as T;
}

/** What the mapping makes of the beginning of the file. */
export function previewImport({ file, mapping, source }: ImportWish): Promise<ImportPreview> {
  const query = new URLSearchParams({ file_name: file.name, mapping, source, whole_file: String(file.size <= kPreviewBytes) });
  return sendBytes('POST', `/api/imports/preview?${query}`, file.slice(0, kPreviewBytes));
}

export function usePreviewImport() {
  return useMutation({ mutationFn: previewImport });
}

/** Sends a file piece by piece; after a 409 or a lost line it goes on from where the server stands. */
export async function uploadPieces(
  size: number,
  send: (offset: number) => Promise<{ uploaded: number }>,
  whereIsServer: () => Promise<{ uploaded: number }>,
  onProgress: (uploaded: number) => void,
  begin = 0,
): Promise<void> {
  let offset = begin;
  let failures = 0;
  while (offset < size) {
    try {
      offset = (await send(offset)).uploaded;
      failures = 0;
    } catch (error) {
      const mayPass = error instanceof ApiError && (error.status === 0 || error.status === 409 || error.status >= 500);
      if (!mayPass || ++failures > 3) throw error;
      offset = (await whereIsServer()).uploaded;
    }
    onProgress(offset);
  }
}

/** Announces, uploads and starts an import. */
export function useRunImport(onProgress: (share: number) => void) {
  const forget = useForgetImports();
  return useMutation({
    mutationFn: async ({ file, mapping, source }: ImportWish) => {
      const made = await unwrap(api.POST('/api/imports', { body: { file_name: file.name, size: file.size, mapping, source } }));
      const path = { id: made.id };
      await uploadPieces(
        file.size,
        (offset) => sendBytes<Import>('PUT', `/api/imports/${encodeURIComponent(made.id)}/data?offset=${offset}`, file.slice(offset, offset + kPieceBytes)),
        () => unwrap(api.GET('/api/imports/{id}', { params: { path } })),
        (uploaded) => onProgress(file.size ? uploaded / file.size : 1),
      );
      return unwrap(api.POST('/api/imports/{id}/start', { params: { path } }));
    },
    onSettled: forget,
  });
}

/** Takes up an upload that was broken off; the file must be the one that was begun. */
export function useResumeUpload(onProgress: (share: number) => void) {
  const forget = useForgetImports();
  return useMutation({
    mutationFn: async ({ one, file }: { one: Import; file: File }) => {
      if (file.name !== one.file_name || file.size !== one.size) {
        throw new ApiError(0, 'invalid_argument', `import: file: choose ${one.file_name} with ${one.size} bytes`);
      }
      await uploadPieces(
        file.size,
        (offset) => sendBytes<Import>('PUT', `/api/imports/${encodeURIComponent(one.id)}/data?offset=${offset}`, file.slice(offset, offset + kPieceBytes)),
        () => unwrap(api.GET('/api/imports/{id}', { params: { path: { id: one.id } } })),
        (uploaded) => onProgress(file.size ? uploaded / file.size : 1),
        one.uploaded,
      );
      return unwrap(api.POST('/api/imports/{id}/start', { params: { path: { id: one.id } } }));
    },
    onSettled: forget,
  });
}

export function rejectsPath(id: string): string {
  return `/api/imports/${encodeURIComponent(id)}/rejects`;
}

/** Nothing in the file would become an event: uploading it would only fill the rejects. */
export function takesNothing(preview: ImportPreview): boolean {
  return preview.accepted === 0;
}

// Where a text of a mapping is a column, by the key before it; elsewhere it is a constant.
const kColumnFields = ['column', 'list', 'each', 'of', 'time', 'then', 'else', 'group_id', 'previous_id', 'message_id'];
const kColumnLists = ['first', 'product'];
const kColumnMaps = ['identifiers', 'properties', 'traits', 'context', 'object'];

/** The columns that a mapping reads, in the order they are named; of the items of a list (`@.x`) none. */
export function expectedColumns(definition: unknown): string[] {
  const found = new Set<string>();
  const name = (text: unknown) => { if (typeof text === 'string' && text && !text.startsWith('@')) found.add(text); };
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'value') continue; // A constant, whatever it looks like.
      if (kColumnFields.includes(key)) name(inner);
      if (kColumnLists.includes(key) && Array.isArray(inner)) inner.forEach(name);
      if (kColumnMaps.includes(key) && inner && typeof inner === 'object') Object.values(inner).forEach(name);
      if (key === 'template' && typeof inner === 'string') for (const [, column] of inner.matchAll(/\{([^{}]+)\}/g)) name(column);
      walk(inner);
    }
  };
  const { id, skip, events } = (definition ?? {}) as { id?: unknown; skip?: unknown; events?: unknown };
  if (Array.isArray(id)) id.forEach(name);
  walk(skip);
  for (const event of Array.isArray(events) ? events : []) {
    name((event as { name?: unknown } | null)?.name);
    walk(event);
  }
  return [...found];
}
