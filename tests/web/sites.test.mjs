// What a source's screen hands out works as it is: the snippet on a site of somebody else's, and the
// switch that closes a source.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { accessible, api, makeSource, open, picture, start, stop, url } from './harness.mjs';

after(stop);

/** Serves one page, of another origin than the server's. */
async function serve(html) {
  const site = createServer((request, answer) => {
    const isPage = request.url.startsWith('/shop');
    answer.writeHead(isPage ? 200 : 404, { 'Content-Type': 'text/html; charset=utf-8' }).end(isPage ? html : '');
  });
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
  return { at: `http://localhost:${site.address().port}`, close: () => new Promise((resolve) => site.close(resolve)) };
}

/** The latest verdicts of a source, once there are as many as asked. */
async function verdicts(key, count) {
  for (let left = 100; left > 0; left--) {
    const { items } = await api('GET', `/api/sources/${key}/recent`);
    if (items.length >= count) return items;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${key}: fewer than ${count} events came`);
}

test('the snippet loads the library from this server, and its page view arrives', async () => {
  const source = await makeSource('Snippet');
  const screen = await open(`/sources/${source.key}?tab=connect`);
  const snippet = await screen.page.getByRole('group', { name: 'Browser', exact: true }).innerText();
  assert.match(snippet, /^<script>/);
  await screen.close();

  const site = await serve(`<!doctype html><title>A shop</title>${snippet}<script>analytics.track('Lamp Lit', { watts: 9 })</script>`);
  const context = await (await start()).newContext();
  const page = await context.newPage();
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(`${site.at}/shop?utm_source=spring`);
  const items = await verdicts(source.key, 2);
  assert.deepEqual(items.map((one) => `${one.verdict} ${one.name}`).sort(), ['accepted Lamp Lit', 'accepted page']);
  const view = items.find((one) => one.type === 'page');
  assert.equal(view.body.properties.title, 'A shop');
  assert.equal(view.body.context.campaign.source, 'spring');
  assert.deepEqual(faults, []);
  const elsewhere = asked.filter((one) => !one.startsWith(url) && !one.startsWith(site.at));
  assert.deepEqual(elsewhere, [], 'nobody else is asked for anything');
  await context.close();
  await site.close();

  const licence = await fetch(`${url}/sdk/LICENSE.txt`).then((answer) => answer.text());
  assert.match(licence, /MIT/);
});

test('a source that is switched off takes nothing, and says so', async () => {
  const source = await makeSource('Closed');
  const { page, close } = await open(`/sources/${source.key}?tab=settings`);
  await page.getByRole('switch', { name: 'Take its events' }).uncheck({ force: true });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('switched off', { exact: true }).waitFor();
  await accessible(page, 'a source that is off');
  await picture(page, 'source-off');
  const post = () => fetch(`${url}/v1/track?writeKey=${source.writeKey}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ userId: 'u1', event: 'Lamp Lit' }),
  });
  const refused = await post();
  assert.equal(refused.status, 401);
  assert.equal((await refused.json()).code, 'source_disabled');
  await page.getByRole('switch', { name: 'Take its events' }).check({ force: true });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('switched off', { exact: true }).waitFor({ state: 'detached' });
  assert.equal((await post()).status, 200);
  await page.reload();
  await page.getByRole('tab', { name: 'Write keys' }).click();
  await page.getByRole('row', { name: new RegExp(source.writeKey) }).getByText(/now|sec|minute|min\./).last().waitFor();
  await close();
});

test('times are told by the clock of the installation, whatever the browser has', async () => {
  const before = await api('GET', '/api/settings/installation');
  await api('PUT', '/api/settings/installation', { ...before, timezone: 'Asia/Tokyo' });
  try {
    const source = await makeSource('Clock');
    const at = '2026-03-02T21:30:00.000Z';
    await fetch(`${url}/v1/track?writeKey=${source.writeKey}`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ userId: source.key, event: 'Lamp Lit', timestamp: at }),
    });
    const { page, close } = await open(`/people/${encodeURIComponent(`user_id:${source.key}`)}`);
    await page.getByText('times in Asia/Tokyo').waitFor();
    const day = page.getByRole('region', { name: 'Tuesday, March 3, 2026' });
    await day.getByText('06:30:00').waitFor();
    await day.getByRole('button', { name: /Lamp Lit/ }).click();
    await day.getByText('Mar 3, 2026, 06:30:00 GMT+9').first().waitFor();
    await picture(page, 'timeline-tokyo');
    await close();
  } finally {
    await api('PUT', '/api/settings/installation', { ...before, timezone: before.timezone ?? 'UTC' });
  }
});
