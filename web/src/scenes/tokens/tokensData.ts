// Tokens, and the record of who changed what.

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, type Schemas } from '../../data/client';
import type { Scope } from '../../data/session';

export type Token = Schemas['Token'];
export type AuditEntry = Schemas['AuditEntry'];

export const kScopes: readonly Scope[] = ['read', 'write', 'send', 'erase', 'admin'];

export function useTokens() {
  return useQuery({ queryKey: ['tokens'], queryFn: () => unwrap(api.GET('/api/tokens', { params: { query: { limit: 500 } } })) });
}

export interface TokenWish { key: string; name: string; scopes: Scope[]; days: number | null }

/** When a token made at `now` for so many days ends; null: never. */
export function expiry(days: number | null, now: Date): string | null {
  return days === null ? null : new Date(now.getTime() + days * 86_400_000).toISOString();
}

export function useCreateToken() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ key, name, scopes, days }: TokenWish) =>
      unwrap(api.PUT('/api/tokens/{key}', {
        params: { path: { key }, header: { 'If-None-Match': '*' } },
        body: { name, scopes, expires_at: expiry(days, new Date()) },
      })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['tokens'] }),
  });
}

export function useRevokeToken() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (key: string) => unwrap(api.DELETE('/api/tokens/{key}', { params: { path: { key } } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['tokens'] }),
  });
}

export function useAudit(action: string) {
  return useInfiniteQuery({
    queryKey: ['audit', action],
    queryFn: ({ pageParam }) =>
      unwrap(api.GET('/api/audit', {
        params: { query: { limit: 100, ...(action ? { action } : {}), ...(pageParam ? { cursor: pageParam } : {}) } },
      })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** What is done to things, as far as there are words for it. */
export const kVerbs = ['create', 'update', 'delete', 'revoke', 'merge', 'split', 'lift', 'pin', 'erase', 'consent', 'publish', 'pause', 'resume', 'stop', 'start', 'cancel', 'run', 'replay', 'mend', 'discard', 'suppress', 'unsuppress', 'decide', 'skip', 'end', 'claim', 'release', 'done'] as const;

/** The verb of an action `area.verb`; of a suppression, which is added and removed, a word of its own. */
export function verbOf(action: string): string {
  const [area = '', verb = ''] = action.split('.', 2);
  if (area === 'suppression') return verb === 'add' ? 'suppress' : verb === 'remove' ? 'unsuppress' : verb;
  return verb;
}

const kKinds = ['sources', 'mappings', 'questions', 'dashboards', 'segments', 'journeys', 'templates', 'purposes', 'topics', 'suppressions', 'catalogs', 'tokens', 'imports', 'settings', 'channels', 'costs', 'messages', 'rejects', 'forwards', 'tasks'] as const;

// What runs of a journey is kept beside its draft; to people it is one journey.
const kindOf = (kind: string) => (kind === 'live_journeys' ? 'journeys' : kind);

/** A target as what kind of thing it is and what it is called. */
export function targetOf(target: string): { kind: (typeof kKinds)[number] | null; name: string } {
  const at = target.indexOf('/');
  const kind = at < 0 ? undefined : kKinds.find((one) => one === kindOf(target.slice(0, at)));
  return kind ? { kind, name: target.slice(at + 1) } : { kind: null, name: target };
}

const kOwnPages: ReadonlySet<string> = new Set(['sources', 'mappings', 'questions', 'dashboards', 'segments', 'journeys', 'templates', 'forwards']);
const kSettings: Partial<Record<string, string>> = { senders: '/senders', links: '/senders', messaging: '/consents' };

/** The screen that a target of the record belongs to, or null. */
export function targetPath(target: string): string | null {
  if (/^p_\w+$/.test(target)) return `/people/${target}`;
  const [head = '', key] = target.split('/', 2);
  const kind = kindOf(head);
  if (kind === 'catalogs' && key) return `/items/${encodeURIComponent(key)}`;
  if (kind === 'settings' && key) return kSettings[key] ?? null;
  if (kind && key && kOwnPages.has(kind)) return `/${kind}/${encodeURIComponent(key)}`;
  if (kind === 'imports') return '/imports';
  if (kind === 'purposes' || kind === 'topics' || kind === 'suppressions') return `/consents?tab=${kind}`;
  return null;
}
