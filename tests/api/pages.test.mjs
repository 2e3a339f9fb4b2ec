// What people reach from a message, against the real server: the token made here from what
// src/channel/link.h documents and the secret of the installation.
import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import {serve, temporaryDirectory} from '../cli/program.mjs';

const admin = 'tl_admin_api_tests_0123456789';
const writeKey = 'wk_api_tests_0123456789';
const form = {'Content-Type': 'application/x-www-form-urlencoded'};

test('a GET of the link changes nothing, one click unsubscribes, the page undoes it', async (t) => {
  const shop = await Shop.open(t);
  const link = shop.link('u');
  for (const method of ['GET', 'HEAD', 'GET']) assert.equal((await fetch(link, {method})).status, 200);
  const page = await (await fetch(link)).text();
  assert.match(page, /lang="tr"/);
  assert.doesNotMatch(page, /elif|https?:/i);
  assert.equal((await shop.profile()).topics.news, undefined);

  const done = await fetch(link, {method: 'POST', headers: form, body: 'List-Unsubscribe=One-Click'});
  assert.equal(done.status, 200);
  const {topics} = await shop.profile();
  assert.equal(topics.news.state, 'unsubscribed');
  assert.match(topics.news.evidence, /^message [0-9a-f]{32}$/);

  const [, undo] = (await done.text()).match(/action="([^"]+)"/);
  await fetch(new URL(undo, link), {method: 'POST', headers: form, body: 'action=undo'});
  assert.equal((await shop.profile()).topics.news.state, 'subscribed');
});

test('one click as multipart, as some mail programs send it', async (t) => {
  const shop = await Shop.open(t);
  const body = new FormData();
  body.append('List-Unsubscribe', 'One-Click');
  assert.equal((await fetch(shop.link('u'), {method: 'POST', body})).status, 200);
  assert.equal((await shop.profile()).topics.news.state, 'unsubscribed');
});

test('a click leads to where it was signed for and nowhere else', async (t) => {
  const shop = await Shop.open(t);
  const target = 'https://shop.example/cart?a=1&b=2';
  const link = shop.link('c', target);
  const visit = (url, init) => fetch(url, {redirect: 'manual', ...init});
  const first = await visit(link, {headers: {'Sec-Purpose': 'prefetch'}});
  assert.equal(first.headers.get('Location'), target);
  assert.equal((await visit(link, {method: 'HEAD'})).headers.get('Location'), target);
  assert.deepEqual(await shop.events('Email Link Clicked'), []);

  assert.equal((await visit(link)).status, 302);
  const [event] = await shop.events('Email Link Clicked');
  assert.equal(event.body.properties.url, target);
  assert.equal(event.body.properties.journey, 'cart');
  assert.equal(event.source, 'throughline');

  for (const forged of [`${link}A`, link.replace('/c/', '/u/'), shop.link('c', target, Buffer.alloc(32)), `${shop.url}/c/https://evil.example`, `${shop.url}/c/`]) {
    const response = await visit(forged);
    assert.equal(response.status, 404, forged);
    assert.equal(response.headers.get('Location'), null);
    assert.match(response.headers.get('Content-Security-Policy'), /default-src 'none'/);
  }
  assert.equal((await shop.events('Email Link Clicked')).length, 1);
});

test('an open is a picture and an event', async (t) => {
  const shop = await Shop.open(t);
  const response = await fetch(`${shop.link('o')}.gif`);
  assert.equal(response.headers.get('Content-Type'), 'image/gif');
  assert.equal((await shop.events('Email Opened')).length, 1);
});

test('a bounce told by a provider suppresses the address, told by a visitor it does not', async (t) => {
  const shop = await Shop.open(t);
  const bounce = {type: 'track', event: 'Email Bounced', userId: 'x', context: {traits: {email: 'elif@example.com'}}, properties: {type: 'hard'}};
  const visitor = await fetch(`${shop.url}/v1/track`, {method: 'POST', headers: {Authorization: `Basic ${btoa(`${writeKey}:`)}`}, body: JSON.stringify(bounce)});
  assert.equal(visitor.status, 200);
  assert.equal((await shop.suppressions()).length, 0);

  const made = await shop.put('/api/sources/provider', {name: 'Provider', settings: {keep_ip: false, late_after_hours: 24, phone_region: null, party: 'first', purpose: null, trust: 50, allow_alias_of_user_ids: false, webhook_mapping: 'postmark'}});
  const report = {RecordType: 'Bounce', ID: 42, Type: 'HardBounce', Email: 'Elif@Example.com', BouncedAt: new Date().toISOString()};
  const told = (body, key = made.write_keys[0].key) =>
    fetch(`${shop.url}/v1/webhook/provider`, {method: 'POST', headers: {Authorization: `Basic ${btoa(`${key}:`)}`}, body});
  assert.equal((await told(JSON.stringify(report), writeKey)).status, 401);
  for (const hostile of ['', '{', '[[[[', '{"RecordType":{"a":1}}', '{"RecordType":"Bounce","Email":{"x":1},"ID":[]}', `{"RecordType":"Bounce","ID":1,"Type":"HardBounce","Email":"${'a'.repeat(5000)}@x","BouncedAt":"never"}`]) {
    assert.ok((await told(hostile)).status < 500, hostile.slice(0, 60));
  }
  assert.equal((await shop.suppressions()).length, 0);
  assert.equal((await told(JSON.stringify(report))).status, 200);
  const [suppressed, ...others] = await shop.suppressions();
  assert.equal(suppressed.reason, 'hard_bounce');
  assert.equal(suppressed.actor, null);
  assert.deepEqual(others, []);
});

class Shop {
  static async open(t) {
    const directory = temporaryDirectory(t);
    const {url} = await serve(t, directory, {env: {THROUGHLINE_ADMIN_TOKEN: admin, THROUGHLINE_WRITE_KEY: writeKey}});
    const shop = new Shop();
    // The first 16 bytes of the file are the key; what signs links is made of it.
    const key = readFileSync(path.join(directory, 'secret')).subarray(0, 16);
    Object.assign(shop, {url, secret: createHmac('sha256', key).update('throughline secret of links').digest()});
    await shop.put('/api/purposes/marketing', {name: 'Kampanyalar'});
    await shop.put('/api/topics/news', {name: 'Bülten', purpose: 'marketing', default: 'subscribed'});
    const sent = {userId: 'u1', traits: {email: 'elif@example.com', locale: 'tr-TR'}};
    await fetch(`${url}/v1/identify`, {method: 'POST', headers: {Authorization: `Basic ${btoa(`${writeKey}:`)}`}, body: JSON.stringify(sent)});
    return shop;
  }

  /** A link for the first identity there is. */
  link(kind, target = '', secret = this.secret) {
    const texts = kind === 'u' ? ['marketing', 'news', '', ''] : ['marketing', 'news', 'cart', 'reminder'];
    const head = Buffer.concat([Buffer.from(kind), Buffer.alloc(15), Buffer.from([7])]);
    const person = Buffer.from([1, 0, 0, 0]);
    const rest = Buffer.concat([person, ...texts.map((text) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)])), Buffer.from(target)]);
    const mac = createHmac('sha256', secret).update('throughline link 2').update(head).update(rest).digest().subarray(0, 16);
    return `${this.url}/${kind}/${Buffer.concat([head, mac, rest]).toString('base64url')}`;
  }

  async call(method, where, body) {
    const response = await fetch(this.url + where, {method, headers: {Authorization: `Bearer ${admin}`, 'Content-Type': 'application/json'}, body: body && JSON.stringify(body)});
    assert.ok(response.ok, `${method} ${where}: ${response.status}`);
    return response.json();
  }
  put(where, body) {
    return this.call('PUT', where, body);
  }
  profile() {
    return this.call('GET', '/api/profiles/user_id:u1');
  }
  async events(name) {
    // Nobody waits for a click: the next thing that is answered comes behind it.
    await this.put('/api/topics/later', {name: 'Later', purpose: 'marketing'});
    const {items} = await this.call('GET', '/api/profiles/user_id:u1/events');
    return items.filter((one) => one.name === name);
  }
  async suppressions() {
    return (await this.call('GET', '/api/suppressions')).items;
  }
}
