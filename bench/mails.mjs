// E-mails a second through a running server, from the event that starts a journey to the provider: run
// and step, intent, consent, caps, the template with a cart of five items, SMTP, outcome.
//
//   node bench/mails.mjs [--program build/throughline] [--build build/bench] [--people 40000] [--connections 8]
//
// The provider is the sink of send_bench, which takes everything; `send_bench` alone tells what it takes.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';

import {kToken, kWriteKey, withServer} from './server.mjs';

const {values: options} = parseArgs({options: {
  program: {type: 'string', default: 'build/throughline'},
  build: {type: 'string', default: 'build/bench'},
  people: {type: 'string', default: '40000'},
  connections: {type: 'string', default: '8'},
}});
const kPeople = Number(options.people);
const kBatchPeople = 50;
const cart = JSON.parse(readFileSync('bench/template/cart.json', 'utf8'));
const names = Object.keys(cart).map((name) => `{%- assign ${name} = event.properties.${name} -%}`).join('');
const text = names + readFileSync('bench/template/cart.liquid', 'utf8');

async function call(url, method, target, body, authorization = `Bearer ${kToken}`) {
  const answer = await fetch(url + target, {method, body: body && JSON.stringify(body), headers: {'Authorization': authorization, 'Content-Type': 'application/json'}});
  const said = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${target}: ${answer.status} ${said}`);
  return said === '' ? null : JSON.parse(said);
}

async function setUp(api, port) {
  await api('PUT', '/api/purposes/offers', {name: 'Offers', basis: 'consent', quiet: false});
  await api('PUT', '/api/settings/messaging', {caps: [{messages: 3, within: '7d'}]});
  await api('PUT', '/api/settings/links', {base_url: 'https://news.shop.example/', clicks: false, opens: false});
  await api('PUT', '/api/settings/senders', {email: {type: 'smtp', host: '127.0.0.1', port, tls: 'none', connections: Number(options.connections)}});
  await api('PUT', '/api/templates/cart', {name: 'Cart', channel: 'email', subject: 'Your cart', html: text, text: `${text}{{ links.unsubscribe }}`, from: 'shop@shop.example'});
  await api('PUT', '/api/journeys/cart', {name: 'Cart', document: {
    key: 'cart', name: 'Cart', trigger: {event: 'Cart Left'},
    steps: [{id: 'mail', type: 'message', channel: 'email', template: 'cart', purpose: 'offers'}],
  }});
  await api('POST', '/api/journeys/cart/publish', {});
}

function eventsOf(number) {
  const userId = `u${number}`;
  const properties = {purpose: 'offers', basis: 'consent', notice_version: '1', channel: 'web', evidence: 'form'};
  return [
    {type: 'identify', userId, messageId: `i${number}`, traits: {email: `${userId}@shop.example`}},
    {type: 'track', event: 'Consent Given', userId, messageId: `c${number}`, properties},
    {type: 'track', event: 'Cart Left', userId, messageId: `t${number}`, properties: cart},
  ];
}

async function sendEvents(url) {
  const writer = `Basic ${Buffer.from(`${kWriteKey}:`).toString('base64')}`;
  let next = 0;
  const work = async () => {
    for (let first = next; first < kPeople; first = next) {
      next += kBatchPeople;
      const people = Array.from({length: Math.min(kBatchPeople, kPeople - first)}, (_, i) => first + i);
      await call(url, 'POST', '/v1/batch', {batch: people.flatMap(eventsOf)}, writer);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
}

/** Waits until none is open; seconds since `begin`. */
async function allSent(api, begin) {
  for (;;) {
    const pages = await Promise.all(['waiting', 'sending'].map((state) => api('GET', `/api/messages?state=${state}&limit=1`)));
    if (pages.every(({items}) => items.length === 0)) return (performance.now() - begin) / 1000;
    await sleep(50);
  }
}

const folder = mkdtempSync(path.join(tmpdir(), 'throughline-mails-'));
const sink = spawn(path.join(options.build, 'bench/send_bench'), ['sink'], {stdio: ['ignore', 'pipe', 'inherit']});
try {
  const [told] = await once(sink.stdout, 'data');
  await withServer({program: options.program, store: `${folder}/data`, log: `${folder}/log`}, async ({url}) => {
    const api = (...what) => call(url, ...what);
    await setUp(api, Number(String(told).trim()));
    const begin = performance.now();
    await sendEvents(url);
    const taken = (performance.now() - begin) / 1000;
    const seconds = await allSent(api, begin);
    const {items} = await api('GET', '/api/messages?state=sent&limit=500');
    const {ended} = await api('GET', '/api/journeys/cart/report');
    if (items.length !== Math.min(500, kPeople) || ended.completed !== kPeople) throw new Error('not all were sent');
    console.log(`${kPeople} e-mails in ${seconds.toFixed(1)} s: ${Math.round(kPeople / seconds)} a second; their events were taken in ${taken.toFixed(1)} s`);
  });
} finally {
  sink.kill();
  rmSync(folder, {recursive: true, force: true});
}
