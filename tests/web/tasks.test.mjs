// Tasks: what a journey asks of a team is taken on, given back, taken over and done under a name that
// is kept, what is late says so, and the person concerned has it on her timeline.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, api, heading, makePerson, makeSource, open, picture, send, stop, unique } from './harness.mjs';

const team = unique('store-');
const journey = unique('j-');
let person;
let source;

/** Something happens of which a journey makes a task. */
async function ask(shop, event = 'Goods Back') {
  const item = unique('A-');
  await api('POST', '/api/catalogs/order/items', [{ id: item, customer_id: person.userId, state: 'ready', store: shop }]);
  await send(source, [{ type: 'track', event, userId: person.userId, properties: { catalog: 'order', item, shop, team } }]);
}
const tasksOf = async (query = '') => (await api('GET', `/api/tasks?team=${team}${query}`)).items;
const row = (page, id) => page.locator(`[data-task="${id}"]`);

before(async () => {
  source = await makeSource();
  person = await makePerson(source);
  const { items } = await api('GET', '/api/catalog-types');
  const { key, ...type } = items.find((one) => one.key === 'order');
  await api('PUT', `/api/catalogs/${key}`, type);
  for (const [name, event, due] of [[journey, 'Goods Back', '3h'], [`${journey}-late`, 'Goods Forgotten', '1s']]) {
    const where = { property: 'team', op: 'eq', value: team };
    const step = { id: 'put-back', type: 'task', team, title: `Put the goods back (${due})`, store: 'shop', due };
    await api('PUT', `/api/journeys/${name}`, { name: 'Goods', document: { key: name, trigger: { event, where, key: 'item' }, steps: [step] } });
    await api('POST', `/api/journeys/${name}/publish`);
  }
  await ask('cluj');
  await ask('iasi');
});
after(stop);

test('a task is taken on under a name that is kept, given back, and comes back with Undo', async () => {
  const { page, close } = await open('/');
  await heading(page, 'Overview');
  await page.keyboard.press('g');
  await page.keyboard.press('k');
  await heading(page, 'Tasks');
  await page.getByRole('combobox', { name: 'Team' }).click();
  await page.getByRole('option', { name: `${team} (2)` }).click();
  await page.getByLabel('Store').fill('cluj');
  const [task] = await tasksOf('&store=cluj');
  await row(page, task.id).getByText('in 2 hours').waitFor();
  await page.waitForFunction(() => document.querySelectorAll('[data-task]').length === 1);
  await page.getByLabel('Your name').fill('Mia');
  await accessible(page, 'tasks');
  await picture(page, 'tasks');

  await row(page, task.id).getByRole('button', { name: 'Take on' }).click();
  await row(page, task.id).getByText('Mia', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await row(page, task.id).getByText('nobody yet').waitFor();
  assert.equal((await api('GET', `/api/tasks/${task.id}`)).state, 'open');
  await row(page, task.id).getByRole('button', { name: 'Take on' }).click();
  await row(page, task.id).getByRole('button', { name: 'Give back' }).click();
  await row(page, task.id).getByText('nobody yet').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await row(page, task.id).getByText('Mia', { exact: true }).waitFor();

  await page.reload();
  await heading(page, 'Tasks');
  assert.equal(await page.getByLabel('Your name').inputValue(), 'Mia');
  assert.equal(await page.getByLabel('Store').inputValue(), 'cluj');
  await page.getByRole('switch', { name: 'Mine only' }).focus();
  await page.keyboard.press('Space');
  await page.waitForURL(/mine=true/);
  await row(page, task.id).waitFor();
  await close();
});

test('what somebody else has is taken over, is seen without a reload, and is done with a note', async () => {
  const [task] = await tasksOf('&store=cluj');
  await api('POST', `/api/tasks/${task.id}/claim`, { by: 'Mia', take_over: true });
  const { page, close } = await open(`/tasks?team=${team}`);
  await page.getByLabel('Your name').fill('Jon');
  await row(page, task.id).getByRole('button', { name: 'Take over' }).click();
  await row(page, task.id).getByText('Jon', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await row(page, task.id).getByText('Mia', { exact: true }).waitFor();
  await api('POST', `/api/tasks/${task.id}/release`, { by: 'Mia' });
  await row(page, task.id).getByText('nobody yet').waitFor(); // By itself.

  await row(page, task.id).getByRole('button', { name: 'Done' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Is it done?' });
  await dialog.getByLabel('Note').fill('shelf 7');
  await accessible(page, 'task done');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await row(page, task.id).waitFor({ state: 'detached' });
  const done = await api('GET', `/api/tasks/${task.id}`);
  assert.deepEqual([done.state, done.by, done.note], ['done', 'Jon', 'shelf 7']);

  await page.getByText('Closed', { exact: true }).click();
  await row(page, task.id).getByText('shelf 7').waitFor();
  await row(page, task.id).getByRole('link', { name: person.name }).click();
  await heading(page, person.name);
  await page.getByRole('region', { name: 'Timeline' }).getByText('the task put-back was done').first().waitFor();
  await page.getByRole('link', { name: 'Tasks', exact: true }).last().click();
  await heading(page, 'Tasks');
  await row(page, task.id).waitFor();
  assert.equal(await page.locator('[data-task]').count(), 2, 'all of hers, also what is closed');
  await close();
});

test('what somebody did meanwhile is said, and the screen shows it', async () => {
  await ask('deva');
  const [task] = await tasksOf('&store=deva');
  const { page, close } = await open(`/tasks?team=${team}&store=deva`);
  await page.getByLabel('Your name').fill('Mia');
  await row(page, task.id).getByRole('button', { name: 'Done' }).click();
  await api('POST', `/api/tasks/${task.id}/claim`, { by: 'Jon' });
  const dialog = page.getByRole('dialog', { name: 'Is it done?' });
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.getByText('task: Jon has it').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await row(page, task.id).getByRole('button', { name: 'Take over' }).waitFor();
  await close({ expected: [/409/] });
});

test('what is late says by how long, and leads to its order', async () => {
  await ask('arad', 'Goods Forgotten');
  const [task] = await tasksOf('&store=arad');
  const { page, close } = await open(`/tasks?team=${team}&store=arad`);
  await row(page, task.id).getByText(/^late by/).waitFor();
  await page.getByText('Overdue', { exact: true }).click();
  await row(page, task.id).waitFor();
  await accessible(page, 'late tasks');
  await row(page, task.id).getByRole('link', { name: `order ${task.item}` }).click();
  await heading(page, 'Orders');
  await page.getByRole('dialog', { name: `Orders: ${task.item}` }).waitFor();
  await close();
});

test('where nothing is to be done it says so, and leads back', async () => {
  const { page, close } = await open(`/tasks?team=${team}&store=nowhere`);
  await page.getByText('No such tasks').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.locator('[data-task]').first().waitFor();
  assert.equal(await page.getByLabel('Store').inputValue(), '');
  await close();
});

test('tasks read in other languages, in the dark and on a phone', async () => {
  for (const [language, words, width] of [['tr', 'Görevler', 1360], ['ro', 'Sarcini', 390]]) {
    const { page, close } = await open(`/tasks?team=${team}`, { language, scheme: 'dark', width });
    await heading(page, words);
    await page.locator('[data-task]').first().waitFor();
    await accessible(page, `tasks ${language}`);
    await picture(page, `tasks-${language}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing is wider than the window');
    await close();
  }
});
