// What every client library is made to say, and the check that the server has exactly that.

import assert from 'node:assert/strict';

import { waitFor } from './server.mjs';

/** The calls of one person's visit; `seq` finds each of them again. Before `identify` she is
 *  anonymous where the library knows such a state, which is in browsers. */
export function visit(user, { screens = false } = {}) {
  const calls = [
    { kind: 'track', event: 'Product Viewed', properties: { product_id: 'p-1', price: 12.5, tags: ['a', 'b'], none: null } },
    { kind: 'identify', traits: { email: `${user}@dukkan.ro`, name: 'Şule İnci Țepeș', age: 41, vip: true, address: { city: 'İzmir', zip: '35000' } } },
    { kind: 'track', event: 'Order Completed', properties: { order_id: `${user}-o`, total: 129.9, currency: 'EUR', products: [{ sku: 's1', price: 0.1, quantity: 3 }, { sku: 's2', price: 129.6 }] } },
    { kind: 'page', name: 'Home', properties: { title: 'Home 🏠', path: '/' } },
    { kind: 'group', groupId: `${user}-g`, traits: { plan: 'enterprise', seats: 12 } },
    { kind: 'track', event: 'Quotes "and" \\ \u2028 control \u0001', properties: { big: 9007199254740991, tiny: 1e-7, negative: -0.5, empty: '', deep: { a: { b: { c: [1, [2, [3]]] } } } } },
    { kind: 'alias', previousId: `${user}-before` },
  ];
  if (screens) calls.push({ kind: 'screen', name: 'Cart', properties: {} });
  return calls.map((call, seq) => numbered(call, user, seq));
}

/** `count` purchases of one person. */
export function stream(user, count) {
  return Array.from({ length: count }, (_, seq) => numbered({ kind: 'track', event: 'Streamed', properties: { amount: seq / 4 } }, user, seq));
}

function numbered(call, user, seq) {
  const made = { ...call, user, seq };
  if (made.properties) made.properties = { ...made.properties, seq };
  if (made.traits) made.traits = { ...made.traits, seq };
  return made;
}

// Events as the requests of a client said them, each with what its batch says for all.
function eventsOf(attempt) {
  if (!Array.isArray(attempt.json?.batch)) return attempt.json ? [attempt.json] : [];
  const { context, integrations } = attempt.json;
  return attempt.json.batch.map((item) => ({
    ...item,
    ...(context ? { context: { ...context, ...item.context } } : {}),
    ...(integrations ? { integrations: { ...integrations, ...item.integrations } } : {}),
  }));
}

// The write key is no part of an event: the server does not keep it.
function asKept({ writeKey, ...event }) {
  return event;
}

/** Message id -> every form in which the server was given this event. */
function sentForms(attempts) {
  const forms = new Map();
  for (const attempt of attempts) {
    if (!attempt.forwarded) continue;
    for (const event of eventsOf(attempt)) {
      if (!forms.has(event.messageId)) forms.set(event.messageId, []);
      forms.get(event.messageId).push(asKept(event));
    }
  }
  return forms;
}

function isSame(left, right) {
  try {
    assert.deepStrictEqual(left, right);
    return true;
  } catch {
    return false;
  }
}

function assertAsSent(event, forms) {
  if (forms.some((form) => isSame(event.body, form))) return;
  assert.deepStrictEqual(event.body, forms[0], `event ${event.message_id} is not as it was sent`);
}

function assertSays(call, body) {
  assert.equal(body.type, call.kind);
  if (call.event) assert.equal(body.event, call.event);
  if (call.name) assert.equal(body.name ?? body.properties?.name, call.name);
  if (call.groupId) assert.equal(body.groupId, call.groupId);
  if (call.previousId) assert.equal(body.previousId, call.previousId);
  // RudderStack's browser library leaves out what is null.
  for (const [name, value] of Object.entries(call.properties ?? {})) assert.deepEqual(body.properties[name] ?? null, value, name);
  for (const [name, value] of Object.entries(call.kind === 'group' || call.kind === 'identify' ? call.traits : {})) {
    // RudderStack's browser library keeps traits in the context.
    assert.deepEqual((body.traits ?? {})[name] ?? body.context?.traits?.[name], value, name);
  }
}

function callOf(calls, body) {
  if (body.type === 'alias') return calls.find((call) => call.kind === 'alias');
  const bag = body.type === 'identify' || body.type === 'group' ? { ...body.context?.traits, ...body.traits } : body.properties;
  return calls.find((call) => call.kind === body.type && call.seq === bag.seq);
}

/** Waits until each of `count` events was acknowledged to its client, which then is at rest. */
export async function settle(proxy, count) {
  const acknowledged = () => new Set(proxy.attempts.filter(({ status }) => status === 200).flatMap(eventsOf).map(({ messageId }) => messageId)).size;
  await waitFor(() => acknowledged() >= count, { ms: 60_000, describe: () => `${acknowledged()} of ${count} events were acknowledged to the client` });
}

/** Holds that each call is one event of its person, once, as the client sent it, and no other is. */
export async function assertExactlyOnce(server, source, calls, attempts) {
  const forms = sentForms(attempts);
  assert.equal(forms.size, calls.length, 'the client sent as many message ids as calls were made');
  const people = [...new Set(calls.map((call) => call.user))];
  const events = (await Promise.all(people.map((user) => server.timeline('user_id', user)))).flat();
  assert.equal(events.length, calls.length, 'events on the timelines');
  assert.equal(new Set(events.map((event) => event.message_id)).size, calls.length, 'distinct message ids on the timelines');
  assert.equal(await server.eventsOf(source), calls.length, 'events counted for the source');
  const met = new Set();
  for (const event of events) {
    assert.ok(forms.has(event.message_id), `nobody sent ${event.message_id}`);
    assertAsSent(event, forms.get(event.message_id));
    const call = callOf(calls.filter((each) => !met.has(each)), event.body);
    assert.ok(call, `no call stands behind ${JSON.stringify(event.body)}`);
    assertSays(call, event.body);
    met.add(call);
  }
}
