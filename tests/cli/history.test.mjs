// A real shop's year is imported while the three journeys that ship are live, under the names of
// events that start them, about people who may be written to: nobody is.
//
//   TL_HISTORY_ROWS  how many of its rows; default 20000, 0: all 541,909
//   TL_SHARED_DATA   directory of the data sets; default ../shared/data beside the repository

import assert from 'node:assert/strict';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {gunzipSync} from 'node:zlib';

import {secrets, send, serve, succeed, temporaryDirectory} from './program.mjs';

const kRows = Number(process.env.TL_HISTORY_ROWS ?? 20_000);
const kTakenMsMax = 120_000;
const data = process.env.TL_SHARED_DATA ?? path.resolve(import.meta.dirname, '../../../shared/data');
const shop = path.join(data, 'online_retail/online_retail.csv.gz');
const journeys = ['abandoned-cart', 'late-delivery', 'order-ready'];

// Each row is told under every name that starts one of them.
const who = {user_id: {column: 'CustomerID', as: 'integer'}};
const time = {column: 'InvoiceDate', format: '%Y-%m-%d %H:%M:%S'};
const known = {column: 'CustomerID', op: 'exists'};
const mapping = {
  name: 'shop-under-other-names',
  format: {kind: 'csv'},
  events: [
    {when: known, name: {value: 'Product Added'}, identifiers: who, time,
     properties: {product_id: 'StockCode', name: 'Description', price: {column: 'UnitPrice', as: 'decimal'}}},
    {when: known, name: {value: 'Item Changed'}, identifiers: who, time,
     properties: {catalog: {value: 'order'}, item: 'InvoiceNo', state: {value: 'ready'}}},
    {when: known, name: {value: 'Item Overdue'}, identifiers: who, time,
     properties: {catalog: {value: 'shipment'}, item: 'InvoiceNo', due: time}},
  ],
};

const emailOf = (customer) => `${customer}@shop.example`;
const phoneOf = (customer) => `+90532${customer}00`;

/** The rows as they are, and one of each invoice of a customer: {text, invoices, customers}. */
function readShop() {
  const lines = gunzipSync(readFileSync(shop)).toString('utf8').split('\n');
  const rows = lines.slice(1).filter((line) => line !== '').slice(0, kRows || undefined);
  const invoices = new Map();
  for (const row of rows) {
    // Descriptions may have commas; what stands before and behind them does not.
    const [, invoice, at, customer] = /^([^,]+),.*,([\d-]{10} [\d:]{8}),[^,]*,([\d.]*),[^,]*$/.exec(row) ?? [];
    if (customer) invoices.set(invoice, {at: `${at.replace(' ', 'T')}Z`, customer: String(parseInt(customer, 10))});
  }
  return {
    text: `${lines[0]}\n${rows.join('\n')}\n`,
    rows: rows.length,
    invoices,
    customers: [...new Set([...invoices.values()].map(({customer}) => customer))],
  };
}

function client(url, token) {
  return async (method, target, body, type = 'application/json') => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(url + target, {method, body: text, headers: {Authorization: `Bearer ${token}`, 'Content-Type': type}});
    const said = await answer.text();
    assert.ok(answer.ok, `${method} ${target}: ${answer.status} ${said}`);
    return said === '' ? null : JSON.parse(said);
  };
}

/** Everything that the three journeys need to write to people, into a file. */
async function goLive(call) {
  await call('PUT', '/api/purposes/marketing', {name: 'Offers', basis: 'consent', quiet: false});
  await call('PUT', '/api/purposes/service', {name: 'Orders', basis: 'contract', quiet: false});
  await call('PUT', '/api/topics/offers', {name: 'Offers', purpose: 'marketing', default: 'subscribed'});
  await call('PUT', '/api/settings/links', {base_url: 'https://news.shop.example/', clicks: false, opens: false});
  await call('PUT', '/api/settings/senders', {email: {type: 'file'}, sms: {type: 'file'}});
  for (const {key, ...type} of (await call('GET', '/api/catalog-types')).items) {
    await call('PUT', `/api/catalogs/${key}`, type);
  }
  for (const {key, yaml, name} of (await call('GET', '/api/shipped-journeys')).items) {
    for (const [, channel, template] of yaml.matchAll(/channel: (\w+)\s+template: ([a-z-]+)/g)) {
      const mail = channel === 'email' ? {subject: 'Hello', from: 'shop@shop.example'} : {};
      await call('PUT', `/api/templates/${template}`, {name: template, channel, text: 'Yours', ...mail});
    }
    await call('PUT', `/api/journeys/${key}`, {name, yaml});
    await call('POST', `/api/journeys/${key}/publish`);
  }
}

/** Orders and parcels as the shop's systems know them: each ready and late long ago. */
async function bringItems(call, invoices) {
  const items = [...invoices].map(([id, {at, customer}]) => ({id, customer_id: customer, updated_at: at, at}));
  const post = async (catalog, make) => {
    for (let i = 0; i < items.length; i += 5000) {
      const said = await call('POST', `/api/catalogs/${catalog}/items`, items.slice(i, i + 5000).map(make));
      assert.deepEqual(said.rejected, []);
    }
  };
  await post('order', ({at, ...item}) => ({...item, state: 'ready', ready_by: at}));
  await post('shipment', ({at, ...item}) => ({...item, state: 'in_transit', promised_at: at}));
}

const entered = async (call) => {
  const reports = await Promise.all(journeys.map((key) => call('GET', `/api/journeys/${key}/report`)));
  return reports.map((report) => report.entered);
};

test('a year of a real shop, imported, wakes no journey and writes to nobody', {
  skip: existsSync(shop) ? false : `no ${shop}: set TL_SHARED_DATA`,
  timeout: 900_000,
}, async (t) => {
  const directory = temporaryDirectory(t);
  const {text, rows, invoices, customers} = readShop();
  const server = await serve(t, `${directory}/data`);
  const {writeKey, token} = secrets(`${directory}/data`);
  const call = client(server.url, token);
  await goLive(call);
  const written = (channel) => readFileSync(`${directory}/data/outbox/${channel}.jsonl`, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line).to);

  const consents = customers.map((customer) => `${customer},${emailOf(customer)},${phoneOf(customer)},marketing,yes,2010-11-01T10:00:00Z,2010-11,form\n`);
  writeFileSync(`${directory}/consents.csv`, `customer_id,email,phone,purpose,state,at,notice_version,evidence\n${consents.join('')}`);
  writeFileSync(`${directory}/shop.csv`, text);
  await call('PUT', `/api/mappings/${mapping.name}`, {definition: mapping});
  const bring = async (file, mappingName) => JSON.parse((await succeed(
      ['import', `${directory}/${file}`, '--mapping', mappingName, '--server', server.url, '--token', token, '--json'])).stdout);
  assert.equal((await bring('consents.csv', 'consents')).events, customers.length);
  const begin = Date.now();
  const brought = await bring('shop.csv', mapping.name);
  const seconds = ((Date.now() - begin) / 1000).toFixed(1);
  assert.equal(brought.rejected, 0);
  assert.ok(brought.events > rows);
  await bringItems(call, invoices);
  t.diagnostic(`${rows} rows: ${brought.events} events of ${customers.length} people in ${seconds} s, ${invoices.size} orders and parcels`);

  await sleep(2_000);  // Timers are looked at twice a second.
  assert.deepEqual(await entered(call), [0, 0, 0]);
  assert.deepEqual((await call('GET', '/api/messages')).items, []);
  assert.deepEqual([...written('email'), ...written('sms')], []);

  // The same people are written to as soon as it happens now.
  const [customer] = customers;
  const added = {type: 'track', event: 'Product Added', userId: customer, messageId: 'live', properties: {name: 'Lamp'}};
  assert.equal((await send(server.url, writeKey, [added])).status, 200);
  await call('POST', '/api/catalogs/order/items', [{id: 'now', customer_id: customer, state: 'ready'}]);
  await call('POST', '/api/catalogs/shipment/items', [{id: 'now', customer_id: customer, state: 'in_transit', promised_at: new Date().toISOString()}]);
  for (const until = Date.now() + kTakenMsMax; ;) {
    const sent = (await call('GET', '/api/messages?state=sent')).items;
    if (sent.length === 2) break;
    assert.ok(Date.now() < until, `${sent.length} messages are sent, 2 are due`);
    await sleep(200);
  }
  assert.deepEqual(await entered(call), [1, 1, 1]);
  assert.deepEqual([...written('email'), ...written('sms')], [emailOf(customer), phoneOf(customer)]);
});
