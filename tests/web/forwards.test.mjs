// Forwards: one made by hand that sends what a source takes, what goes wrong told on the spot, begun
// anew, switched off and deleted; in three languages, both themes, and by the keyboard alone.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { accessible, api, heading, makeSource, open, picture, send, stop, unique } from './harness.mjs';

const received = []; // Message ids.
let status = 200;
let source;
let receiver;
let address;

before(async () => {
  receiver = createServer(async (request, answer) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    if (status === 200) received.push(...JSON.parse(Buffer.concat(pieces).toString()).batch.map((event) => event.messageId));
    answer.writeHead(status).end();
  });
  await new Promise((done) => receiver.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${receiver.address().port}/v1/batch`;
  source = await makeSource();
});
after(async () => {
  await stop();
  receiver.closeAllConnections();
  receiver.close();
});

const make = (name, more = {}) => api('PUT', `/api/forwards/${unique('f-')}`, { name, url: address, allows_private: true, ...more });
const rowOf = (page, name) => page.getByRole('row').filter({ hasText: name });
const track = (messageId, event = 'Order Completed') => send(source, [{ type: 'track', event, userId: 'u1', messageId }]);

test('a forward is made in the form, sends what fits, and shows how far it is', async () => {
  const name = `Loader ${unique('')}`;
  const { page, close } = await open('/');
  await heading(page, 'Overview');
  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await heading(page, 'Forwarding');
  await page.getByRole('link', { name: 'New forward' }).first().click();
  await heading(page, 'New forward');
  await page.getByLabel('Name', { exact: false }).first().fill(name);
  await page.getByRole('textbox', { name: 'Address' }).fill(address);
  await page.getByLabel('Write key').fill('wk-secret');
  await page.getByRole('switch', { name: 'Allow addresses of the own network' }).check({ force: true });
  await page.getByRole('checkbox', { name: 'track' }).check();
  await page.getByRole('group', { name: 'Conditions' }).getByRole('button', { name: '+ Where' }).click();
  const where = page.getByRole('group', { name: 'Condition 1', exact: true });
  await where.getByRole('combobox', { name: 'Property' }).fill('$.event');
  await where.getByRole('combobox', { name: 'Value' }).fill('Order Completed');
  await accessible(page, 'forward form');
  await picture(page, 'forward-form');
  await page.getByRole('button', { name: 'Save' }).click();
  await heading(page, 'Forwarding');
  const row = rowOf(page, name);
  await row.getByText('up to date').waitFor();

  const id = unique('m-');
  await track(unique('m-'), 'Page Scrolled');
  await track(id);
  await row.getByRole('cell').nth(3).getByText('1', { exact: true }).waitFor();
  assert.deepEqual(received.filter((one) => one.startsWith('m-')), [id]);
  await accessible(page, 'forwards');
  await picture(page, 'forwards');
  const { items } = await api('GET', '/api/forwards');
  const made = items.find((one) => one.name === name);
  assert.deepEqual(made.types, ['track']);
  assert.equal(made.write_key_set, true);

  // Changed by the keyboard alone; the key that is not shown stays.
  await row.getByRole('link', { name }).focus();
  await page.keyboard.press('Enter');
  await heading(page, `Edit ${name}`);
  await page.getByLabel('Name', { exact: false }).first().fill(`${name} two`);
  await page.keyboard.press('Enter');
  await rowOf(page, `${name} two`).waitFor();
  assert.equal((await api('GET', `/api/forwards/${made.key}`)).write_key_set, true);
  await api('DELETE', `/api/forwards/${made.key}`);
  await close();
});

test('what went wrong is told, and one is switched off, begun anew and deleted', async () => {
  const forward = await make(`Broken ${unique('')}`);
  status = 503;
  const { page, close } = await open('/forwards');
  await track(unique('m-'));
  const row = rowOf(page, forward.name);
  await row.getByText('failing').waitFor();
  await row.getByText('HTTP 503').waitFor();
  await row.getByText('record').waitFor();
  await accessible(page, 'a forward that fails');
  await picture(page, 'forward-failing');

  await row.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Switch off' }).click();
  await row.getByText('off', { exact: true }).waitFor();
  status = 200;
  await row.getByRole('link', { name: forward.name }).click();
  await page.getByRole('combobox', { name: 'Begin' }).click();
  await page.getByRole('option', { name: 'Anew, from now' }).click();
  await page.getByRole('switch', { name: 'Switched on' }).check({ force: true });
  await page.getByRole('button', { name: 'Save' }).click();
  await row.getByText('up to date').waitFor();
  assert.equal((await api('GET', `/api/forwards/${forward.key}`)).sent, 0, 'what was missed is left out');

  await row.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await accessible(page, 'deleting a forward');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await row.waitFor({ state: 'detached' });
  await close({ expected: [/503/] });
});

test('a mistake is told in the words of the server', async () => {
  const { page, close } = await open('/forwards/new');
  await page.getByLabel('Name', { exact: false }).first().fill('Wrong');
  await page.getByRole('textbox', { name: 'Address' }).fill('ftp://x.example/');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('alert').getByText('forward: url: need an http or https address').waitFor();
  await close({ expected: [/400/] });
});

test('the screen speaks three languages and stands in the dark', async () => {
  const forward = await make(`Spoken ${unique('')}`);
  for (const [language, title, edit] of [['tr', 'Yönlendirme', 'düzenle'], ['ro', 'Redirecționare', 'Editează']]) {
    const { page, close } = await open('/forwards', { language, scheme: 'dark', width: language === 'ro' ? 420 : 1360 });
    await heading(page, title);
    await rowOf(page, forward.name).waitFor();
    await accessible(page, `forwards, ${language}, dark`);
    await picture(page, `forwards-${language}-dark`);
    await rowOf(page, forward.name).getByRole('link', { name: forward.name }).click();
    await page.getByRole('heading', { level: 1 }).getByText(edit).waitFor();
    await accessible(page, `forward form, ${language}, dark`);
    await close();
  }
  await api('DELETE', `/api/forwards/${forward.key}`);
});
