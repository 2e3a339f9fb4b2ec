// Mappings: those that ship and one's own; writing, trying and deleting them.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, versioned, type Schemas } from '../../data/client';
import type { ImportPreview } from '../imports/importsData';

export type Mapping = Schemas['Mapping'];

export const kNewMapping = {
  name: 'my-visits',
  events: [{ name: { value: 'Visit' }, identifiers: { loyalty_card: 'card' }, time: 'at', properties: { shop: 'shop' } }],
};
export const kNewSample = { card: 'C-55', at: '2026-03-02T10:00:00Z', shop: 'Cluj' };

export function useAllMappings() {
  return useQuery({ queryKey: ['mappings'], queryFn: () => unwrap(api.GET('/api/mappings')) });
}

export interface Loaded { mapping: Mapping; etag: string | null }

/** A mapping with the version that a change is made on. */
export function useMapping(key: string | null) {
  return useQuery({
    queryKey: ['mappings', 'one', key],
    queryFn: async (): Promise<Loaded> => {
      const { now: mapping, etag } = await versioned(api.GET('/api/mappings/{key}', { params: { path: { key: key ?? '' } } }));
      return { mapping, etag };
    },
    enabled: key !== null,
    refetchOnWindowFocus: false, // What is being written is not to be replaced.
  });
}

type Definition = Record<string, unknown>;

export type Draft = { definition: Definition; fault: null } | { definition: null; fault: string };

/** What was written as a definition, or why it is none. */
export function readDraft(text: string): Draft {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { definition: value as Definition, fault: null };
    return { definition: null, fault: 'need { … }' };
  } catch (error) {
    return { definition: null, fault: error instanceof Error ? error.message : String(error) };
  }
}

/** A sample as the server takes it: JSON as what it is, anything else as the text of a file. */
export function readSample(text: string): unknown {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return text;
  try {
    return JSON.parse(trimmed);
  } catch {
    return text; // Lines of JSON.
  }
}

/** What the server makes of a draft: the events of the sample, or without one whether it is right. */
export function useTrial(key: string, definition: Definition | null, sample: string) {
  return useQuery({
    queryKey: ['preview', 'mapping', key, JSON.stringify(definition), sample],
    queryFn: async (): Promise<ImportPreview | null> => {
      const body = { definition: definition ?? {}, sample: sample.trim() ? readSample(sample) : {} };
      if (sample.trim()) return unwrap(api.POST('/api/mappings/preview', { body: body as Schemas['MappingPreviewRequest'] }));
      await unwrap(api.PUT('/api/mappings/{key}', { params: { path: { key: key || 'new' }, query: { dry_run: true } }, body: { definition: body.definition } }));
      return null;
    },
    enabled: definition !== null,
    retry: false,
    staleTime: Infinity,
    gcTime: 0,
  });
}

export interface MappingWish { key: string; definition: Definition; etag: string | null }

function useForgetMappings() {
  const cache = useQueryClient();
  return () => Promise.all(['mappings', 'audit'].map((key) => cache.invalidateQueries({ queryKey: [key] })));
}

export function useWriteMapping() {
  const forget = useForgetMappings();
  return useMutation({
    mutationFn: ({ key, definition, etag }: MappingWish) =>
      unwrap(api.PUT('/api/mappings/{key}', { params: { path: { key }, header: etag ? { 'If-Match': etag } : {} }, body: { definition } })),
    onSuccess: forget,
  });
}

export function useDeleteMapping() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ key, etag }: { key: string; etag: string | null }) =>
      unwrap(api.DELETE('/api/mappings/{key}', { params: { path: { key }, header: etag ? { 'If-Match': etag } : {} } })),
    // The page of the deleted one asks nothing more; lists do.
    onSuccess: () => cache.invalidateQueries({ predicate: ({ queryKey: [noun, what] }) => noun === 'audit' || (noun === 'mappings' && what !== 'one') }),
  });
}
