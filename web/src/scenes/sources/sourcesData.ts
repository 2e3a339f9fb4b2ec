// Sources: their definitions, keys, health and latest input.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, versioned, type Schemas } from '../../data/client';
import type { Verdict } from '../../data/live';

export type Source = Schemas['Source'];
export type SourceSettings = Schemas['SourceSettings'];
export type Mapping = Schemas['Mapping'];

export const kNewSettings: SourceSettings = {
  enabled: true, keep_ip: false, late_after_hours: 24, phone_region: null, party: 'first', purpose: null, trust: 50,
  allow_alias_of_user_ids: false, webhook_mapping: null, event_bytes_max: 32_768,
};

export function useSources() {
  return useQuery({
    queryKey: ['sources'],
    queryFn: () => unwrap(api.GET('/api/sources', { params: { query: { limit: 500 } } })),
    refetchInterval: 10_000,
  });
}

export interface Loaded { source: Source; etag: string | null }

/** A source with the version that a change is made on. */
export function useSource(key: string) {
  return useQuery({
    queryKey: ['sources', key],
    queryFn: async (): Promise<Loaded> => {
      const { now: source, etag } = await versioned(api.GET('/api/sources/{key}', { params: { path: { key } } }));
      return { source, etag };
    },
    refetchInterval: 10_000,
  });
}

export interface SourceWish { key: string; name: string; settings: SourceSettings; etag: string | null; create: boolean }

function useForgetSources() {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: ['sources'] });
}

export function useWriteSource() {
  const forget = useForgetSources();
  return useMutation({
    mutationFn: ({ key, name, settings, etag, create }: SourceWish) => {
      const header = create ? { 'If-None-Match': '*' } : etag ? { 'If-Match': etag } : {};
      return unwrap(api.PUT('/api/sources/{key}', { params: { path: { key }, header }, body: { name, settings } }));
    },
    onSuccess: forget,
  });
}

export function useDeleteSource() {
  const forget = useForgetSources();
  return useMutation({
    mutationFn: (key: string) => unwrap(api.DELETE('/api/sources/{key}', { params: { path: { key } } })),
    onSuccess: forget,
  });
}

export function useAddKey(key: string) {
  const forget = useForgetSources();
  return useMutation({
    mutationFn: () => unwrap(api.POST('/api/sources/{key}/keys', { params: { path: { key } } })),
    onSuccess: forget,
  });
}

export function useRetireKey(key: string) {
  const forget = useForgetSources();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/sources/{key}/keys/{id}', { params: { path: { key, id } } })),
    onSuccess: forget,
  });
}

export function useRecent(key: string) {
  return useQuery({
    queryKey: ['recent', key],
    queryFn: () => unwrap(api.GET('/api/sources/{key}/recent', { params: { path: { key }, query: { limit: 50 } } })),
    staleTime: 0,
  });
}

export function useMappings(kind: 'file' | 'webhook') {
  return useQuery({
    queryKey: ['mappings', kind],
    queryFn: () => unwrap(api.GET('/api/mappings', { params: { query: { kind } } })),
    staleTime: 60_000,
  });
}

/** What came in lately, newest first: what was seen live joined with what was there before. */
export function joinVerdicts(live: readonly Verdict[], before: readonly Verdict[]): Verdict[] {
  const seen = new Set(live.map(verdictKey));
  // What was asked later knows what has become of a reject since it was seen live.
  const asked = new Map(before.map((one) => [verdictKey(one), one.reject_state]));
  const now = live.map((one) => ({ ...one, reject_state: asked.get(verdictKey(one)) ?? one.reject_state }));
  return [...now, ...before.filter((one) => !seen.has(verdictKey(one)))];
}

/** One arrival: a duplicate shares its message id with the first, but not its place. */
export function verdictKey(one: Verdict): string {
  return `${one.position ?? ''}/${one.message_id ?? ''}/${one.verdict}/${one.received_at}`;
}

export function healthColor(state: Source['health']['state']): string {
  return { receiving: 'line', quiet: 'gray', never: 'gold' }[state];
}

export interface Snippet { id: 'browser' | 'node' | 'rudderstack' | 'curl' | 'webhook'; code: string }

/** Ready code for a key and a host; webhooks only where a mapping is chosen. */
export function snippetsOf(source: Pick<Source, 'key' | 'settings'>, writeKey: string, host: string): Snippet[] {
  const { host: name } = new URL(host);
  const snippets: Snippet[] = [
    {
      id: 'browser',
      code: `<script>
  !function(){var i="analytics",a=window[i]=window[i]||[];if(!a.initialize){a.invoked=!0;
  a.methods=["track","identify","page","group","alias","ready","reset","on","once","off","setAnonymousId"];
  a.factory=function(m){return function(){var r=[].slice.call(arguments);r.unshift(m);a.push(r);return a}};
  a.methods.forEach(function(m){a[m]=a.factory(m)});
  var s=document.createElement("script");s.async=!0;a._writeKey="${writeKey}";a._cdn="${host}";
  s.src="${host}/analytics.js/v1/${writeKey}/analytics.min.js";document.head.appendChild(s);
  a.page()}}();
</script>`,
    },
    {
      id: 'node',
      code: `import { Analytics } from '@segment/analytics-node'

const analytics = new Analytics({ writeKey: '${writeKey}', host: '${host}' })
analytics.track({ userId: 'u1', event: 'Order Completed', properties: { total: 49.9, currency: 'EUR' } })
await analytics.closeAndFlush()`,
    },
    {
      id: 'rudderstack',
      code: `import { RudderAnalytics } from '@rudderstack/analytics-js'

const analytics = new RudderAnalytics()
analytics.load('${writeKey}', '${host}', { configUrl: '${host}' })
analytics.identify('u1', { email: 'ada@example.com' })`,
    },
    {
      id: 'curl',
      code: `curl -u ${writeKey}: ${host}/v1/track -H 'Content-Type: application/json' \\
  -d '{"userId":"u1","event":"Order Completed","properties":{"total":49.9,"currency":"EUR"}}'`,
    },
  ];
  if (source.settings.webhook_mapping) {
    snippets.push({ id: 'webhook', code: `# ${name}: ${source.settings.webhook_mapping}\nPOST ${host}/v1/webhook/${source.key}\nAuthorization: Basic ${btoa(`${writeKey}:`)}` });
  }
  return snippets;
}
