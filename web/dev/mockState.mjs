// What the mock server remembers, how an event comes in, and the small world it starts with.

import { randomBytes } from 'node:crypto';
import { derive, identifiersOf } from './mockWorld.mjs';

export const kSettings = { keep_ip: false, late_after_hours: 24, phone_region: null, party: 'first', purpose: null, trust: 50, allow_alias_of_user_ids: false, webhook_mapping: null };
export const now = () => new Date().toISOString();
const later = (days) => new Date(Date.now() + days * 86_400_000).toISOString();

export function makeState(adminToken) {
  const state = {
    events: [], decisions: [], rejects: [], recent: [], erased: new Set(), duplicates: 0, order: 0, started: now(),
    sources: new Map(), tokens: new Map(), imports: new Map(), audit: [], sessions: new Map(), listeners: new Set(), secrets: new Map(), arrivals: [],
  };
  state.tokens.set('admin', { key: 'admin', name: 'Administrator', scopes: ['read', 'write', 'send', 'erase', 'admin'], created_at: now(), created_by: 'system', last_used_at: now(), expires_at: null });
  state.secrets.set(adminToken, 'admin');

  state.note = (actor, action, target, reason = null) => state.audit.unshift({ id: `a_${++state.order}`, at: now(), actor, action, target, reason, position: `0:${state.order}`, details: {} });
  state.world = () => derive(state.events, state.decisions, state.erased);
  state.actorOf = (request) => {
    const bearer = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1];
    if (bearer) return state.secrets.get(bearer) ?? null;
    const cookie = request.headers.cookie?.match(/throughline_session=(\w+)/)?.[1];
    const session = cookie && state.sessions.get(cookie);
    if (!session) return null;
    if (request.method !== 'GET' && request.headers['x-csrf-token'] !== session.csrf) return null;
    return session.actor;
  };
  state.counts = () => {
    const recently = state.arrivals.filter((one) => Date.now() - one.at < 10_000);
    const world = state.world();
    let known = 0;
    for (const keys of world.groups.members.values()) if (keys.some((key) => !key.startsWith('anonymous_id:'))) known++;
    const rate = (source) => recently.filter((one) => one.source === source).length / 10;
    return {
      at: now(), position: `0:${state.order}`, events_total: state.events.length, events_per_second: recently.length / 10, rejects_per_second: 0, duplicates_per_second: 0,
      people_known: known, people_unknown: world.groups.members.size - known, rejects_open: state.rejects.filter((one) => one.state === 'open').length,
      sources: Object.fromEntries([...state.sources.keys()].map((key) => [key, { events_per_second: rate(key), rejects_per_second: 0 }])),
    };
  };
  return state;
}

export function newSource(state, key, name, actor, settings = {}) {
  const at = now();
  const source = { key, name, settings: { ...kSettings, ...settings }, write_keys: [newKey(actor)], managed_by: 'screen', created_at: at, updated_at: at, updated_by: actor };
  state.sources.set(key, source);
  return source;
}

export function newKey(actor) {
  return { id: `k_${randomBytes(4).toString('hex')}`, key: `wk_${randomBytes(9).toString('base64url')}`, created_at: now(), created_by: actor, last_used_at: null };
}

/** Takes one event; returns its verdict and tells it to whoever listens. */
export function ingest(state, source, body, { live = true, path = '/v1/batch', raw = JSON.stringify(body) } = {}) {
  const verdict = { position: null, received_at: now(), source, verdict: 'accepted', type: body?.type ?? null, name: null, message_id: body?.messageId ?? null, profile: null, live, code: null, message: null, reject: null, reject_state: null, body: body ?? {} };
  const fault = faultOf(body);
  state.order++;
  verdict.position = `0:${state.order}`;
  verdict.name = body?.event ?? body?.name ?? body?.type ?? null;
  if (fault) {
    const reject = { id: `r_${state.order}`, position: verdict.position, at: now(), source, code: fault[0], message: fault[1], message_id: verdict.message_id, type: verdict.type, path, state: 'open', settled_at: null, settled_by: null, became: null, expires_at: later(30), raw, truncated: false, size: raw.length };
    if (path !== 'replay') state.rejects.unshift(reject);
    Object.assign(verdict, { verdict: 'rejected', code: fault[0], message: fault[1], reject: reject.id, reject_state: 'open' });
  } else if (state.events.some((event) => event.source === source && event.message_id === body.messageId)) {
    state.duplicates++;
    verdict.verdict = 'duplicate';
  } else {
    const at = new Date(body.timestamp ?? Date.now()).toISOString();
    const identifiers = identifiersOf(body);
    state.events.push({
      order: state.order, position: verdict.position, message_id: body.messageId ?? `m-${state.order}`, type: body.type, name: verdict.name, at, received_at: now(), sent_at: null,
      original_at: body.timestamp ?? null, source, live, channel: body.context?.channel ?? null, transport: null, identifiers, body,
    });
    state.arrivals.push({ at: Date.now(), source });
    if (state.arrivals.length > 2000) state.arrivals.shift();
  }
  state.recent.unshift(verdict);
  state.recent.length = Math.min(state.recent.length, 500);
  for (const listener of state.listeners) listener(verdict);
  return verdict;
}

function faultOf(body) {
  if (!body || typeof body !== 'object') return ['malformed', 'event: not a JSON object'];
  if (!['identify', 'track', 'page', 'screen', 'group', 'alias'].includes(body.type)) return ['unknown_type', 'event: type: one of identify, track, page, screen, group, alias'];
  if (body.type === 'track' && !body.event) return ['missing_event', 'event: event: a track call needs a name'];
  if (identifiersOf(body).length === 0) return ['missing_id', 'event: userId or anonymousId: one of them is needed'];
  return null;
}

/** A small shop, so that every screen has something to show. */
export function seed(state) {
  newSource(state, 'web', 'Web shop', 'admin', { phone_region: 'TR' });
  newSource(state, 'pos', 'Tills', 'admin', { trust: 80 });
  newSource(state, 'crm', 'Call centre', 'admin', { party: 'first', trust: 90 });
  const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
  const names = ['Elif Yılmaz', 'Ioana Popescu', 'Ada Byron', 'Ștefan Țurcanu', 'Çağla Işık', 'John Smith', 'Mihai Ionescu', 'Zeynep Kaya', 'Grace Hopper', 'Radu Marin'];
  names.forEach((name, n) => {
    const anonymousId = `a-${1000 + n}`;
    const email = `${name.split(' ')[0].normalize('NFD').replace(/[^a-z]/gi, '').toLowerCase()}@example.com`;
    const start = 60 * 8 + n * 37;
    ingest(state, 'web', { type: 'page', name: 'Home', messageId: `s${n}-1`, anonymousId, timestamp: ago(start), properties: { path: '/', title: 'Home' } });
    ingest(state, 'web', { type: 'track', event: 'Product Viewed', messageId: `s${n}-2`, anonymousId, timestamp: ago(start - 3), properties: { product: 'Lamp', price: 49.9, currency: 'EUR' } });
    ingest(state, 'web', { type: 'identify', messageId: `s${n}-3`, anonymousId, userId: `u${n}`, timestamp: ago(start - 5), traits: { name, email, plan: 'free' } });
    ingest(state, 'crm', { type: 'identify', messageId: `s${n}-4`, userId: `u${n}`, timestamp: ago(start - 60), traits: { plan: n % 3 ? 'pro' : 'free', city: 'Bucharest' } });
    for (let order = 0; order <= n % 4; order++) {
      ingest(state, order % 2 ? 'pos' : 'web', { type: 'track', event: 'Order Completed', messageId: `s${n}-o${order}`, userId: `u${n}`, timestamp: ago(start - 70 - order * 41), properties: { order_id: `o-${n}${order}`, total: 40 + n * 7 + order, currency: 'EUR' } });
    }
  });
  for (let n = 0; n < 24; n++) ingest(state, 'web', { type: 'page', name: 'Sale', messageId: `v${n}`, anonymousId: `v-${n}`, timestamp: ago(n * 19), properties: { path: '/sale' } });
  ingest(state, 'web', { type: 'track', event: 'Order Completed', messageId: 'bad-1', properties: { order_id: 'o-x' } });
  ingest(state, 'pos', { type: 'track', messageId: 'bad-2', userId: 'u1' });
  state.imports.set('im_1', { id: 'im_1', file_name: '2011-11.csv', size: 7340032, uploaded: 7340032, mapping: 'online-retail', source: 'pos', state: 'done', rows: 84711, events: 84699, duplicates: 0, rejected: 12, progress: 1, rows_per_second: 0, seconds_left: null, created_at: ago(300), created_by: 'admin', started_at: ago(300), finished_at: ago(299), error: null });
}
