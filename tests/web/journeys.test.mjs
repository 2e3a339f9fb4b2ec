// Journeys: one that ships is begun from and published, people go through it and are counted, it is
// paused and resumed with counts first, drafts tell their problems at their lines, and a person's
// page tells her way; a draft is tried over what has happened.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { accessible, api, heading, makePerson, makeShippedJourney, makeSource, open, picture, send, stop, unique } from './harness.mjs';

let source;
let person;

before(async () => {
  source = await makeSource();
  person = await makePerson(source);
});
after(stop);

/** A journey of its own for a test: a minute's wait after an event that only this run sends. */
async function makeJourney(name, more = '', publish = true) {
  const key = unique('j-');
  const event = `Lamp Seen ${unique('')}`;
  const yaml = `# ours\nkey: ${key}\nname: ${name}\ntrigger: {event: ${event}}\n${more}steps:\n  - {id: first, type: wait, for: 1d}\n  - {id: second, type: wait, for: 2d}\n`;
  await api('PUT', `/api/journeys/${key}`, { name, yaml });
  if (publish) await api('POST', `/api/journeys/${key}/publish`);
  return { key, event, yaml, name };
}

const enter = (event, userId) => send(source, [{ type: 'track', event, userId }]);
const step = (page, id) => page.locator(`[data-step="${id}"]`);

test('a journey that ships is begun from, published, and counts who goes where', async () => {
  const { page, close } = await open('/');
  await page.route('**/api/journeys?*', (route) => route.fulfill({ json: { items: [], next: null } }));
  await heading(page, 'Overview');
  await page.keyboard.press('g');
  await page.keyboard.press('j');
  await heading(page, 'Journeys');
  await page.getByText('No journeys yet').waitFor();
  await page.getByRole('link', { name: 'Write your own' }).waitFor();
  const shipped = page.getByRole('region', { name: 'Begin with one that ships' });
  assert.equal(await shipped.getByRole('link').count(), 3);
  await accessible(page, 'no journeys');
  await picture(page, 'journeys-none');
  await shipped.getByRole('link', { name: /^Abandoned cart/ }).click();
  await heading(page, 'New journey');

  const key = unique('cart-');
  const text = page.getByRole('textbox', { name: 'As text' });
  const yaml = await text.inputValue();
  assert.match(yaml, /^# Somebody puts things into a cart/, 'comments are kept');
  await text.fill(yaml.replace(/^key:.*$/m, `key: ${key}`).replaceAll('Product Added', `Added ${key}`));
  await page.keyboard.press('Control+s');
  await heading(page, 'Edit Abandoned cart');
  assert.match((await api('GET', `/api/journeys/${key}`)).yaml, /# One in ten gets nothing/);
  await page.getByText('It can be published.').waitFor();
  await step(page, 'holdout').waitFor();
  await accessible(page, 'journey draft');
  await picture(page, 'journey-draft');
  await page.unroute('**/api/journeys?*');

  await page.getByRole('button', { name: 'Publish …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('The draft becomes version 1.').waitFor();
  await accessible(page, 'publishing');
  await dialog.getByRole('button', { name: 'Publish version 1' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Back' }).click();
  await heading(page, 'Abandoned cart');
  await page.getByText('new runs take version 1').waitFor();

  for (const name of [`Added ${key}`, `Added ${key}`]) await enter(name, person.userId);
  await page.locator('[data-step="quiet-hour"][data-now="1"][data-reached="2"]').waitFor();
  await page.locator('[data-way="quiet-hour>quiet-hour"][data-count="1"]').waitFor();
  await page.getByText('on it already').waitFor();
  const runs = page.getByRole('table', { name: 'Who is on the way' });
  await runs.getByRole('link', { name: person.name }).waitFor();
  await accessible(page, 'journey');
  await picture(page, 'journey-page');

  await enter('Order Completed', person.userId);
  await page.locator('[data-step="quiet-hour"][data-now="0"]').waitFor();
  await page.getByText('reached a goal').waitFor();
  await page.getByText('Nobody is on the way').waitFor();
  await page.goto(page.url().replace(/\/journeys\/.*/, '/journeys'));
  const row = page.locator(`[data-journey="${key}"]`);
  await row.getByText('100%').waitFor();
  await accessible(page, 'journeys');
  await picture(page, 'journeys');
  await close();
});

test('a journey is paused, and resumed with counts first', async () => {
  const { key, event, name } = await makeJourney(`Paused ${unique('')}`);
  await enter(event, person.userId);
  const { page, close } = await open(`/journeys/${key}`);
  await heading(page, name);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.getByText('Paused: nothing starts').waitFor();
  await enter(event, `u-${unique('')}`);
  await page.getByText('journey was paused').waitFor();
  await page.getByRole('button', { name: 'Resume …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('0 runs are overdue.').waitFor();
  await dialog.getByText('1 waits on.').waitFor();
  await dialog.getByRole('radio', { name: 'Shift 1 wait' }).check();
  await accessible(page, 'resuming');
  await picture(page, 'journey-resume');
  await dialog.getByRole('button', { name: 'Resume', exact: true }).click();
  await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
  assert.equal((await api('GET', `/api/journeys/${key}`)).state, 'published');
  await close();
});

test('her way is told on her page, a step leads to who is on it, and a run is stopped', async () => {
  const { key, event, name } = await makeJourney(`Way ${unique('')}`);
  await enter(event, person.userId);
  const { page, close } = await open(`/journeys/${key}`);
  await step(page, 'first').getByRole('link').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/step=first/);
  const runs = page.getByRole('table', { name: 'Who is on the way' });
  await runs.getByRole('link', { name: person.name }).waitFor();
  await step(page, 'second').getByRole('link').click();
  await page.getByText('Nobody here now').waitFor();
  await step(page, 'first').getByRole('link').click();
  await runs.getByRole('link', { name: person.name }).click();
  await heading(page, person.name);
  const ways = page.getByRole('region', { name: 'Journeys' });
  await ways.getByText(name).waitFor();
  await ways.locator('details[open]').getByText('came to first').waitFor();
  await page.getByRole('region', { name: 'Timeline' }).getByText(`${name}: came to first`).waitFor();
  await accessible(page, 'a way');
  await picture(page, 'journey-way');

  await page.goBack();
  await page.getByRole('button', { name: `Stop the run of ${person.name}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByText('Nobody here now').waitFor();
  await page.getByText('stopped by hand').waitFor();
  await close();
});

test('problems are told at their lines, and what cannot be read is not lost', async () => {
  const { key, yaml, name } = await makeJourney(`Wrong ${unique('')}`, '', false);
  const { page, close } = await open(`/journeys/${key}/edit`);
  await heading(page, `Edit ${name}`);
  const text = page.getByRole('textbox', { name: 'As text' });
  await text.fill(yaml.replace('type: wait, for: 2d', 'type: wait, for: soon, next: frist'));
  await page.getByText('2 problems keep the draft').waitFor();
  const place = page.getByRole('button', { name: 'Line 7, column' });
  assert.equal(await place.count(), 2);
  await page.getByText('no step is called frist').first().waitFor();
  await place.first().click();
  assert.equal(await text.evaluate((field) => field.value.slice(0, field.selectionStart).split('\n').length), 7, 'the caret stands where the mistake is');
  await accessible(page, 'journey with problems');
  await picture(page, 'journey-problems');
  assert.equal(await page.getByRole('button', { name: 'Publish …' }).count(), 0);

  await text.fill(`${yaml}  - {id: x\n`);
  await page.getByText('It cannot be read as YAML').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Save draft' }).isEnabled(), false);
  assert.match(await text.inputValue(), /\{id: x/);
  await text.fill(yaml.replace('for: 2d', 'for: 3d'));
  await page.getByText('It can be published.').waitFor();
  await page.getByRole('button', { name: 'Save draft' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  await close();
});

test('what somebody else saved meanwhile is shown, and one of both is chosen', async () => {
  const { key, yaml, name } = await makeJourney(`Shared ${unique('')}`, '', false);
  const { page, close } = await open(`/journeys/${key}/edit`);
  await heading(page, `Edit ${name}`);
  await page.getByRole('textbox', { name: 'As text' }).fill(yaml.replace('for: 1d', 'for: 3d'));
  await api('PUT', `/api/journeys/${key}`, { name, yaml: yaml.replace('for: 1d', 'for: 5d') });
  await page.getByRole('button', { name: 'Save draft' }).click();
  await page.getByRole('alert').getByRole('button', { name: 'Save mine in its place' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  assert.match((await api('GET', `/api/journeys/${key}`)).yaml, /for: 3d/);
  await close({ expected: [/412/] });
});

test('a second version is for new runs; stopping lets go on or ends; a draft comes back', async () => {
  const { key, event, yaml, name } = await makeJourney(`Versions ${unique('')}`);
  await enter(event, person.userId);
  await api('PUT', `/api/journeys/${key}`, { name, yaml: yaml.replace('  - {id: second', '  - {id: between, type: goal, goal: seen}\n  - {id: second') });
  const { page, close } = await open(`/journeys/${key}`);
  await page.getByText('the draft has changes').waitFor();
  await page.getByText('Of this version only the ways that somebody went').waitFor();
  await page.getByRole('button', { name: 'Publish the changes …' }).click();
  await page.getByRole('dialog').getByText('1 run on its way stays on version 1.').waitFor();
  await page.getByRole('button', { name: 'Publish version 2' }).click();
  await step(page, 'between').waitFor();
  await page.getByRole('combobox', { name: 'Version' }).click();
  await page.getByRole('option', { name: 'Version 1' }).click();
  await page.locator('[data-step="first"][data-now="1"]').waitFor();

  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Stop' }).click();
  await page.getByRole('radio', { name: 'End them now' }).check();
  await accessible(page, 'stopping');
  await page.getByRole('dialog').getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByText('stopped', { exact: true }).waitFor();
  await page.locator('[data-step="first"][data-now="0"]').waitFor();

  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByText(`“${name}” was deleted.`).waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('link', { name }).waitFor();
  assert.match((await api('GET', `/api/journeys/${key}`)).yaml, /^# ours/);
  await close();
});

/** A draft that writes to whoever did something; she did it twice, and never said yes to being written to. */
async function makeTriedDraft(name) {
  const key = unique('j-');
  const event = `Vase Seen ${unique('')}`;
  const yaml = `key: ${key}\nname: ${name}\ntrigger: {event: ${event}}\nsteps:\n  - {id: hello, type: message, channel: email, template: welcome, purpose: marketing}\n  - {id: rest, type: wait, for: 1d}\n`;
  await api('PUT', `/api/journeys/${key}`, { name, yaml });
  await enter(event, person.userId);
  await enter(event, person.userId);
  return { key, yaml };
}

const history = (page, name = 'Over history') => page.getByRole('region', { name });

test('a draft is tried over history: who would enter, what is sent or why not, and who they are', async () => {
  const name = `Tried ${unique('')}`;
  const { key, yaml } = await makeTriedDraft(name);
  const { page, close } = await open(`/journeys/${key}`);
  await heading(page, name);
  const tried = history(page);
  await tried.getByText('Nothing is sent, and nothing is changed.').waitFor();
  await accessible(page, 'a journey to try');
  await tried.getByRole('button', { name: 'Try the draft' }).focus();
  await page.keyboard.press('Enter');
  await tried.locator('.backtest-answer[data-entered="1"]').waitFor();
  await tried.getByText('runs, of 1 person').waitFor();
  await tried.getByText('on it already').waitFor();
  await tried.locator('[data-backtest-step="rest"]').getByRole('button', { name: '1: rest, Still there at the end. Show the people' }).waitFor();
  const refused = tried.locator('[data-backtest-messages="hello"]');
  await refused.getByText('no consent').or(refused.getByText('purpose unknown')).first().waitFor();
  assert.match(await tried.getByRole('table', { name: /^Messages by day/ }).locator('[data-backtest-day]').first().innerText(), /hello\s+0\s+1\s+0/, 'refused on its day');
  await tried.getByRole('img', { name: /^By day/ }).waitFor();
  await tried.getByText('What this cannot know').click();
  await tried.getByText('Only this draft runs').waitFor();
  await accessible(page, 'a backtest');
  await tried.scrollIntoViewIfNeeded();
  await tried.screenshot({ path: fileURLToPath(new URL('./out/journey-backtest.png', import.meta.url)) });
  assert.deepEqual((await api('GET', `/api/messages?journey=${key}`)).items, [], 'nothing is sent');

  await api('PUT', `/api/journeys/${key}`, { name, yaml: yaml.replace('for: 1d', 'for: 2d') });
  await tried.getByText('The draft was changed since').waitFor();
  await tried.getByRole('button', { name: /^1: Would have entered/ }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('1 person.').waitFor();
  await dialog.getByRole('link', { name: person.name }).waitFor();
  await accessible(page, 'people behind a number');
  await picture(page, 'journey-backtest-people');
  await dialog.getByRole('link', { name: person.name }).click();
  await heading(page, person.name);
  await close();
});

test('a backtest is stopped, fails, or finds nobody, and says so', async () => {
  const { key, name } = await makeJourney(`Untried ${unique('')}`, '', false);
  const { page, close } = await open(`/journeys/${key}`);
  await heading(page, name);
  const tried = history(page);
  await page.route('**/backtest?*', () => {}); // Never answered.
  await page.route('**/progress', (route) => route.fulfill({ json: { rows_done: 30, rows_total: 120 } }));
  const left = page.waitForEvent('requestfailed', (request) => request.url().includes('/backtest?'));
  await tried.getByRole('button', { name: 'Try the draft' }).click();
  await tried.getByText('Going through history').waitFor();
  const bar = tried.getByRole('progressbar', { name: 'Going through history …' });
  await bar.waitFor();
  assert.equal(await bar.getAttribute('aria-valuenow'), '25');
  await accessible(page, 'a backtest that runs');
  await picture(page, 'journey-backtest-runs');
  await tried.getByRole('button', { name: 'Stop' }).click();
  await left;
  await tried.getByRole('button', { name: 'Try the draft' }).waitFor();
  await page.unroute('**/backtest?*');

  await page.route('**/backtest?*', (route) => route.fulfill({ status: 504, json: { error: { code: 'deadline_exceeded', message: 'backtest: time: longer than 2 min' } } }));
  await tried.getByRole('button', { name: 'Try the draft' }).click();
  await tried.getByRole('alert').getByText('Choose a shorter period.').waitFor();
  await page.unroute('**/backtest?*');
  await tried.getByText('365 days').click();
  await tried.getByRole('alert').getByRole('button', { name: 'Try again' }).click();
  await tried.getByText('Nobody would have entered').waitFor();
  await close({ expected: [/504/, /ERR_/] });
});

test('a draft is tried as it was saved, once its problems are mended', async () => {
  const name = `Mended ${unique('')}`;
  const { key, yaml } = await makeTriedDraft(name);
  const { page, close } = await open(`/journeys/${key}/edit`);
  await heading(page, `Edit ${name}`);
  const text = page.getByRole('textbox', { name: 'As text' });
  await text.fill(yaml.replace('for: 1d', 'for: soon'));
  const tried = history(page);
  await tried.getByText('as it was saved last').waitFor();
  await page.getByRole('button', { name: 'Save draft' }).click();
  await tried.getByText('Line 6:').waitFor();
  assert.ok(await tried.getByRole('button', { name: 'Try the draft' }).isDisabled());
  await accessible(page, 'a draft that cannot be tried');
  await text.fill(yaml);
  await page.keyboard.press('Control+s');
  await page.getByRole('button', { name: 'Over history' }).click();
  await page.waitForTimeout(200); // The focus comes with the view.
  await page.keyboard.press('Tab');
  await tried.getByRole('button', { name: 'Try the draft' }).click();
  await tried.locator('.backtest-answer[data-entered="1"]').waitFor();
  await close();
});

test('a backtest reads in other languages, in the dark and on a phone', async () => {
  const { key } = await makeTriedDraft(`Languages ${unique('')}`);
  for (const [language, title, words, width] of [['tr', 'Geçmişte', 'Taslağı dene', 1360], ['ro', 'În istoric', 'Încearcă schița', 390]]) {
    const { page, close } = await open(`/journeys/${key}`, { language, scheme: 'dark', width });
    const tried = history(page, title);
    await tried.getByRole('button', { name: words }).click();
    await tried.locator('.backtest-answer[data-entered="1"]').waitFor();
    await accessible(page, `backtest ${language}`);
    await tried.screenshot({ path: fileURLToPath(new URL(`./out/journey-backtest-${language}.png`, import.meta.url)) });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing is wider than the window');
    await close();
  }
});

test('the pages read in other languages, in the dark and on a phone', async () => {
  const { key } = await makeShippedJourney('late-delivery');
  for (const [language, words, width] of [['tr', 'Her adımda', 1360], ['ro', 'La orice pas', 390]]) {
    const { page, close } = await open(`/journeys/${key}`, { language, scheme: 'dark', width });
    await page.getByText(words, { exact: true }).waitFor();
    await step(page, 'long-wait').waitFor();
    await accessible(page, `journey ${language}`);
    await picture(page, `journey-${language}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing is wider than the window');
    await close();
  }
});
