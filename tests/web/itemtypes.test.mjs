// Types of items: one is made and changed on the screen, a file of items is uploaded and its refused
// lines told, and the board does not overwrite what a colleague did.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, api, heading, makePerson, makeSource, open, picture, stop, unique } from './harness.mjs';

let person;

before(async () => { person = await makePerson(await makeSource()); });
after(stop);

const kStates = ['ready', 'on_the_way', 'arrived', 'handed_over'];

async function makeType(more = {}) {
  const key = unique('y-');
  return api('PUT', `/api/catalogs/${key}`, {
    name: `Type ${key}`, fields: [{ name: 'customer_id', type: 'text' }, { name: 'state', type: 'text', required: true }, { name: 'total', type: 'money' }],
    owner: { field: 'customer_id', namespace: 'user_id' }, state: { field: 'state', values: kStates }, ...more,
  });
}

const stateOf = async (type, id) => (await api('GET', `/api/catalogs/${type.key}/items/${id}`)).state;

test('a colleague was quicker: the card stays where it is now, until somebody says otherwise', async () => {
  const type = await makeType();
  const say = (state) => api('POST', `/api/catalogs/${type.key}/items`, [{ id: 'A-1', customer_id: person.userId, state }]);
  await say('ready');
  const { page, close } = await open(`/items/${type.key}`);
  await page.getByRole('region', { name: 'Ready', exact: true }).locator('[data-item="A-1"]').waitFor();
  await page.route(`**/api/catalogs/${type.key}/items?*`, (route) => route.abort()); // The board stays as it was seen.
  await page.route(`**/api/catalogs/${type.key}/items`, async (route) => { // The colleague is quicker by the way of one request.
    await say('handed_over');
    await route.continue();
  }, { times: 1 });
  await page.getByRole('button', { name: 'A-1: on to On the way' }).click();
  const notice = page.getByRole('alert').filter({ hasText: 'Somebody else moved A-1 meanwhile' });
  await notice.getByText('Handed over').waitFor();
  assert.equal(await stateOf(type, 'A-1'), 'handed_over');
  await accessible(page, 'moved meanwhile');
  await picture(page, 'item-moved');
  await page.unroute(`**/api/catalogs/${type.key}/items?*`);
  await notice.getByRole('button', { name: 'Leave it there' }).click();
  await notice.waitFor({ state: 'detached' });
  await page.getByRole('region', { name: 'Handed over', exact: true }).locator('[data-item="A-1"]').waitFor();

  const moveBack = async (state) => { // The last column's cards go nowhere by their button.
    await page.getByRole('button', { name: 'A-1: to another state' }).click();
    await page.getByRole('menuitem', { name: state, exact: true }).click();
  };
  await moveBack('Ready');
  await page.getByText('A-1 is Ready now.').waitFor();
  await say('arrived');
  await page.getByRole('button', { name: 'Undo' }).click();
  await notice.getByText('Arrived').waitFor();
  assert.equal(await stateOf(type, 'A-1'), 'arrived', 'Undo overwrites nothing');
  await notice.getByRole('button', { name: 'Move it to Handed over all the same' }).click();
  await page.getByText('A-1 is Handed over now.').waitFor();
  assert.equal(await stateOf(type, 'A-1'), 'handed_over');

  await page.route(`**/api/catalogs/${type.key}/items?*`, (route) => route.abort());
  await api('DELETE', `/api/catalogs/${type.key}/items/A-1`);
  await moveBack('Arrived');
  await page.getByText('Somebody removed A-1 meanwhile.').waitFor();
  await close({ expected: [/ERR_FAILED/] });
});

test('a type is made, with whose its items are, their states and what is promised; and changed', async () => {
  const name = `Repairs ${unique('')}`;
  const { page, close } = await open('/items');
  await page.getByRole('link', { name: 'New type' }).click();
  await heading(page, 'New type');
  const choose = async (field, option) => {
    await field.click();
    await page.getByRole('option', { name: option, exact: true }).click();
  };
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  for (const [field, kind] of [['customer_id', null], ['promised_at', 'time']]) {
    await page.getByRole('button', { name: '+ Field' }).click();
    await page.getByRole('textbox', { name: /^Name: \d/ }).fill(field);
    if (kind) await choose(page.getByRole('combobox', { name: `Kind: ${field}` }), kind);
  }
  await page.getByRole('checkbox', { name: 'Required: state' }).check();
  await page.getByRole('group', { name: 'Whose' }).or(page.getByRole('radiogroup', { name: 'Whose' })).getByText('Of a person').click();
  await page.getByText('Say which field names the owner.').waitFor();
  await choose(page.getByRole('combobox', { name: 'Named by the field' }), 'customer_id');
  await choose(page.getByRole('combobox', { name: 'The state is the field' }), 'state');
  await page.getByRole('textbox', { name: 'State 1' }).fill('done');
  await page.getByRole('button', { name: '+ State' }).click();
  await page.getByRole('textbox', { name: 'State 2' }).fill('taken_in');
  await page.getByRole('button', { name: 'Move taken_in up' }).click();
  await page.getByRole('switch', { name: 'Only named moves are allowed' }).check();
  await choose(page.getByRole('combobox', { name: 'From taken_in to' }), 'done');
  await page.keyboard.press('Escape');
  await choose(page.getByRole('combobox', { name: 'The time is the field' }), 'promised_at');
  await choose(page.getByRole('combobox', { name: 'Late counts in' }), 'taken in');
  await page.keyboard.press('Escape');
  await accessible(page, 'type editor');
  await picture(page, 'type-editor');
  await page.getByRole('button', { name: 'Save' }).click();
  await heading(page, name);
  const key = new URL(page.url()).pathname.split('/').at(-1);
  const { fields, owner, state, due } = await api('GET', `/api/catalogs/${key}`);
  assert.deepEqual({ fields, owner, state, due }, {
    fields: [{ name: 'state', type: 'text', required: true }, { name: 'customer_id', type: 'text' }, { name: 'promised_at', type: 'time' }],
    owner: { field: 'customer_id', namespace: 'user_id' }, state: { field: 'state', values: ['taken_in', 'done'], moves: { taken_in: ['done'], done: [] } }, due: { field: 'promised_at', in: ['taken_in'] },
  });

  await page.getByRole('link', { name: 'Type', exact: true }).click();
  await heading(page, `Edit ${name}`);
  await page.getByRole('textbox', { name: 'Description' }).fill('mine');
  await api('PUT', `/api/catalogs/${key}`, { name, description: 'theirs', fields, owner, state, due });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('alert').getByRole('button', { name: 'Go on from theirs' }).click();
  assert.equal(await page.getByRole('textbox', { name: 'Description' }).inputValue(), 'theirs');
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByText(`“${name}” was deleted.`).waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('link', { name }).waitFor();
  assert.deepEqual((await api('GET', `/api/catalogs/${key}`)).due, due);
  await close({ expected: [/412/] });
});

test('while there are items, whose they are and the fields of state and time stay', async () => {
  const type = await makeType();
  await api('POST', `/api/catalogs/${type.key}/items`, [{ id: 'A-1', state: 'ready' }]);
  const { page, close } = await open(`/items/${type.key}/type`);
  await page.getByText('There is 1 item of this type').waitFor();
  assert.ok(await page.getByRole('combobox', { name: 'The state is the field' }).isDisabled());
  assert.equal(await page.getByRole('button', { name: 'Delete' }).count(), 0);
  await page.getByRole('button', { name: '+ Field' }).click();
  await page.getByRole('textbox', { name: 'Name: 4' }).fill('note');
  await page.getByRole('button', { name: 'Save' }).click();
  await heading(page, type.name);
  assert.equal((await api('GET', `/api/catalogs/${type.key}`)).fields.length, 4);
  await close();
});

test('a file is uploaded, and what was refused is told by its line', async () => {
  const type = await makeType();
  const { page, close } = await open(`/items/${type.key}?view=list`);
  await page.getByText('No items here').waitFor();
  await page.getByRole('button', { name: 'Upload …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('id, customer_id, state, total, updated_at').waitFor();
  await accessible(page, 'upload');
  const upload = async (name, text) => {
    await dialog.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
    await dialog.getByRole('button', { name: 'Upload', exact: true }).click();
  };
  await upload('orders.csv', `id,state,total,customer_id\nB-1,ready,12.50,${person.userId}\nB-2,lost,1,\nB-3,arrived,many,\n`);
  await dialog.getByText('1 taken').waitFor();
  await dialog.getByText('2 refused').waitFor();
  const refused = dialog.getByRole('table', { name: 'Refused lines' });
  assert.match(await refused.innerText(), /3\s+B-2\s+item: state[\s\S]*4\s+B-3\s+item: total/);
  await accessible(page, 'refused lines');
  await picture(page, 'item-upload');
  await upload('again.jsonl', '{"id": "B-1", "state": "ready"}\n{"id": "B-4", "state": "arrived"}\nno json\n');
  await dialog.getByText('1 taken · 1 as known').waitFor();
  await dialog.getByText('1 refused').waitFor();

  const many = Array.from({ length: 10_001 }, (_, row) => `C-${row},${row === 10_000 ? 'lost' : 'ready'}`);
  await upload('many.csv', ['id,state', ...many].join('\n'));
  await dialog.getByText('10,000 taken').waitFor();
  assert.match(await refused.innerText(), /10002\s+C-10000/, 'the line of the file, not of the request');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('button', { name: 'B-1', exact: true }).waitFor();
  await close();
});

test('types read in other languages, in the dark and on a phone', async () => {
  const { items } = await api('GET', '/api/catalog-types');
  const { key, ...shipment } = items.find((one) => one.key === 'shipment');
  await api('PUT', `/api/catalogs/${key}`, shipment);
  for (const [language, title, state, width] of [['tr', 'Gönderiler', 'Dağıtımda', 1360], ['ro', 'Livrări', 'În curs de livrare', 390]]) {
    const { page, close } = await open('/items/shipment', { language, scheme: 'dark', width });
    await heading(page, title);
    await page.getByRole('region', { name: state, exact: true }).waitFor();
    await accessible(page, `shipments ${language}`);
    await page.getByRole('link', { name: language === 'tr' ? 'Tür' : 'Tip', exact: true }).click();
    await page.getByRole('table', { name: language === 'tr' ? 'Alanlar' : 'Câmpuri' }).waitFor();
    await accessible(page, `type ${language}`);
    await picture(page, `type-${language}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing is wider than the window');
    await close();
  }
});
