// What comes in: sources, the live debugger, rejects, imports; and who may: sign-in, tokens.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { accessible, adminToken, api, heading, makePerson, makeSource, open, picture, send, stop, unique, url } from './harness.mjs';

after(stop);

test('a wrong token is refused in the words of the server, a right one leads to where one was going', async () => {
  const { page, close } = await open('/rejects', { signIn: false });
  await page.locator('input[type=password]').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText(/token|session/).waitFor();
  await accessible(page, 'refused sign-in');
  await page.locator('input[type=password]').fill(adminToken);
  await page.keyboard.press('Enter');
  await heading(page, 'Rejects');
  await page.getByRole('button', { name: /^Signed in as/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.locator('input[type=password]').waitFor();
  assert.match(page.url(), /\/login/);
  await close({ expected: [/401/] });
});

test('a login link signs in and leaves no token in the address', async () => {
  const { page, close } = await open(`/login#token=${encodeURIComponent(adminToken)}`, { signIn: false });
  await heading(page, 'Overview');
  assert.ok(!page.url().includes('token'));
  await page.goBack().catch(() => undefined);
  assert.ok(!page.url().includes(adminToken));
  await close();
});

test('language and theme are chosen and remembered', async () => {
  const { page, close } = await open('/');
  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('menuitem', { name: 'Română' }).click();
  await heading(page, 'Sumar');
  await page.getByRole('button', { name: 'Temă' }).click();
  await page.getByRole('menuitem', { name: 'Întunecat' }).click();
  await page.reload();
  await heading(page, 'Sumar');
  assert.equal(await page.locator('html').getAttribute('data-mantine-color-scheme'), 'dark');
  assert.equal(await page.locator('html').getAttribute('lang'), 'ro');
  await close();
});

test('the overview counts as events come, and tells today by source', async () => {
  const source = await makeSource('Counting');
  await makePerson(source);
  const { page, close } = await open('/');
  await heading(page, 'Overview');
  await page.getByText('Live', { exact: true }).waitFor();
  const row = page.locator(`tr[data-source="${source.key}"]`);
  await row.waitFor();
  assert.equal((await row.getByRole('cell').nth(1).innerText()).trim(), '4');
  const figure = page.locator('main').getByText('Events', { exact: true }).locator('xpath=following-sibling::*[1]');
  const count = async () => Number((await figure.innerText()).replace(/\D/g, ''));
  const before = await count();
  await send(source, Array.from({ length: 5 }, () => ({ type: 'page', name: 'More', anonymousId: unique('a-') })));
  const until = Date.now() + 8000;
  while ((await count()) < before + 5 && Date.now() < until) await page.waitForTimeout(200);
  assert.ok((await count()) >= before + 5, 'the total follows without a reload');
  await close();
});

test('the rate of the last hour is there at once', async () => {
  const source = await makeSource('Hour');
  const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
  await send(source, Array.from({ length: 120 }, (_, n) => ({ type: 'page', name: 'Earlier', anonymousId: unique('a-'), timestamp: ago(10 + (n % 20)) })));
  const { page, close } = await open('/sources');
  // The live line says nothing: what is drawn comes of the trend.
  await page.route(/\/api\/live/, (route) => route.fulfill({ status: 200, contentType: 'text/event-stream', body: ': nothing yet\n\n' }));
  const [asked] = await Promise.all([page.waitForRequest((request) => request.url().endsWith('/api/query') && request.postData()?.includes('"minute"')), page.getByRole('link', { name: 'Overview' }).click()]);
  assert.equal(JSON.parse(asked.postData()).series[0].measure, 'events');
  const drawn = page.getByRole('img', { name: /^Events per second, last hour/ }).locator('svg path[fill="none"]');
  await page.waitForFunction(() => [...document.querySelectorAll('main [role=img][aria-label^="Events per second"] svg path')].some((path) => (path.getAttribute('d')?.match(/[LC]/g) ?? []).length > 20));
  assert.ok((await drawn.count()) > 0);
  await picture(page, 'overview-hour');
  await close();
});

test('a mapping is written, checked on the spot, tried, saved and deleted', async () => {
  const key = unique('m-');
  const { page, close } = await open('/mappings');
  await page.getByRole('row', { name: /Online retail ships.*InvoiceNo/ }).waitFor();
  await page.getByRole('link', { name: 'New mapping' }).click();
  await heading(page, 'New mapping');
  const events = page.getByRole('table', { name: 'First mapped events' });
  await events.getByText('loyalty_card:').waitFor();
  const text = page.getByRole('textbox', { name: 'Definition' });
  const definition = JSON.parse(await text.inputValue());
  await text.fill('{"name": ');
  await page.getByText(/^Not JSON:/).waitFor();
  assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled());
  await text.fill(JSON.stringify({ ...definition, events: [{ ...definition.events[0], identifiers: { no_such_namespace: 'card' } }] }));
  await page.getByRole('alert').getByText(/no_such_namespace/).waitFor();
  await accessible(page, 'mapping refused');
  await text.fill(JSON.stringify({ ...definition, name: key }, null, 2));
  await page.getByRole('textbox', { name: 'Sample' }).fill('{"card": "C-99", "at": "2026-03-02T10:00:00Z", "shop": "Iași"}');
  await events.getByText('C-99').waitFor();
  await picture(page, 'mapping-tried');
  await accessible(page, 'mapping tried');
  await page.getByRole('textbox', { name: 'Short name' }).fill(key);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(`${url}/mappings/${key}`);
  assert.deepEqual((await api('GET', `/api/mappings/${key}`)).definition.name, key);

  await text.fill(JSON.stringify({ ...definition, name: key, zone: 'Europe/Bucharest' }));
  await page.getByText('The definition is right.', { exact: false }).waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  for (let left = 100; left > 0 && !(await api('GET', `/api/mappings/${key}`)).definition.zone; left--) await page.waitForTimeout(50);
  assert.equal((await api('GET', `/api/mappings/${key}`)).definition.zone, 'Europe/Bucharest');
  await page.reload();
  await page.getByRole('button', { name: 'Delete …' }).click();
  await page.getByRole('dialog', { name: 'Delete' }).getByRole('button', { name: 'Delete' }).click();
  await heading(page, 'Mappings');
  await page.locator(`tr[data-mapping="${key}"]`).waitFor({ state: 'detached' });
  await close({ expected: [/400|422/] });
});

test('a file of which nothing would be taken is not uploaded, and says which columns it lacks', async () => {
  const source = await makeSource('Wrong file');
  const { page, close } = await open('/imports/new');
  assert.ok(!(await page.locator('input[type=file]').getAttribute('accept')).includes('parquet'));
  await page.locator('input[type=file]').setInputFiles({ name: 'wrong.csv', mimeType: 'text/csv', buffer: Buffer.from('InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n1,2,3,4,never,6,7,8\n') });
  await page.getByRole('combobox', { name: 'Mapping' }).click();
  await page.getByRole('option', { name: /Online retail.*InvoiceNo/ }).click();
  await page.getByText(/^Columns that “/).waitFor();
  await page.getByRole('combobox', { name: 'Source' }).click();
  await page.getByRole('option', { name: source.name }).click();
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByText(/No row of this file would become an event/).waitFor();
  assert.ok(await page.getByRole('button', { name: 'Upload and start' }).isDisabled());
  await accessible(page, 'wrong file');
  await picture(page, 'import-takes-nothing');
  await close();
});

test('a source is made, connected by its snippet and heard in the debugger', async () => {
  const name = `Shop ${unique('')}`;
  const { page, close } = await open('/sources/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await page.getByRole('button', { name: 'Create source' }).click();
  await heading(page, name);
  const key = name.toLowerCase().replace(' ', '-');
  const made = await api('GET', `/api/sources/${key}`);
  const writeKey = made.write_keys[0].key;
  await page.getByRole('tab', { name: 'Connect' }).click();
  for (const snippet of ['Browser', 'Node.js', 'RudderStack', 'Command line']) {
    assert.ok((await page.getByRole('region', { name: snippet, exact: true }).innerText()).includes(writeKey), snippet);
  }
  const [host] = (await page.getByRole('region', { name: 'Command line', exact: true }).innerText()).match(/https?:\/\/[^/\s]+/);
  assert.equal(host, url);

  await page.getByRole('tab', { name: 'Live debugger' }).click();
  await page.getByText('Waiting for the first event').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  const messageId = unique('m-');
  const source = { key, writeKey };
  await send(source, [{ type: 'track', event: 'Lamp Lit', userId: 'u1', messageId }]);
  await page.locator('tr[data-verdict=accepted]').getByText('Lamp Lit').waitFor();
  await send(source, [{ type: 'track', event: 'Lamp Lit', userId: 'u1', messageId }]);
  const repeat = page.locator('tr[data-verdict=duplicate]');
  await repeat.getByText('This message id came before').waitFor();
  await repeat.getByRole('button', { name: 'Lamp Lit' }).click();
  await page.getByRole('group', { name: 'Body of Lamp Lit' }).getByText(messageId).waitFor();
  await repeat.getByRole('button', { name: 'Lamp Lit' }).click();
  await send(source, [{ type: 'track', event: 'Lamp Lit' }]);
  await page.locator('tr[data-verdict=rejected]').waitFor();
  await picture(page, 'debugger-verdicts');
  await accessible(page, 'debugger');
  await page.locator('tr[data-verdict=rejected]').getByRole('link', { name: 'mend' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Event' }).waitFor();
  await close();
});

test('settings are saved; a change made meanwhile elsewhere is not overwritten', async () => {
  const source = await makeSource();
  const { page, close } = await open(`/sources/${source.key}?tab=settings`);
  await page.getByRole('textbox', { name: 'Name' }).fill('Renamed');
  await page.getByRole('switch', { name: 'Keep whole IP addresses' }).check({ force: true });
  await page.getByRole('button', { name: 'Save' }).click();
  await heading(page, 'Renamed');
  const saved = await api('GET', `/api/sources/${source.key}`);
  assert.equal(saved.settings.keep_ip, true);
  await api('PUT', `/api/sources/${source.key}`, { name: 'By another', settings: saved.settings });
  await page.getByRole('textbox', { name: 'Name' }).fill('Lost update');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('alert').getByText(/changed/).waitFor();
  assert.equal((await api('GET', `/api/sources/${source.key}`)).name, 'By another');
  await close({ expected: [/412/] });
});

test('write keys rotate without a gap', async () => {
  const source = await makeSource();
  const { page, close } = await open(`/sources/${source.key}?tab=keys`);
  await page.getByText(source.writeKey).waitFor();
  await page.getByRole('button', { name: 'Make a second key' }).click();
  await page.waitForFunction(() => document.querySelectorAll('main tbody tr').length === 2);
  await page.getByRole('row', { name: new RegExp(source.writeKey) }).getByRole('button', { name: 'Retire' }).click();
  await page.getByRole('dialog', { name: 'Retire' }).getByRole('button', { name: 'Retire' }).click();
  await page.waitForFunction(() => document.querySelectorAll('main tbody tr').length === 1);
  const left = (await api('GET', `/api/sources/${source.key}`)).write_keys;
  assert.equal(left.length, 1);
  assert.notEqual(left[0].key, source.writeKey);
  await close();
});

test('a refused event is read, mended, replayed and found on the timeline', async () => {
  const source = await makeSource('Mending');
  const userId = unique('mended-');
  await send(source, [{ type: 'track', event: 'Order Completed', properties: { order_id: 'lost' } }]);
  const { page, close } = await open(`/rejects?source=${source.key}`);
  const [reject] = (await api('GET', `/api/rejects?source=${source.key}`)).items;
  const row = page.locator(`tr[data-reject="${reject.id}"]`);
  assert.match(await row.innerText(), new RegExp(reject.code));
  await row.getByRole('button').click();
  const dialog = page.getByRole('dialog');
  const field = dialog.getByRole('textbox', { name: 'Event' });
  const body = JSON.parse(await field.inputValue());
  assert.equal(body.properties.order_id, 'lost');
  await accessible(page, 'mend');
  await picture(page, 'mend');

  await field.fill('{"type": "track",');
  await dialog.getByText(/^Not JSON:/).waitFor();
  assert.ok(await dialog.getByRole('button', { name: 'Replay mended' }).isDisabled());
  await field.fill(JSON.stringify({ ...body, note: 'still nobody' }, null, 2));
  await dialog.getByRole('button', { name: 'Replay mended' }).click();
  await dialog.getByRole('alert').getByText('Refused again').waitFor();
  await field.fill(JSON.stringify({ ...body, userId }, null, 2));
  await dialog.getByRole('button', { name: 'Replay mended' }).click();
  await dialog.getByText('Replayed: the event is on the timeline now.').waitFor();
  await dialog.getByRole('link', { name: 'Open the person' }).waitFor();
  await accessible(page, 'replayed');
  await picture(page, 'replayed');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await row.waitFor({ state: 'detached' });

  // It stands among the mended now, with what it became; the debugger says so too.
  await page.getByRole('combobox', { name: 'State' }).click();
  await page.getByRole('option', { name: 'mended' }).click();
  await row.getByRole('link', { name: 'Open the person' }).waitFor();
  await row.getByRole('button').click();
  await dialog.getByText(/^mended by admin/).waitFor();
  assert.ok(await dialog.getByRole('button', { name: 'Replay as it is' }).isDisabled());
  await page.goto(`${url}/sources/${source.key}?tab=debugger`);
  const verdict = page.locator('tr[data-verdict=rejected]');
  await verdict.getByRole('link', { name: 'mended' }).waitFor();
  assert.equal(await verdict.getByText('history', { exact: true }).count(), 0, 'it was sent live');
  await verdict.getByRole('link', { name: 'mended' }).click();
  await dialog.getByRole('link', { name: 'Open the person' }).click();
  await page.getByRole('button', { name: /Order Completed/ }).click();
  await page.getByText('history', { exact: true }).waitFor();
  await close();
});

test('all of a filter is replayed, and discarded, after saying what that is', async () => {
  const source = await makeSource('Bulk');
  await send(source, Array.from({ length: 3 }, () => ({ type: 'track', event: 'Order Completed' })));
  const { page, close } = await open(`/rejects?source=${source.key}`);
  await page.waitForFunction(() => document.querySelectorAll('tr[data-reject]').length === 3);
  await page.getByRole('button', { name: 'Replay all' }).click();
  const replay = page.getByRole('dialog', { name: 'Replay all' });
  await replay.getByText(new RegExp(`^Replay 3 open rejects .${source.key}.`)).waitFor();
  await picture(page, 'replay-all');
  await accessible(page, 'replay all');
  await replay.getByRole('button', { name: 'Replay 3 rejects' }).click();
  await replay.getByText('Accepted 0, repeats 0, refused again 3.').waitFor();
  await replay.getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('button', { name: 'Discard all' }).click();
  const discard = page.getByRole('dialog', { name: 'Discard all' });
  await discard.getByText(/^Discard 3 open rejects/).waitFor();
  await discard.getByRole('button', { name: 'Discard 3 rejects' }).click();
  await discard.getByText('3 discarded').waitFor();
  await discard.getByRole('button', { name: 'Close' }).last().click();
  await page.getByText('Nothing matches this filter').waitFor();
  await close();
});

test('a single reject is discarded only after a question', async () => {
  const source = await makeSource('Discarding');
  await send(source, [{ type: 'track', event: 'Order Completed' }]);
  const { page, close } = await open(`/rejects?source=${source.key}`, { scheme: 'dark' });
  await page.locator('tr[data-reject]').getByRole('button').click();
  const dialog = page.getByRole('dialog', { name: /^Reject/ });
  await dialog.getByRole('button', { name: 'Discard …' }).click();
  const question = dialog.getByRole('alertdialog', { name: 'Discard' });
  await question.getByText(/no longer be replayed/).waitFor();
  await accessible(page, 'discard asked');
  await picture(page, 'discard-asked-dark');
  await question.getByRole('button', { name: 'Keep it' }).click();
  await question.waitFor({ state: 'detached' });
  assert.equal((await api('GET', `/api/rejects?source=${source.key}`)).items.length, 1);
  await dialog.getByRole('button', { name: 'Discard …' }).click();
  await question.getByRole('button', { name: 'Discard', exact: true }).click();
  await page.getByText('Nothing matches this filter').waitFor();
  await close();
});

test('a file that comes again mended closes the reject of its row', async () => {
  const source = await makeSource('Again');
  const customer = String(10_000_000 + Math.floor(Math.random() * 80_000_000));
  const rows = (time) => ['InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country',
    `${customer}1,21314,HEART,8,2011-11-01 08:16:00,2.1,${customer},United Kingdom`, `${customer}1,21791,HEADS,12,${time},1.25,${customer},United Kingdom`, ''].join('\n');
  const run = async (text) => {
    const made = await api('POST', '/api/imports', { file_name: `${customer}.csv`, size: text.length, mapping: 'online-retail', source: source.key });
    await fetch(`${url}/api/imports/${made.id}/data?offset=0`, { method: 'PUT', headers: { Authorization: `Bearer ${adminToken}` }, body: text });
    await api('POST', `/api/imports/${made.id}/start`);
    for (let left = 200; left > 0 && (await api('GET', `/api/imports/${made.id}`)).state !== 'done'; left--) await new Promise((wait) => setTimeout(wait, 25));
    return made.id;
  };
  await run(rows('not a time'));
  assert.equal((await api('GET', `/api/rejects?source=${source.key}`)).items.length, 1);
  const id = await run(rows('2011-11-01 08:16:00'));
  const { page, close } = await open(`/rejects?source=${source.key}&state=mended`);
  await page.locator('tr[data-reject]').getByRole('link', { name: `a row of import ${id}` }).click();
  await heading(page, 'Imports');
  await page.goto(`${url}/audit`);
  await page.getByRole('row', { name: new RegExp(`started Import ${id}`) }).waitFor();
  await close();
});

test('a file is previewed, uploaded, read, its people are there, and a refused row is mended', async () => {
  const source = await makeSource('History');
  const customer = String(10_000_000 + Math.floor(Math.random() * 80_000_000));
  const mapping = (await api('GET', '/api/mappings?kind=file')).items.find((one) => one.key === 'online-retail');
  assert.ok(mapping, 'the mapping online-retail is shipped');
  const rows = [
    'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country',
    `${customer}1,21314,SMALL GLASS HEART,8,2011-11-01 08:16:00,2.1,${customer},United Kingdom`,
    `${customer}1,21704,BAG 250g,12,2011-11-01 08:16:00,0.85,${customer},United Kingdom`,
    `${customer}1,21791,VINTAGE HEADS,12,not a time,1.25,${customer},United Kingdom`,
  ];
  const { page, close } = await open('/imports/new');
  await page.locator('input[type=file]').setInputFiles({ name: `${customer}.csv`, mimeType: 'text/csv', buffer: Buffer.from(rows.join('\r\n') + '\r\n') });
  await page.getByRole('combobox', { name: 'Mapping' }).click();
  await page.getByRole('option', { name: new RegExp(`^${mapping.name}\\b`) }).click();
  await page.getByRole('combobox', { name: 'Source' }).click();
  await page.getByRole('option', { name: source.name }).click();
  assert.ok(await page.getByRole('button', { name: 'Upload and start' }).isDisabled(), 'first one looks');
  await page.getByRole('button', { name: 'Preview' }).click();
  const events = page.getByRole('table', { name: 'First mapped events' });
  await events.waitFor();
  assert.equal(await events.getByRole('row').count(), 3);
  assert.match(await page.getByRole('table', { name: 'Rows that would be refused' }).innerText(), /InvoiceDate/);
  await accessible(page, 'import preview');
  await picture(page, 'import-preview');

  await page.getByRole('button', { name: 'Upload and start' }).click();
  await heading(page, 'Imports');
  const row = page.getByRole('row', { name: new RegExp(`${customer}.csv`) });
  await row.getByText('done').waitFor();
  const cells = await row.getByRole('cell').allInnerTexts();
  assert.deepEqual(cells.slice(2, 6).map((cell) => cell.trim()), ['3', '2', '0', '1']);
  const [download] = await Promise.all([page.waitForEvent('download'), row.getByRole('link', { name: '1' }).click()]);
  assert.match(download.suggestedFilename(), /rejects/);
  const found = await api('GET', `/api/profiles?q=${customer}`);
  assert.equal(found.items.length, 1);
  assert.equal(found.items[0].event_count, 2);

  await page.goto(`${url}/rejects?source=${source.key}`);
  await page.locator('tr[data-reject]').getByRole('button').click();
  const dialog = page.getByRole('dialog');
  const field = dialog.getByRole('textbox', { name: 'Row of the file' });
  assert.equal((await field.inputValue()).trim(), rows[3]);
  await field.fill(rows[3].replace('not a time', '2011-11-01 08:16:00'));
  await dialog.getByRole('button', { name: 'Replay mended' }).click();
  await dialog.getByText('Replayed: the event is on the timeline now.').waitFor();
  assert.equal((await api('GET', `/api/profiles?q=${customer}`)).items[0].event_count, 3);
  await close();
});

test('a token shows its secret once, works, and stops working', async () => {
  const name = `Robot ${unique('')}`;
  const { page, close } = await open('/tokens');
  await page.getByRole('button', { name: 'New token' }).click();
  const dialog = page.getByRole('dialog', { name: 'New token' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
  await accessible(page, 'new token');
  await dialog.getByRole('button', { name: 'Create token' }).click();
  const secret = (await dialog.getByRole('group', { name: 'Secret' }).innerText()).trim();
  await picture(page, 'token-secret');
  const ask = () => fetch(`${url}/api/sources`, { headers: { Authorization: `Bearer ${secret}` } }).then((answer) => answer.status);
  assert.equal(await ask(), 200);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await dialog.waitFor({ state: 'detached' });
  assert.ok(!(await page.content()).includes(secret), 'the secret is gone from the page');
  await page.getByRole('button', { name: `Revoke ${name}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
  await page.getByRole('button', { name: `Revoke ${name}` }).waitFor({ state: 'detached' });
  assert.equal(await ask(), 401);

  await page.getByRole('link', { name: 'Audit log' }).click();
  await page.getByRole('row', { name: /revoked Token/ }).first().waitFor();
  await page.getByRole('row', { name: /made Token/ }).first().waitFor();
  const split = await makePerson(await makeSource('Audited'));
  await api('POST', `/api/profiles/${split.id}/split`, { identifiers: [{ namespace: 'email', value: split.email }], reason: `a shared address ${name}` });
  await page.reload();
  await page.getByRole('row', { name: /split p_/ }).getByText(`a shared address ${name}`).waitFor();
  await close();
});
