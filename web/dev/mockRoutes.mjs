// The routes of the mock server, in the order of ../openapi.json.

import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { list, missing, Refusal } from './mockAnswers.mjs';
import { previewOf } from './mockImport.mjs';
import { people } from './mockPeople.mjs';
import { queries } from './mockQueries.mjs';
import { ingest, kSettings, newKey, newSource, now } from './mockState.mjs';

const kMappings = [
  { key: 'online-retail', name: 'Online Retail (UCI)', kind: 'file', description: 'One order line a row; cancellations are their own event.', shipped: true, formats: ['csv'], definition: {} },
  { key: 'segment-archive', name: 'Segment archive', kind: 'file', description: 'Raw events, one a line.', shipped: true, formats: ['jsonl'], definition: {} },
  { key: 'shopify-orders', name: 'Shopify orders', kind: 'webhook', description: 'An order of a Shopify shop.', shipped: true, formats: ['jsonl'], definition: {} },
];

export function makeRoutes(state) {
  const table = [];
  const on = (method, path, handle, open = false) => table.push({ method, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '([^/]+)')}$`), handle, open });
  session(state, on);
  people(state, on);
  queries(state, on);
  sources(state, on);
  rejects(state, on);
  imports(state, on);
  mappings(state, on);
  tokens(state, on);
  return (request, url, bytes, actor) => {
    for (const { method, pattern, handle, open } of table) {
      const match = request.method === method && url.pathname.match(pattern);
      if (!match) continue;
      if (!open && !actor) throw new Refusal(401, 'unauthenticated', 'session: sign in first');
      const json = () => JSON.parse(bytes.toString('utf8') || '{}');
      return handle({ args: match.slice(1).map(decodeURIComponent), url, bytes, json, actor, request });
    }
    throw missing('route');
  };
}

function session(state, on) {
  const answer = ({ actor, csrf }) => {
    const token = state.tokens.get(actor);
    return { actor, name: token.name, scopes: token.scopes, csrf, expires_at: new Date(Date.now() + 86_400_000).toISOString(), installation: { name: 'Throughline', version: '0.1.0-mock', timezone: 'Europe/Istanbul', public_url: null, sending: 'on' } };
  };
  on('POST', '/api/session', ({ json }) => {
    const actor = state.secrets.get(json().token);
    if (!actor) throw new Refusal(401, 'unauthenticated', 'session: token: not known');
    const id = randomBytes(12).toString('hex');
    state.sessions.set(id, { actor, csrf: randomBytes(8).toString('hex') });
    return { body: answer(state.sessions.get(id)), headers: { 'Set-Cookie': `throughline_session=${id}; HttpOnly; SameSite=Strict; Path=/` } };
  }, true);
  const current = (request) => state.sessions.get(request.headers.cookie?.match(/throughline_session=(\w+)/)?.[1]);
  on('GET', '/api/session', ({ request, actor }) => ({ body: answer(current(request) ?? { actor, csrf: '' }) }));
  on('DELETE', '/api/session', ({ request }) => {
    state.sessions.delete(request.headers.cookie?.match(/throughline_session=(\w+)/)?.[1]);
    return { status: 204, headers: { 'Set-Cookie': 'throughline_session=; Max-Age=0; Path=/' } };
  });
  on('GET', '/api/overview', () => {
    const { rejects_per_second, duplicates_per_second, sources, ...counts } = state.counts();
    return { body: { ...counts, duplicates_total: state.duplicates, started_at: state.started } };
  });
}

function sources(state, on) {
  const find = (key) => state.sources.get(key) ?? (() => { throw missing('source'); })();
  const shown = (source) => {
    const own = state.events.filter((event) => event.source === source.key);
    const arrivals = state.arrivals.filter((one) => one.source === source.key);
    const last = own.reduce((latest, event) => (event.received_at > latest ? event.received_at : latest), '');
    const rejectsOpen = state.rejects.filter((one) => one.source === source.key && one.state === 'open').length;
    return { ...source, health: { state: !own.length ? 'never' : Date.now() - Date.parse(last) < 300_000 ? 'receiving' : 'quiet', last_event_at: last || null, events_total: own.length, events_per_second: arrivals.filter((one) => Date.now() - one.at < 10_000).length / 10, rejects_open: rejectsOpen } };
  };
  const etag = (source) => ({ ETag: `"${source.updated_at}"` });
  on('GET', '/api/sources', ({ url }) => list([...state.sources.values()].map(shown), url));
  on('GET', '/api/sources/{key}', ({ args: [key] }) => ({ body: shown(find(key)), headers: etag(find(key)) }));
  on('PUT', '/api/sources/{key}', ({ args: [key], json, actor, request }) => {
    const before = state.sources.get(key);
    if (before && request.headers['if-none-match'] === '*') throw new Refusal(412, 'conflict', 'source: key: taken', 'key');
    if (before && request.headers['if-match'] && request.headers['if-match'] !== etag(before).ETag) throw new Refusal(412, 'conflict', `source: changed meanwhile by ${before.updated_by}`);
    const { name, settings } = json();
    const source = before ?? newSource(state, key, name, actor);
    Object.assign(source, { name, settings: { ...kSettings, ...settings }, updated_at: now(), updated_by: actor });
    state.note(actor, before ? 'source.update' : 'source.create', `sources/${key}`);
    return { status: before ? 200 : 201, body: shown(source), headers: etag(source) };
  });
  on('DELETE', '/api/sources/{key}', ({ args: [key] }) => (state.sources.delete(find(key).key), { status: 204 }));
  on('POST', '/api/sources/{key}/keys', ({ args: [key], actor }) => {
    const source = find(key);
    if (source.write_keys.length > 1) throw new Refusal(422, 'failed_precondition', 'source: write_keys: two live already');
    source.write_keys.push(newKey(actor));
    state.note(actor, 'source.add_key', `sources/${key}`);
    return { status: 201, body: shown(source) };
  });
  on('DELETE', '/api/sources/{key}/keys/{id}', ({ args: [key, id], actor }) => {
    const source = find(key);
    if (source.write_keys.length < 2) throw new Refusal(422, 'failed_precondition', 'source: write_keys: the last one stays');
    source.write_keys = source.write_keys.filter((one) => one.id !== id);
    state.note(actor, 'source.retire_key', `sources/${key}`);
    return { body: shown(source) };
  });
  on('GET', '/api/sources/{key}/recent', ({ args: [key], url }) => list(state.recent.filter((one) => one.source === key), url));
  on('POST', '/v1/batch', ({ json, request }) => {
    const key = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64').toString().split(':')[0];
    const source = [...state.sources.values()].find((one) => one.write_keys.some((write) => write.key === key));
    if (!source) return { status: 401, body: { code: 'unauthenticated', message: 'write key: not known' } };
    source.write_keys.find((write) => write.key === key).last_used_at = now();
    const verdicts = json().batch.map((event) => ingest(state, source.key, event));
    const rejected = verdicts.flatMap((one, index) => (one.verdict === 'rejected' ? [{ index, messageId: one.message_id, code: one.code, message: one.message }] : []));
    return { body: { success: true, position: `0:${state.order}`, accepted: verdicts.filter((one) => one.verdict === 'accepted').length, duplicates: verdicts.filter((one) => one.verdict === 'duplicate').length, rejected } };
  }, true);
}

function rejects(state, on) {
  const matching = ({ code, source, ids, all }) => state.rejects.filter((one) => one.state === 'open' && (all || code || source || ids) && (!code || one.code === code) && (!source || one.source === source) && (!ids || ids.includes(one.id)));
  const find = (id) => state.rejects.find((one) => one.id === id) ?? (() => { throw missing('reject'); })();
  const replay = (chosen, body) => {
    const answer = { replayed: chosen.length, accepted: 0, duplicates: 0, rejected: [], became: [] };
    for (const reject of chosen) {
      const verdict = ingest(state, reject.source, JSON.parse(body ?? reject.raw), { live: false, path: 'replay' });
      if (verdict.verdict === 'rejected') answer.rejected.push({ id: reject.id, code: verdict.code, message: verdict.message });
      else {
        answer[verdict.verdict === 'accepted' ? 'accepted' : 'duplicates']++;
        const profile = verdict.verdict === 'accepted' ? verdict.profile : null;
        if (profile) answer.became.push({ id: reject.id, position: verdict.position, profile });
        Object.assign(reject, { state: body ? 'mended' : 'replayed', settled_at: now(), settled_by: 'admin', became: profile && { position: verdict.position, profile, import: null } });
        state.recent.filter((one) => one.reject === reject.id).forEach((one) => { one.reject_state = reject.state; });
      }
    }
    return { body: answer };
  };
  on('GET', '/api/rejects', ({ url }) => {
    const get = (name) => url.searchParams.get(name);
    return list(state.rejects.filter((one) => one.state === (get('state') ?? 'open') && (!get('code') || one.code === get('code')) && (!get('source') || one.source === get('source'))), url);
  });
  on('GET', '/api/rejects/summary', () => {
    const groups = new Map();
    for (const one of matching({ all: true })) {
      const key = `${one.code}/${one.source}`;
      const group = groups.get(key) ?? { code: one.code, source: one.source, count: 0, last_at: one.at };
      groups.set(key, { ...group, count: group.count + 1 });
    }
    return { body: { open: matching({ all: true }).length, groups: [...groups.values()] } };
  });
  on('POST', '/api/rejects/replay', ({ json, actor }) => (state.note(actor, 'reject.replay', 'rejects'), replay(matching(json()))));
  on('POST', '/api/rejects/discard', ({ json, actor }) => {
    const chosen = matching(json());
    chosen.forEach((one) => { one.state = 'discarded'; });
    state.note(actor, 'reject.discard', 'rejects');
    return { body: { discarded: chosen.length } };
  });
  on('GET', '/api/rejects/{id}', ({ args: [id] }) => ({ body: find(id) }));
  on('POST', '/api/rejects/{id}/replay', ({ args: [id], json, actor }) => (state.note(actor, 'reject.replay', `rejects/${id}`), replay([find(id)], json().body)));
}

function imports(state, on) {
  const find = (id) => state.imports.get(id) ?? (() => { throw missing('import'); })();
  const shown = ({ data, until, ...one }) => one;
  on('GET', '/api/imports', ({ url }) => list([...state.imports.values()].reverse().map(shown), url));
  on('POST', '/api/imports/preview', ({ url, bytes }) => {
    const name = url.searchParams.get('file_name');
    return { body: previewOf(name, url.searchParams.get('mapping'), name.endsWith('.gz') ? gunzipSync(bytes) : bytes, url.searchParams.get('whole_file') === 'true') };
  });
  on('POST', '/api/imports', ({ json, actor }) => {
    const id = `im_${state.imports.size + 1}`;
    const one = { id, ...json(), uploaded: 0, state: 'uploading', rows: 0, events: 0, duplicates: 0, rejected: 0, progress: 0, rows_per_second: 0, seconds_left: null, created_at: now(), created_by: actor, started_at: null, finished_at: null, error: null, data: [] };
    state.imports.set(id, one);
    state.note(actor, 'import.create', `imports/${id}`);
    return { status: 201, body: shown(one) };
  });
  on('GET', '/api/imports/{id}', ({ args: [id] }) => ({ body: shown(find(id)) }));
  on('PUT', '/api/imports/{id}/data', ({ args: [id], url, bytes }) => {
    const one = find(id);
    if (Number(url.searchParams.get('offset')) !== one.uploaded) throw new Refusal(409, 'conflict', `import: offset: expected ${one.uploaded}`, 'offset');
    one.data.push(bytes);
    one.uploaded += bytes.length;
    if (one.uploaded === one.size) one.state = 'ready';
    return { body: shown(one) };
  });
  on('POST', '/api/imports/{id}/start', ({ args: [id] }) => {
    const one = find(id);
    if (one.state !== 'ready') throw new Refusal(422, 'failed_precondition', `import: state: is ${one.state}`);
    const preview = previewOf(one.file_name, one.mapping, Buffer.concat(one.data), true, Infinity);
    Object.assign(one, { state: 'running', started_at: now(), rows_per_second: 5, seconds_left: 2 });
    setTimeout(() => {
      for (const event of preview.events) ingest(state, one.source, { type: event.type, event: event.name, messageId: event.message_id, timestamp: event.at, userId: event.identifiers[0]?.value, properties: event.properties }, { live: false });
      Object.assign(one, { state: 'done', rows: preview.rows_read, events: preview.accepted, rejected: preview.rejected, progress: 1, rows_per_second: 0, seconds_left: null, finished_at: now(), refused: undefined });
      one.rejectLines = preview.rejects;
    }, 1500);
    return { body: shown(one) };
  });
  on('POST', '/api/imports/{id}/cancel', ({ args: [id] }) => ({ body: shown(Object.assign(find(id), { state: 'cancelled' })) }));
  on('GET', '/api/imports/{id}/rejects', ({ args: [id] }) => ({ text: (find(id).rejectLines ?? []).map((one) => JSON.stringify(one)).join('\n'), type: 'application/x-ndjson' }));
}

function tokens(state, on) {
  on('GET', '/api/tokens', ({ url }) => list([...state.tokens.values()], url));
  on('PUT', '/api/tokens/{key}', ({ args: [key], json, actor, request }) => {
    if (state.tokens.has(key) && request.headers['if-none-match'] === '*') throw new Refusal(412, 'conflict', 'token: key: taken', 'key');
    const secret = `tl_${key}_${randomBytes(18).toString('base64url')}`;
    const token = { key, ...json(), created_at: now(), created_by: actor, last_used_at: null };
    state.tokens.set(key, token);
    state.secrets.set(secret, key);
    state.note(actor, 'token.create', `tokens/${key}`);
    return { status: 201, body: { ...token, secret } };
  });
  on('DELETE', '/api/tokens/{key}', ({ args: [key], actor }) => {
    if (!state.tokens.delete(key)) throw missing('token');
    for (const [secret, owner] of state.secrets) if (owner === key) state.secrets.delete(secret);
    state.note(actor, 'token.revoke', `tokens/${key}`);
    return { status: 204 };
  });
  on('GET', '/api/audit', ({ url }) => list(state.audit.filter((one) => one.action.startsWith(url.searchParams.get('action') ?? '')), url));
}

function mappings(state, on) {
  const own = new Map(); // By key: definition and version.
  const shown = (key) => {
    const kept = own.get(key);
    if (!kept) return kMappings.find((one) => one.key === key) ?? (() => { throw missing('mapping'); })();
    return { key, name: kept.definition.name ?? key, kind: 'any', description: kept.definition.description ?? '', shipped: false, formats: ['csv', 'jsonl'], definition: kept.definition };
  };
  const etag = (key) => (own.has(key) ? { ETag: `"${own.get(key).version}"` } : {});
  const checked = ({ definition }) => {
    if (!definition || typeof definition !== 'object') throw new Refusal(400, 'invalid_argument', 'mapping: definition: need an object', 'definition');
    if (!Array.isArray(definition.events) || !definition.events.length) throw new Refusal(400, 'invalid_argument', 'mapping: events: need at least 1', 'events');
    return definition;
  };
  on('GET', '/api/mappings', ({ url }) => {
    const kind = url.searchParams.get('kind');
    const keys = [...new Set([...kMappings.map((one) => one.key), ...own.keys()])];
    return list(keys.map(shown).filter((one) => !kind || one.kind === kind || one.kind === 'any'));
  });
  on('POST', '/api/mappings/preview', ({ json }) => {
    const { sample, ...body } = json();
    checked(body);
    const lines = typeof sample === 'string' ? sample : [sample].flat().map((one) => JSON.stringify(one)).join('\n');
    return { body: previewOf('sample', body.definition.name, Buffer.from(lines), true) };
  });
  on('GET', '/api/mappings/{key}', ({ args: [key] }) => ({ body: shown(key), headers: etag(key) }));
  on('PUT', '/api/mappings/{key}', ({ args: [key], url, json, actor, request }) => {
    const definition = checked(json());
    const before = own.get(key);
    if (url.searchParams.get('dry_run') === 'true') return { body: { ...kMappings[0], key, shipped: false, definition } };
    if (request.headers['if-match'] && request.headers['if-match'] !== etag(key).ETag) throw new Refusal(412, 'conflict', 'mapping: changed meanwhile');
    own.set(key, { definition, version: (before?.version ?? 0) + 1 });
    state.note(actor, before ? 'mapping.update' : 'mapping.create', `mappings/${key}`);
    return { status: before ? 200 : 201, body: shown(key), headers: etag(key) };
  });
  on('DELETE', '/api/mappings/{key}', ({ args: [key], actor }) => {
    if (!own.delete(key)) throw new Refusal(422, 'failed_precondition', 'mapping: key: it ships with the program');
    state.note(actor, 'mapping.delete', `mappings/${key}`);
    return { status: 204 };
  });
}
