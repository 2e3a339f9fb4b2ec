// Templates: reading, trying, writing and deleting them.

import { keepPreviousData, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { api, unwrap, versioned, type Schemas } from '../../data/client';
import type { Problem } from '../../data/errors';
import { allPages, keyFor } from '../../data/definitions';
import type { Shelf } from '../../data/removal';
import { draftOf, writeOf, type Template, type TemplateWrite } from './draft';

export type TemplatePreview = Schemas['TemplatePreview'];
export type PreviewAsk = Schemas['TemplatePreviewAsk'];


async function readAll(): Promise<Template[]> {
  return allPages((query) => unwrap(api.GET('/api/templates', { params: { query } })));
}

/** All templates, in the order of their names. */
export function useTemplates() {
  return useQuery({ queryKey: ['templates', 'all'], queryFn: async () => (await readAll()).sort((a, b) => a.name.localeCompare(b.name)) });
}

export interface Loaded {
  template: Template;
  etag: string | null; // The version that a change is made on.
}

/** One template as it stands now. */
export async function readTemplate(key: string): Promise<Loaded> {
  const { now: template, etag } = await versioned(api.GET('/api/templates/{key}', { params: { path: { key } } }));
  return { template, etag };
}

/** One template; null asks nothing. */
export function useTemplate(key: string | null) {
  return useQuery({ queryKey: ['templates', 'one', key], queryFn: () => readTemplate(key ?? ''), enabled: key !== null, refetchOnWindowFocus: false });
}

export type DraftAsk = PreviewAsk & Required<Pick<PreviewAsk, 'draft'>>;

/** What is wrong with a draft, or, where nothing is, the message as somebody would get it. */
export type Tried = { problems: Problem[]; preview: null } | { problems: []; preview: TemplatePreview };

const kDraftPath = { params: { path: { key: 'draft' } } };

async function tryDraft(ask: DraftAsk, signal: AbortSignal): Promise<Tried> {
  const { problems } = await unwrap(api.POST('/api/templates/{key}/check', { ...kDraftPath, body: { draft: ask.draft }, signal }));
  if (problems.length > 0) return { problems, preview: null };
  return { problems: [], preview: await unwrap(api.POST('/api/templates/{key}/preview', { ...kDraftPath, body: ask, signal })) };
}

/** Tries a draft; null asks nothing. */
export function useTrial(ask: DraftAsk | null) {
  return useQuery({
    queryKey: ['preview', 'template', ask],
    queryFn: ({ signal }) => tryDraft(ask!, signal),
    enabled: ask !== null,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
    gcTime: 60_000,
    refetchOnWindowFocus: false,
  });
}

const kIsNew = { 'If-None-Match': '*' };

function put(key: string, body: TemplateWrite, header: Record<string, string>): Promise<Template> {
  return unwrap(api.PUT('/api/templates/{key}', { params: { path: { key }, header }, body }));
}

/** Lists are asked anew; the page of one that was deleted asks nothing more. */
function forgetLists(cache: QueryClient) {
  return cache.invalidateQueries({ predicate: ({ queryKey: [noun, what] }) => noun === 'audit' || (noun === 'templates' && what === 'all') });
}

export interface TemplateWish {
  key: string | null; // Null: of a new one, made of its name.
  etag: string | null; // Null: there must be none yet.
  body: TemplateWrite;
}

export function useWriteTemplate() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ key, etag, body }: TemplateWish) => {
      const made = key ?? keyFor(body.name, (await readAll()).map((one) => one.key), 'template');
      await put(made, body, etag ? { 'If-Match': etag } : kIsNew);
      return readTemplate(made);
    },
    onSuccess: (loaded) => {
      cache.setQueryData(['templates', 'one', loaded.template.key], loaded);
      return forgetLists(cache);
    },
  });
}

/** How templates are deleted and brought back. */
export const kTemplates: Shelf<Template> = {
  path: '/templates',
  read: async (key) => { const { template, etag } = await readTemplate(key); return { now: template, etag }; },
  write: (template, header) => put(template.key, writeOf(draftOf(template)), header),
  remove: (key, header) => unwrap(api.DELETE('/api/templates/{key}', { params: { path: { key }, header } })),
  forget: forgetLists,
};
