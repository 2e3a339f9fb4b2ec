// Drives the web app in a real Chromium against the server that TL_URL names.
//
//   TL_URL          default http://127.0.0.1:8080
//   TL_ADMIN_TOKEN  administrator token of that server
//   CHROMIUM        default /usr/bin/chromium
//
// Each test makes the events it needs through the server's own API, under ids of its own, so that
// the tests run against any server, empty or full, and in any order.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const axePath = require.resolve('axe-core/axe.min.js');

export const url = (process.env.TL_URL ?? 'http://127.0.0.1:8080').replace(/\/$/, '');
export const adminToken = process.env.TL_ADMIN_TOKEN ?? '';
const out = fileURLToPath(new URL('./out/', import.meta.url));
mkdirSync(out, { recursive: true });

assert.ok(adminToken, 'TL_ADMIN_TOKEN: the administrator token of the server under test is needed');

/** Letters that no other run uses. */
export const unique = (prefix) => `${prefix}${randomBytes(4).toString('hex')}`;

/** One call of the management API as administrator; throws what the server said. */
export async function api(method, path, body, headers = {}) {
  const answer = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${adminToken}`, ...(body ? { 'Content-Type': 'application/json' } : {}), ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

const kSettings = {
  keep_ip: false, late_after_hours: 24, phone_region: 'TR', party: 'first', purpose: null, trust: 50, allow_alias_of_user_ids: false, webhook_mapping: null,
};

/** A source of its own for a test. */
export async function makeSource(name = 'Browser test') {
  const key = unique('t-');
  const source = await api('PUT', `/api/sources/${key}`, { name: `${name} ${key}`, settings: kSettings });
  return { key, name: source.name, writeKey: source.write_keys[0].key };
}

/** Sends events as an SDK would; returns the server's answer. */
export async function send(source, events) {
  const answer = await fetch(`${url}/v1/batch`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Basic ${Buffer.from(`${source.writeKey}:`).toString('base64')}` },
    body: JSON.stringify({ batch: events.map((event) => ({ messageId: unique('m-'), timestamp: new Date().toISOString(), ...event })) }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

/** A person with an anonymous visit, an identify and an order. */
export async function makePerson(source, name = 'Elif Yılmaz') {
  const id = unique('');
  const person = { name: `${name} ${id}`, userId: `u-${id}`, anonymousId: `a-${id}`, email: `p.${id}@example.com`, orderId: `o-${id}` };
  await send(source, [
    { type: 'page', name: 'Home', anonymousId: person.anonymousId, properties: { path: '/', title: 'Home' } },
    { type: 'identify', anonymousId: person.anonymousId, userId: person.userId, traits: { name: person.name, email: person.email, plan: 'free' } },
    { type: 'track', event: 'Order Completed', userId: person.userId, properties: { order_id: person.orderId, total: 49.9, currency: 'EUR' } },
    { type: 'identify', userId: person.userId, traits: { plan: 'pro' } },
  ]);
  const found = await api('GET', `/api/profiles/${encodeURIComponent(`user_id:${person.userId}`)}`);
  return { ...person, id: found.id };
}

/** A saved question of its own for a test: orders by day, unless told otherwise. */
export async function makeQuestion(name, question = { kind: 'trend', from: '-7d', interval: 'day', series: [{ event: 'Order Completed', measure: 'events' }] }, more = {}) {
  return api('PUT', `/api/questions/${unique('q-')}`, { name, question, ...more });
}

/** A dashboard of its own for a test, of saved questions. */
export async function makeDashboard(name, questions, more = {}) {
  return api('PUT', `/api/dashboards/${unique('d-')}`, { name, tiles: questions.map(({ key }) => ({ question: key })), ...more });
}

/** A segment of its own for a test: who ordered. */
export async function makeSegment(name, conditions = [{ did: 'Order Completed' }]) {
  const key = unique('s-');
  await api('PUT', `/api/segments/${key}`, { name, conditions });
  for (let tries = 0; tries < 100; tries++) {
    const segment = await api('GET', `/api/segments/${key}`);
    if (segment.state === 'live') return segment;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the segment ${key} was not built within 10 s`);
}

/** A journey that ships, under a key of its own and published. */
export async function makeShippedJourney(shipped, { name = null, publish = true } = {}) {
  const key = unique('j-');
  const { items } = await api('GET', '/api/shipped-journeys');
  const one = items.find((each) => each.key === shipped);
  const yaml = one.yaml.replace(/^key:.*$/m, `key: ${key}`).replace(/^name:.*$/m, `name: ${name ?? one.name}`);
  const journey = await api('PUT', `/api/journeys/${key}`, { name: name ?? one.name, description: one.description, yaml });
  if (publish) await api('POST', `/api/journeys/${key}/publish`);
  return journey;
}

let browser;
export async function start() {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  return browser;
}

export async function stop() {
  await browser?.close();
  browser = undefined;
}

/** Opens a page of its own, collecting what goes wrong in it. Signs in unless told not to. */
export async function open(path = '/', { language = 'en', scheme = 'light', signIn = true, width = 1360 } = {}) {
  const context = await (await start()).newContext({ bypassCSP: true, viewport: { width, height: 860 }, locale: language, colorScheme: scheme, timezoneId: 'Europe/Istanbul', acceptDownloads: true });
  const page = await context.newPage();
  const faults = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(String(error)));
  page.setDefaultTimeout(30_000);
  if (signIn) {
    await page.goto(`${url}/login?to=${encodeURIComponent(path)}`);
    await page.locator('input[type=password]').fill(adminToken);
    await page.keyboard.press('Enter');
    await page.locator('nav').waitFor();
  } else {
    await page.goto(url + path);
  }
  return {
    page,
    faults,
    /** Closes the page; fails when the browser complained of anything not announced. */
    async close({ expected = [] } = {}) {
      const unexpected = faults.filter((fault) => !expected.some((pattern) => pattern.test(fault)));
      await context.close();
      assert.deepEqual(unexpected, [], 'errors in the console');
    },
  };
}

/** Waits for a heading of the first order. */
export async function heading(page, name) {
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** Keeps a picture of the page in out/. */
export async function picture(page, name) {
  await page.screenshot({ path: `${out}${name}.png` });
}

/** Fails when axe finds anything. */
export async function accessible(page, what) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.addScriptTag({ path: axePath });
  await page.waitForTimeout(350); // Transitions of dialogs end; colours are read as they stay.
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const told = violations.map((one) => `${one.id}: ${one.nodes.slice(0, 4).map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`).join('\n    ')}`);
  assert.deepEqual(told, [], `axe: ${what}`);
}
