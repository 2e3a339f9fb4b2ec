// Webhooks of systems that speak their own language, through the mappings that ship.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { say, send } from './raw.mjs';
import { Server } from './server.mjs';

let server;

before(async () => { server = await Server.start(); });
after(() => server?.discard());

const hook = (source, body) => say(server, source, `/v1/webhook/${source.key}`, body);
const sourceWith = (mapping, key = mapping) => server.makeSource(key, { webhook_mapping: mapping });

async function assertTaken(source, body, accepted, duplicates = 0) {
  const answer = await hook(source, body);
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual([answer.json.accepted, answer.json.duplicates, answer.json.rejected], [accepted, duplicates, []]);
  const again = await hook(source, body);
  assert.deepEqual([again.json.accepted, again.json.duplicates], [0, accepted + duplicates], 'the same call again counts once');
}

test('an order of Shopify, and its cancellation', async () => {
  const source = await sourceWith('shopify-orders');
  const order = {
    id: 820982911946154508, name: '#1001', email: 'ana@dukkan.ro', created_at: '2026-03-02T10:00:00+02:00', processed_at: '2026-03-02T10:00:01+02:00', cancelled_at: null,
    currency: 'EUR', total_price: '129.90', subtotal_price: '119.90', total_tax: '10.00', total_discounts: '5.00', financial_status: 'paid',
    customer: { id: 115310627314723950, email: 'ana@dukkan.ro', phone: '+40721000000', first_name: 'Ana', last_name: 'Pop', updated_at: '2026-03-02T09:00:00+02:00' },
    line_items: [{ product_id: 632910392, sku: 'S-1', title: 'Boots', price: '129.90', quantity: 1 }],
  };
  await assertTaken(source, order, 2);
  await assertTaken(source, { ...order, cancelled_at: '2026-03-03T10:00:00+02:00', cancel_reason: 'customer' }, 1, 1);  // The customer is as she was.
  const events = await server.timeline('email', 'ana@dukkan.ro');
  assert.deepEqual(events.map((event) => event.name).sort(), ['Order Cancelled', 'Order Completed', 'identify']);
  const completed = events.find((event) => event.name === 'Order Completed');
  assert.equal(completed.at, '2026-03-02T08:00:01.000Z');
  assert.equal(completed.body.properties.total, 129.9);
  assert.deepEqual(completed.body.properties.products, [{ product_id: '632910392', sku: 'S-1', name: 'Boots', price: 129.9, quantity: 1 }]);
});

test('orders of WooCommerce; drafts are skipped, guests are anonymous people of their order', async () => {
  const source = await sourceWith('woocommerce-orders');
  const order = {
    id: 727, number: '727', status: 'processing', currency: 'RON', date_created_gmt: '2026-03-02T10:00:00', date_modified_gmt: '2026-03-02T11:00:00', total: '29.35', total_tax: '1.35', customer_id: 12,
    billing: { email: 'ion@dukkan.ro', phone: '0721 000 001' }, line_items: [{ product_id: 93, sku: '', name: 'Woo', price: 3, quantity: 2 }],
  };
  await assertTaken(source, order, 1);
  await assertTaken(source, { ...order, id: 728, customer_id: 0, billing: {} }, 1);
  const draft = await hook(source, { ...order, id: 729, status: 'checkout-draft' });
  assert.deepEqual([draft.status, draft.json.accepted, draft.json.rejected], [200, 0, []]);
  const [event] = await server.timeline('email', 'ion@dukkan.ro');
  assert.deepEqual([event.name, event.at, event.body.properties.total], ['Order Completed', '2026-03-02T10:00:00.000Z', 29.35]);
  assert.equal((await server.timeline('anonymous_id', 'woocommerce-order:728')).length, 1);
});

test('lines of a till: sales, returns, with a card and without', async () => {
  const source = await sourceWith('till-line');
  const line = { store_id: '7', till_id: '2', receipt: '9001', line: 1, time: '2026-03-02T10:00:00Z', sku: 'S-1', quantity: 2, price: 3.5, currency: 'EUR', loyalty_card: 'C-55' };
  await assertTaken(source, [line, { ...line, line: 2, quantity: -1 }], 2);
  await assertTaken(source, { ...line, receipt: '9002', loyalty_card: undefined }, 1);
  const events = await server.timeline('loyalty_card', 'C-55');
  assert.deepEqual(new Map(events.map((event) => [event.name, event.body.properties.revenue])), new Map([['Order Line', 7], ['Order Line Returned', -3.5]]));
  assert.equal((await server.timeline('anonymous_id', 'receipt:7:2:9002')).length, 1);
});

test('a record of a call centre', async () => {
  const source = await sourceWith('call-centre');
  await assertTaken(source, { call_id: 'k-1', phone: '+905321234567', started_at: '2026-03-02T10:00:00Z', direction: 'inbound', duration_seconds: 75, agent: 'a1', outcome: 'solved' }, 1);
  const [event] = await server.timeline('phone', '+905321234567');
  assert.deepEqual([event.name, event.channel, event.body.properties.duration_seconds], ['Call Received', 'call-centre', 75]);
});

test("Segment's and RudderStack's webhook destinations: the body is the event", async () => {
  for (const mapping of ['segment-webhook', 'rudderstack-webhook']) {
    const source = await sourceWith(mapping);
    const event = { type: 'track', event: 'Forwarded', userId: mapping, messageId: 'f1', properties: { a: 1 }, originalTimestamp: '2026-03-02T10:00:00.000Z' };
    await assertTaken(source, event, 1);
    const [kept] = await server.timeline('user_id', mapping);
    assert.deepEqual(kept.body, event);
  }
  const several = await sourceWith('rudderstack-webhook', 'rudder-list');
  await assertTaken(several, ['a', 'b'].map((id) => ({ type: 'identify', userId: `list-${id}`, messageId: id, traits: { n: 1 } })), 2);
});

test('what a mapping cannot read is refused and kept; a wrong key or no mapping is said', async () => {
  const source = await sourceWith('till-line', 'broken-till');
  const answer = await hook(source, [{ store_id: '7' }, 'text']);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.rejected.length, 2, answer.text);
  const syntax = await hook(source, '{"store_id":');
  assert.deepEqual([syntax.status, syntax.json.code], [400, 'invalid_json']);
  assert.equal((await server.all(`/api/rejects?source=${source.key}`)).length, 3);

  const other = await server.makeSource('no-mapping');
  assert.deepEqual([(await hook(other, '{}')).status, (await hook(other, '{}')).json.code], [400, 'no_mapping']);
  const stranger = await say(server, other, `/v1/webhook/${source.key}`, '{}');
  assert.equal(stranger.status, 401, 'the key of another source');
  assert.equal((await send(server, '/v1/webhook/nobody', '{}')).status, 401);
});
