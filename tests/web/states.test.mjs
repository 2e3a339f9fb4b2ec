// The states beside "full": loading, empty with the next action, error in the server's words, and
// the keyboard reaching everything.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, heading, makePerson, makeSource, open, picture, stop } from './harness.mjs';

let person;

before(async () => {
  person = await makePerson(await makeSource());
});
after(stop);

const empty = { items: [], next: null };
const json = (status, body) => ({ status, contentType: 'application/json', body: JSON.stringify(body) });

test('an empty list says what comes there and the one next action', async () => {
  const { page, close } = await open('/');
  await page.route(/\/api\/(profiles|questions|dashboards|sources|forwards|rejects|imports|purposes|tokens|audit)(\?|$)/, (route) => route.fulfill(json(200, empty)));
  for (const [path, says, action] of [
    ['/questions', 'No saved questions yet', 'Ask a question'], ['/dashboards', 'No dashboards yet', 'New dashboard'],
    ['/people', 'Nobody yet', 'Connect a source'], ['/sources', 'No sources yet', 'New source'], ['/forwards', 'Nothing is forwarded', 'New forward'], ['/rejects', 'Nothing was refused', null],
    ['/imports', 'No imports yet', 'New import'], ['/consents', 'No purposes yet', 'New purpose'], ['/tokens', 'No tokens', 'New token'], ['/audit', 'No changes yet', null],
  ]) {
    await page.evaluate((to) => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')); }, path);
    await page.getByText(says, { exact: true }).waitFor();
    if (action) assert.ok((await page.locator('main').getByText(action, { exact: true }).count()) > 0, action);
    await accessible(page, `${path} empty`);
  }
  await close();
});

test('an installation without events says how to begin', async () => {
  const { page, close } = await open('/people');
  const none = { at: new Date().toISOString(), position: '0:0', events_total: 0, events_per_second: 0, people_known: 0, people_unknown: 0, rejects_open: 0, duplicates_total: 0, started_at: new Date().toISOString() };
  await page.route(/\/api\/overview/, (route) => route.fulfill(json(200, none)));
  await page.route(/\/api\/live/, (route) => route.fulfill({ status: 200, contentType: 'text/event-stream', body: ': nothing yet\n\n' }));
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByText('No events yet').waitFor();
  await accessible(page, 'no events');
  await page.getByRole('link', { name: 'Connect a source' }).click();
  await heading(page, 'Sources');
  await close();
});

test('a refusal is shown in the words of the server, and can be tried again', async () => {
  const { page, close } = await open('/');
  let broken = true;
  await page.route(/\/api\/(profiles|questions|dashboards|sources|forwards|rejects|imports|purposes|tokens|audit)(\?|$)/, (route) =>
    broken ? route.fulfill(json(403, { error: { code: 'permission_denied', message: 'token: needs the scope read' } })) : route.continue());
  for (const path of ['/questions', '/dashboards', '/people', '/sources', '/forwards', '/rejects', '/imports', '/consents', '/tokens', '/audit']) {
    await page.evaluate((to) => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')); }, path);
    await page.locator('main').getByRole('alert').first().getByText('token: needs the scope read').waitFor();
    await accessible(page, `${path} refused`);
  }
  await picture(page, 'refused');
  broken = false;
  await page.locator('main').getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('table', { name: 'Audit log' }).waitFor();
  await close({ expected: [/403/] });
});

test('while an answer is awaited the screen says so', async () => {
  const { page, close } = await open('/people');
  await heading(page, 'People');
  await page.route(/\/api\/tokens/, async (route) => {
    await new Promise((done) => setTimeout(done, 700));
    await route.continue();
  });
  await page.getByRole('link', { name: 'Tokens' }).click();
  await page.getByRole('status', { name: 'Loading' }).waitFor();
  await page.getByRole('table', { name: 'Tokens' }).waitFor();
  await close();
});

test('an ended session leads to the door and back again', async () => {
  const { page, close } = await open(`/people/${person.id}`);
  await heading(page, person.name);
  await page.context().clearCookies();
  await page.getByRole('link', { name: 'Rejects' }).click();
  await page.locator('input[type=password]').waitFor();
  assert.match(page.url(), /\/login\?to=%2Frejects/);
  await close({ expected: [/401/] });
});

test('the keyboard alone reads a person: skip link, tabs, traits, timeline', async () => {
  const { page, close } = await open(`/people/${person.id}`);
  await heading(page, person.name);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to content');
  await page.keyboard.press('Enter');
  const reached = new Set();
  const opened = new Map([[/^plan/, () => page.getByText(/^The latest value/)], [/Order Completed/, () => page.getByRole('group', { name: 'Body of Order Completed' })]]);
  for (let press = 0; press < 40; press++) {
    await page.keyboard.press('Tab');
    const { at, folded } = await page.evaluate(() => {
      const element = document.activeElement;
      return { at: element?.getAttribute('aria-label') ?? element?.textContent ?? '', folded: element?.getAttribute('aria-expanded') === 'false' };
    });
    reached.add(at.trim());
    for (const [name, content] of opened) {
      if (!folded || !name.test(at)) continue;
      await page.keyboard.press('Enter');
      await content().waitFor();
    }
  }
  for (const wanted of ['Export', 'Erase …', 'Timeline', 'Copy user_id', 'Show only Order Completed']) assert.ok([...reached].some((one) => one.includes(wanted)), `${wanted} is reached: ${[...reached].join(' | ')}`);
  await close();
});
