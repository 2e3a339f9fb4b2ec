// Items: a type that ships is taken, its items stand on a board, go on by a button and come back, and
// the person concerned sees it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, api, heading, makeDashboard, makePerson, makeQuestion, makeSource, open, picture, stop, unique } from './harness.mjs';

let person;
let id;

before(async () => {
  person = await makePerson(await makeSource());
  id = unique('A-');
  const { items } = await api('GET', '/api/catalog-types');
  const { key, ...type } = items.find((one) => one.key === 'order');
  await api('PUT', `/api/catalogs/${key}`, type);
  await api('POST', '/api/catalogs/order/items', [
    { id, customer_id: person.userId, state: 'ready', store: 'Cluj', parking_bay: 'B4', total: 12.5 },
    { id: `${id}-late`, customer_id: person.userId, state: 'picking', store: 'Cluj', ready_by: new Date(Date.now() - 3_600_000).toISOString() },
  ]);
});
after(stop);

const card = (page, of = id) => page.locator(`[data-item="${of}"]`);

test('a type that ships is taken with one click, or was', async () => {
  const { page, close } = await open('/');
  await heading(page, 'Overview');
  await page.keyboard.press('g');
  await page.keyboard.press('b');
  await heading(page, 'Items');
  await page.locator('[data-type="order"]').waitFor();
  const take = page.getByRole('button', { name: '+ Stores' });
  if (await take.count()) await take.click();
  await page.locator('[data-type="store"]').waitFor();
  await accessible(page, 'items');
  await picture(page, 'items');
  await close();
});

test('store staff move an order on, and take it back', async () => {
  const { page, close } = await open('/items/order');
  await heading(page, 'Orders');
  const column = (name) => page.getByRole('region', { name, exact: true });
  await column('Ready').locator(card(page)).waitFor();
  assert.equal(await page.locator('[data-state]').count(), 4, 'ready, on the way, arrived, handed over');
  assert.match(await card(page).innerText(), /parking_bay B4/);
  await accessible(page, 'pickup board');
  await picture(page, 'pickup');
  await page.getByRole('button', { name: `${id}: on to On the way` }).click();
  await column('On the way').locator(card(page)).waitFor();
  assert.equal((await api('GET', `/api/catalogs/order/items/${id}`)).state, 'on_the_way');
  await page.getByRole('button', { name: 'Undo' }).click();
  await column('Ready').locator(card(page)).waitFor();
  await page.getByRole('button', { name: `${id}: to another state` }).click();
  await page.getByRole('menuitem', { name: 'Handed over' }).click();
  await column('Handed over').locator(card(page)).waitFor();

  await page.getByText('Board', { exact: true }).click();
  await column('Picking').locator(card(page, `${id}-late`)).getByText('late', { exact: true }).waitFor();
  await accessible(page, 'board');
  await card(page).getByRole('link', { name: person.name }).click();
  await heading(page, person.name);
  await page.getByRole('region', { name: 'Timeline' }).getByText(`${id}:`).first().waitFor();
  await close();
});

test('the board has room for its cards, also after a dashboard was open', async () => {
  const dashboard = await makeDashboard('Sales', [await makeQuestion('Orders')]);
  for (const [width, least] of [[1360, 200], [390, 300]]) {
    const { page, close } = await open(`/dashboards/${dashboard.key}`, { width });
    await heading(page, 'Sales');
    await page.evaluate(() => { history.pushState({}, '', '/items/order'); dispatchEvent(new PopStateEvent('popstate')); });
    await card(page).waitFor();
    const widths = await page.locator('[data-state]').evaluateAll((columns) => columns.map((column) => column.getBoundingClientRect().width));
    assert.ok(widths.every((one) => one >= least), `${width} px: ${widths}`);
    await close();
  }
});

test('the list finds what is late, and an item tells what it has passed', async () => {
  const { page, close } = await open('/items/order?view=list');
  await page.getByRole('button', { name: id, exact: true }).waitFor();
  await page.getByRole('switch', { name: 'Late only' }).focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: id, exact: true }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: `${id}-late`, exact: true }).click();
  const dialog = page.getByRole('dialog', { name: `Orders: ${id}-late` });
  await dialog.getByText('Picking').first().waitFor();
  await accessible(page, 'item');
  await close();
});

test('the board reads in other languages, in the dark and on a phone', async () => {
  for (const [language, words, width] of [['tr', 'Teslim edildi', 1360], ['ro', 'Predată', 390]]) {
    const { page, close } = await open('/items/order', { language, scheme: 'dark', width });
    await page.getByRole('region', { name: words, exact: true }).waitFor();
    await accessible(page, `board ${language}`);
    await picture(page, `pickup-${language}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing is wider than the window');
    await close();
  }
});
