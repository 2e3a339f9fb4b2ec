// Saved questions and dashboards: what is arranged on the screen is kept, and numbers follow events.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, api, heading, makeDashboard, makeQuestion, makeSource, open, picture, send, stop, unique } from './harness.mjs';

let source;

before(async () => {
  source = await makeSource();
});
after(stop);

/** Questions about an event that no other test sends. */
async function ownQuestions(count, more = {}) {
  const event = unique('Sold ');
  const questions = [];
  for (const [name, interval] of [['First', 'day'], ['Second', 'hour'], ['Third', 'week']].slice(0, count)) {
    questions.push(await makeQuestion(`${name} ${event}`, { kind: 'trend', from: '-7d', interval, series: [{ event, measure: 'events' }] }, more));
  }
  return { event, questions };
}

const sold = (event, count = 1) => send(source, Array.from({ length: count }, () => ({ type: 'track', event, userId: unique('u-') })));
const row = (page, question) => page.locator(`[data-question="${question.key}"]`);
const tile = (page, question) => page.locator(`[data-tile="${question.key}"]`);
const order = (page) => page.locator('[data-tile]').evaluateAll((tiles) => tiles.map((one) => one.dataset.tile));
const grip = (page, question) => tile(page, question).locator('[data-grip]');
const stored = (dashboard) => api('GET', `/api/dashboards/${dashboard.key}`);

/** Waits until what is kept on the server is as wanted. */
async function eventually(check) {
  for (let left = 60; ; left--) {
    try {
      return await check();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Opens the menu of a tile. The items are those of this menu: that of another tile may be on its way out. */
async function menuOf(page, question) {
  const button = tile(page, question).getByRole('button', { name: /^Actions/ });
  await button.click();
  const menu = page.getByRole('menu', { name: await button.getAttribute('aria-label') });
  return (name) => menu.getByRole('menuitem', { name });
}

async function act(page, question, item) {
  await row(page, question).getByRole('button', { name: /^Actions/ }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

test('a question is renamed, duplicated, deleted and brought back', async () => {
  const { questions: [question] } = await ownQuestions(1);
  const { page, close } = await open('/questions');
  await act(page, question, 'Rename …');
  await page.getByRole('textbox', { name: 'Name' }).fill(`Renamed ${question.key}`);
  await page.getByRole('textbox', { name: 'Description' }).fill('What it is for');
  await page.keyboard.press('Tab');
  await accessible(page, 'rename a question');
  await page.getByRole('button', { name: 'Save' }).click();
  await row(page, question).getByText(`Renamed ${question.key}`).waitFor();
  assert.equal((await api('GET', `/api/questions/${question.key}`)).description, 'What it is for');

  await act(page, question, 'Duplicate …');
  await page.getByRole('button', { name: 'Duplicate' }).click();
  await heading(page, `Copy of Renamed ${question.key}`);
  const copy = await api('GET', new URL(page.url()).pathname.replace('/questions', '/api/questions'));
  assert.deepEqual(copy.question, question.question);

  await page.getByRole('link', { name: 'Saved questions' }).click();
  await act(page, question, 'Delete');
  await page.getByText(`“Renamed ${question.key}” was deleted.`).waitFor();
  await row(page, question).waitFor({ state: 'detached' });
  await accessible(page, 'after deleting');
  await page.getByRole('button', { name: 'Undo' }).click();
  await row(page, question).waitFor();
  assert.deepEqual((await api('GET', `/api/questions/${question.key}`)).question, question.question);
  await close();
});

test('a question of the explorer is saved under a name, put on a dashboard, and replaced later', async () => {
  const { event, questions } = await ownQuestions(1);
  const dashboard = await makeDashboard(`For ${event}`, questions);
  const asked = { kind: 'trend', from: '-14d', interval: 'day', series: [{ event, measure: 'people' }] };
  const { page, close } = await open(`/explore?q=${encodeURIComponent(JSON.stringify(asked))}`);
  await page.getByRole('button', { name: 'Save …' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill(`Buyers of ${event}`);
  await page.getByRole('combobox', { name: 'Show it on a dashboard' }).or(page.getByRole('textbox', { name: 'Show it on a dashboard' })).first().click();
  await page.getByRole('option', { name: dashboard.name }).click();
  await accessible(page, 'saving a question');
  await picture(page, 'question-save');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await heading(page, dashboard.name);
  const key = (await stored(dashboard)).tiles.at(-1).question;
  assert.notEqual(key, questions[0].key);
  assert.deepEqual((await api('GET', `/api/questions/${key}`)).question, asked);

  await page.getByRole('heading', { level: 2, name: `Buyers of ${event}` }).getByRole('link').click();
  await page.getByRole('link', { name: 'Open in the explorer' }).click();
  await heading(page, 'Explore');
  const longer = { ...asked, from: '-30d' };
  await page.evaluate((search) => { history.pushState({}, '', search); dispatchEvent(new PopStateEvent('popstate')); }, `/explore?${new URLSearchParams({ q: JSON.stringify(longer), saved: key })}`);
  await page.getByRole('button', { name: 'Save …' }).click();
  await page.getByRole('radio', { name: `“Buyers of ${event}”, in place of what it asks now` }).waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await heading(page, `Buyers of ${event}`);
  assert.deepEqual((await api('GET', `/api/questions/${key}`)).question, longer);
  await close();
});

test('a question that a dashboard shows is not deleted, and the refusal names the dashboard', async () => {
  const { questions } = await ownQuestions(1);
  const dashboard = await makeDashboard(`Wall ${questions[0].key}`, questions);
  const { page, close } = await open('/questions');
  await act(page, questions[0], 'Delete');
  await page.getByRole('alert').getByText(`shown on ${dashboard.name} (${dashboard.key})`).waitFor();
  await row(page, questions[0]).waitFor();
  await close({ expected: [/422/] });
});

test('the page of a question shows its answer as somebody chose it, there and on dashboards', async () => {
  const { event, questions: [question] } = await ownQuestions(1);
  await sold(event, 3);
  const dashboard = await makeDashboard('Figures', [question]);
  const { page, close } = await open(`/questions/${question.key}`);
  await page.locator('main [role=img] svg').waitFor();
  await page.getByRole('radiogroup', { name: 'What is shown of the answer' }).getByText('Figures').click();
  await page.locator('.figures').getByText('3', { exact: true }).waitFor();
  await accessible(page, 'a question as figures');
  await page.getByRole('link', { name: 'Figures' }).click();
  await heading(page, 'Figures');
  await tile(page, question).locator('.figures').getByText('3', { exact: true }).waitFor();
  assert.equal((await stored(dashboard)).tiles.length, 1);
  await close();
});

test('a dashboard is made, filled, arranged, and is so after loading the page anew', async () => {
  const { questions } = await ownQuestions(3);
  const [first, second, third] = questions;
  const name = `Arranged ${first.key}`;
  const { page, close } = await open('/dashboards');
  await page.getByRole('button', { name: 'New dashboard' }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('button', { name: 'Create dashboard' }).click();
  await heading(page, name);
  await page.getByText('Nothing is on this dashboard yet').waitFor();
  await accessible(page, 'an empty dashboard');
  const key = new URL(page.url()).pathname.split('/').at(-1);

  for (const one of questions) {
    await page.getByRole('button', { name: 'Add a question' }).first().click();
    await page.getByRole('textbox', { name: 'Find a saved question' }).fill(one.name);
    if (one === first) {
      await accessible(page, 'adding questions');
      await picture(page, 'dashboard-add');
    }
    await page.getByRole('button', { name: `Add ${one.name}` }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    // What was added is there, in view, and has the focus.
    await page.waitForFunction((wanted) => document.activeElement?.closest('[data-tile]')?.dataset.tile === wanted, one.key);
    await page.getByText('The tile was added at the end.').waitFor({ state: 'attached' });
  }
  assert.deepEqual(await order(page), questions.map((one) => one.key));

  // The keyboard moves and resizes, and stays on the handle.
  await grip(page, first).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(([wanted]) => document.activeElement?.closest('[data-tile]')?.dataset.tile === wanted, [first.key]);
  await eventually(async () => assert.deepEqual(await order(page), [second.key, third.key, first.key]));
  await page.keyboard.press('Shift+ArrowRight');
  await page.locator(`[data-tile="${first.key}"][data-size=large]`).waitFor();
  await page.getByText('Now at place 3 of 3').or(page.getByText('The whole width')).first().waitFor({ state: 'attached' });

  await grip(page, first).dragTo(tile(page, second));
  await eventually(async () => assert.deepEqual(await order(page), [first.key, second.key, third.key]));

  const inSecond = await menuOf(page, second);
  await inSecond('Half of the width').waitFor();
  await picture(page, 'dashboard-tile-menu');
  await inSecond('Rename …').click();
  await page.getByRole('textbox', { name: 'Title' }).fill('Called here');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 2, name: 'Called here' }).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  await (await menuOf(page, third))('Take off the dashboard').click();
  await tile(page, third).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await tile(page, third).waitFor();
  await (await menuOf(page, third))('A third of the width').click();

  const wanted = [
    { question: first.key, title: null, size: 'large' }, { question: second.key, title: 'Called here', size: 'medium' }, { question: third.key, title: null, size: 'small' },
  ];
  await eventually(async () => assert.deepEqual((await stored({ key })).tiles, wanted));
  await page.reload();
  await heading(page, name);
  assert.deepEqual(await order(page), [first.key, second.key, third.key]);
  await accessible(page, 'an arranged dashboard');
  await picture(page, 'dashboard-arranged');
  await close();
});

test('the range of a dashboard stands before those of its questions, in the address until it is kept', async () => {
  const { event, questions: [question] } = await ownQuestions(1, { chart: 'number' });
  await send(source, [{ type: 'track', event, userId: unique('u-'), timestamp: new Date(Date.now() - 20 * 86_400_000).toISOString() }]);
  await sold(event, 2);
  const dashboard = await makeDashboard('Ranges', [question]);
  const { page, close } = await open(`/dashboards/${dashboard.key}`);
  const figure = (text) => tile(page, question).locator('.figures').getByText(text, { exact: true });
  await figure('2').waitFor();
  await page.getByRole('combobox', { name: 'Range of all tiles' }).or(page.getByRole('textbox', { name: 'Range of all tiles' })).first().click();
  await page.getByRole('option', { name: /30/ }).click();
  await figure('3').waitFor();
  assert.match(page.url(), /from=-30d/);
  assert.equal((await stored(dashboard)).range, null);
  await page.reload();
  await figure('3').waitFor();
  await page.getByRole('button', { name: 'Keep this range' }).click();
  await eventually(async () => assert.deepEqual((await stored(dashboard)).range, { from: '-30d', to: null }));
  await page.waitForURL((url) => !url.searchParams.has('from'));
  await figure('3').waitFor();
  await close();
});

/** Tells the page that its window is hidden or seen, as the browser would. */
async function setVisible(page, visible) {
  await page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
    document.dispatchEvent(new Event('visibilitychange'));
  }, visible ? 'visible' : 'hidden');
}

test('a dashboard follows events without blinking, and rests while nobody sees it', async () => {
  const { event, questions } = await ownQuestions(2, { chart: 'number' });
  await sold(event, 1);
  const dashboard = await makeDashboard('Live', questions, { refresh_seconds: 2 });
  const { page, close } = await open(`/dashboards/${dashboard.key}`);
  const figure = (text) => tile(page, questions[0]).locator('.figures').getByText(text, { exact: true });
  await figure('1').waitFor();
  const asOf = () => page.locator('[data-as-of]').getAttribute('data-as-of').then(Number);
  const before = await asOf();
  assert.ok(before > 0);
  // What shows that something is awaited, or is put anew into the page, would be noted here.
  await page.evaluate(() => {
    window.blinks = [];
    const note = (nodes) => nodes.forEach((node) => node.nodeType === 1 && window.blinks.push(node.outerHTML.slice(0, 80)));
    new MutationObserver((changes) => changes.forEach(({ addedNodes, removedNodes }) => { note(addedNodes); note(removedNodes); }))
      .observe(document.querySelector('.board'), { childList: true, subtree: true });
  });
  await sold(event, 4);
  await figure('5').waitFor();
  assert.ok((await asOf()) > before);
  assert.deepEqual(await page.evaluate(() => window.blinks), []);
  await page.getByText('Live', { exact: true }).first().waitFor();

  await setVisible(page, false);
  await page.getByText('Paused', { exact: true }).waitFor();
  let asked = 0;
  page.on('request', (request) => { if (request.url().endsWith('/api/queries')) asked++; });
  await sold(event, 1);
  await page.waitForTimeout(3500);
  assert.equal(asked, 0, 'nothing is asked while nobody looks');
  await setVisible(page, true);
  await figure('6').waitFor();
  await close();
});

test('a dashboard that is asked only on demand waits for that, and then asks all at once', async () => {
  const { event, questions } = await ownQuestions(3, { chart: 'number' });
  const dashboard = await makeDashboard('On demand', questions, { refresh_seconds: null });
  const { page, close } = await open(`/dashboards/${dashboard.key}`);
  const figure = (text) => tile(page, questions[0]).locator('.figures').getByText(text, { exact: true });
  await figure('0').waitFor();
  await page.getByText('When asked').waitFor();
  await sold(event, 2);
  await page.waitForTimeout(2500);
  await figure('0').waitFor();
  const asked = [];
  page.on('request', (request) => { if (request.url().includes('/api/quer')) asked.push(request.postDataJSON()); });
  await page.getByRole('button', { name: 'Ask again now' }).click();
  await figure('2').waitFor();
  assert.deepEqual(asked.map((one) => one.queries?.length), [3], 'history is read once for all tiles');
  await close();
});

test('what somebody else changed meanwhile is not overwritten', async () => {
  const { questions } = await ownQuestions(2);
  const dashboard = await makeDashboard('Shared', questions, { refresh_seconds: null });
  const { page, close } = await open(`/dashboards/${dashboard.key}`);
  await grip(page, questions[0]).waitFor();
  await api('PUT', `/api/dashboards/${dashboard.key}`, { name: 'Renamed elsewhere', tiles: dashboard.tiles, refresh_seconds: null });
  await grip(page, questions[0]).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('alert').getByText('dashboard: changed meanwhile by').waitFor();
  await heading(page, 'Renamed elsewhere');
  assert.deepEqual(await order(page), questions.map((one) => one.key), 'shown as it stands now');
  await page.keyboard.press('ArrowRight');
  await eventually(async () => assert.deepEqual((await stored(dashboard)).tiles.map((one) => one.question), [questions[1].key, questions[0].key]));
  assert.equal((await stored(dashboard)).name, 'Renamed elsewhere');
  await close({ expected: [/412/] });
});

test('what is read while a change is being written does not undo it', async () => {
  const { questions } = await ownQuestions(2);
  const dashboard = await makeDashboard('Slowly written', questions, { refresh_seconds: null });
  const { page, close } = await open(`/dashboards/${dashboard.key}`);
  await grip(page, questions[0]).waitFor();
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  const path = new RegExp(`/api/dashboards/${dashboard.key}$`);
  await page.route(path, async (route) => {
    if (route.request().method() === 'PUT') await released;
    await route.continue();
  });
  await page.waitForTimeout(5_500); // What was read counts as fresh so long.
  await grip(page, questions[0]).focus();
  await page.keyboard.press('ArrowRight');
  const turned = [questions[1].key, questions[0].key];
  await eventually(async () => assert.deepEqual(await order(page), turned));
  const again = page.waitForResponse((answer) => path.test(answer.url()) && answer.request().method() === 'GET');
  await page.evaluate(() => window.dispatchEvent(new Event('visibilitychange'))); // Somebody comes back to the window.
  await again;
  await page.waitForTimeout(300);
  assert.deepEqual(await order(page), turned, 'the version of before has come, and the change stays');
  release();
  await eventually(async () => assert.deepEqual((await stored(dashboard)).tiles.map((one) => one.question), turned));
  await page.waitForTimeout(300);
  assert.deepEqual(await order(page), turned);
  await close();
});

test('one tile that cannot be answered says why; the others are there', async () => {
  const { questions } = await ownQuestions(2);
  const dashboard = await makeDashboard('Partly', questions);
  const { page, close } = await open('/dashboards');
  let calls = 0;
  await page.route(/\/api\/queries$/, async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    if (calls++ === 0) body.answers[0] = { error: { code: 'invalid_argument', message: 'query: from: too long ago' } };
    await route.fulfill({ response: answer, json: body });
  });
  await page.getByRole('link', { name: 'Partly' }).first().click();
  await heading(page, 'Partly');
  await page.getByRole('alert').getByText('query: from: too long ago').waitFor();
  await page.locator('[data-tile] [role=img] svg').waitFor();
  await accessible(page, 'a tile that failed');
  await page.getByRole('alert').getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('alert').waitFor({ state: 'detached' });
  await page.locator('[data-tile] [role=img] svg').nth(1).waitFor();
  assert.equal((await stored(dashboard)).tiles.length, 2);
  await close();
});

test('a dashboard is deleted and brought back as it was', async () => {
  const { questions } = await ownQuestions(2);
  const dashboard = await makeDashboard(`Gone ${questions[0].key}`, questions, { range: { from: '-7d' } });
  const { page, close } = await open(`/dashboards/${dashboard.key}`);
  await page.getByRole('button', { name: `Actions for ${dashboard.name}` }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await heading(page, 'Dashboards');
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('link', { name: dashboard.name }).click();
  await heading(page, dashboard.name);
  const { tiles, range } = await stored(dashboard);
  assert.deepEqual({ tiles, range }, { tiles: dashboard.tiles, range: dashboard.range });
  await close();
});
