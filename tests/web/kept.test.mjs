// What somebody wrote is not lost: not by leaving, not by saving slowly, not by somebody else's
// deleting or bringing back.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { accessible, api, heading, makeSegment, open, picture, stop, unique } from './harness.mjs';

after(stop);

const makeTemplate = (name) => api('PUT', `/api/templates/${unique('t-')}`, { name, channel: 'sms', text: 'Hello' });
const kJourney = 'trigger: {event: Lamp Seen}\nsteps:\n  - {id: first, type: wait, for: 1d}\n';
const makeJourney = (name, key = unique('j-')) => api('PUT', `/api/journeys/${key}`, { name, yaml: `key: ${key}\nname: ${name}\n${kJourney}` });

/** Holds back writes of a path until it is told to go on. */
async function hold(page, pattern) {
  let go;
  const gate = new Promise((resolve) => { go = resolve; });
  await page.route(pattern, async (route) => {
    if (route.request().method() === 'PUT') await gate;
    await route.continue();
  });
  return go;
}

test('who leaves an editor with changes is asked, and stays or goes', async () => {
  const template = await makeTemplate(`Kept ${unique('')}`);
  const segment = await makeSegment(`Kept ${unique('')}`);
  const journey = await makeJourney(`Kept ${unique('')}`);
  const visits = unique('m-');
  const mapping = await api('PUT', `/api/mappings/${visits}`, { definition: { name: visits, events: [{ name: { value: 'Visit' }, identifiers: { user_id: 'card' }, time: 'at' }] } });
  const forward = unique('f-');
  await api('PUT', `/api/forwards/${forward}`, { name: forward, url: 'https://loader.example/v1/batch', enabled: false });
  const editors = [
    [`/mappings/${mapping.key}`, mapping.name, (page) => page.getByRole('textbox', { name: 'Definition' })],
    [`/forwards/${forward}`, `Edit ${forward}`, (page) => page.getByRole('textbox', { name: 'Name' })],
    [`/templates/${template.key}`, template.name, (page) => page.getByRole('textbox', { name: 'Text', exact: true })],
    [`/segments/${segment.key}/edit`, `Edit ${segment.name}`, (page) => page.getByLabel('Description')],
    [`/journeys/${journey.key}/edit`, `Edit ${journey.name}`, (page) => page.getByRole('textbox', { name: 'As text' })],
  ];
  for (const [path, title, field] of editors) {
    const { page, close } = await open(path);
    await heading(page, title);
    const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
    const people = page.getByRole('navigation').getByRole('link', { name: 'People' });
    await people.click();
    await heading(page, 'People');
    await page.goBack();
    await heading(page, title);

    const before = await field(page).inputValue();
    await field(page).fill(`${before} and more`);
    await people.click();
    await dialog.waitFor();
    if (path.startsWith('/templates')) {
      await accessible(page, 'leaving');
      await picture(page, 'leaving');
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await field(page).inputValue(), `${before} and more`, path);
    await people.click();
    await dialog.getByRole('button', { name: 'Leave, and lose it' }).click();
    await heading(page, 'People');
    await close();
  }
});

test('going back asks as well, saving and deleting do not', async () => {
  const template = await makeTemplate(`Back ${unique('')}`);
  const { page, close } = await open('/templates');
  await page.getByRole('link', { name: template.name }).click();
  await heading(page, template.name);
  const text = page.getByRole('textbox', { name: 'Text', exact: true });
  await text.fill('Hello there');
  await page.goBack();
  await page.getByRole('dialog').getByRole('button', { name: 'Stay here' }).click();
  await heading(page, template.name);
  assert.equal(new URL(page.url()).pathname, `/templates/${template.key}`);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  await page.goBack();
  await heading(page, 'Templates');
  await page.goForward();
  await text.fill('Hello again');
  await page.getByRole('button', { name: `Actions for ${template.name}` }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByText(`“${template.name}” was deleted.`).waitFor();
  await close();
});

test('what was typed while the first save was under way stays', async () => {
  const name = `Slow ${unique('')}`;
  const { page, close } = await open('/templates/new');
  await heading(page, 'New template');
  const saveTemplate = await hold(page, '**/api/templates/slow-*');
  await page.getByLabel('Name', { exact: false }).first().fill(name);
  const subject = page.getByRole('textbox', { name: 'Subject' });
  const text = page.getByRole('textbox', { name: 'Text', exact: true });
  await subject.fill('First');
  await text.fill('Hello');
  await page.getByRole('button', { name: 'Save' }).click();
  await text.fill('Hello, and what came later');
  saveTemplate();
  await heading(page, name);
  assert.equal(await text.inputValue(), 'Hello, and what came later');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  const kept = (await api('GET', '/api/templates?limit=500')).items.find((one) => one.name === name);
  assert.equal(kept.text, 'Hello, and what came later');

  const key = unique('slow-');
  await page.goto(new URL('/journeys/new', page.url()).href);
  await heading(page, 'New journey');
  const saveJourney = await hold(page, `**/api/journeys/${key}`);
  const yaml = page.getByRole('textbox', { name: 'As text' });
  await yaml.fill(`key: ${key}\nname: ${key}\n${kJourney}`);
  await page.getByRole('button', { name: 'Save draft' }).click();
  await yaml.fill(`key: ${key}\nname: ${key}\n${kJourney}# later\n`);
  saveJourney();
  await heading(page, `Edit ${key}`);
  await page.waitForURL(`**/journeys/${key}/edit`);
  assert.match(await yaml.inputValue(), /# later/);
  await close();
});

/** Three kinds that are deleted at once and brought back: how each is made, and changed by somebody else. */
const kKinds = [
  ['templates', makeTemplate, (one, name) => api('PUT', `/api/templates/${one.key}`, { name, channel: 'sms', text: 'Theirs' })],
  ['segments', makeSegment, (one, name) => api('PUT', `/api/segments/${one.key}`, { name, conditions: [{ did: 'Lamp Seen' }] })],
  ['journeys', makeJourney, (one, name) => makeJourney(name, one.key)],
];

for (const [kind, make, change] of kKinds) {
  test(`what somebody changed meanwhile is not deleted unseen, nor overwritten by Undo: ${kind}`, async () => {
    const one = await make(`Old ${unique('')}`);
    const theirs = `Theirs ${unique('')}`;
    const { page, close } = await open(`/${kind}`);
    const remove = async (name) => {
      await page.getByRole('button', { name: `Actions for ${name}` }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
    };
    await page.getByRole('link', { name: one.name }).waitFor();
    await page.getByRole('button', { name: `Actions for ${one.name}` }).click();
    await page.route(`**/api/${kind}?*`, (route) => route.abort()); // The list stays as it was seen.
    await change(one, theirs);
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    const conflict = page.getByRole('alert').filter({ hasText: 'so it was not deleted' });
    await conflict.getByText(theirs).waitFor();
    if (kind === 'templates') {
      await accessible(page, 'not deleted');
      await picture(page, 'not-deleted');
    }
    await page.unroute(`**/api/${kind}?*`);
    await conflict.getByRole('button', { name: 'Keep it' }).click();
    await page.getByRole('link', { name: theirs }).waitFor();
    assert.equal((await api('GET', `/api/${kind}/${one.key}`)).name, theirs);

    await remove(theirs);
    await page.getByText(`“${theirs}” was deleted.`).waitFor();
    const again = `Again ${unique('')}`;
    await change(one, again);
    await page.getByRole('button', { name: 'Undo' }).click();
    const taken = page.getByRole('alert').filter({ hasText: `under the key of “${theirs}”` });
    await taken.getByText(again).waitFor();
    assert.equal((await api('GET', `/api/${kind}/${one.key}`)).name, again, 'Undo overwrites nothing by itself');
    await taken.getByRole('button', { name: 'Save mine in its place' }).click();
    await page.getByRole('link', { name: theirs }).waitFor();
    assert.equal((await api('GET', `/api/${kind}/${one.key}`)).name, theirs);
    await close({ expected: [/412/, /ERR_FAILED/] });
  });
}
