// Purposes, topics, what people said, suppressed addresses; and the consents of one person.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, api, heading, makePerson, makeSource, open, picture, send, stop, unique } from './harness.mjs';

let source;
let person;

before(async () => {
  source = await makeSource();
  person = await makePerson(source);
});
after(stop);

test('a purpose and its topic are made, changed and deleted', async () => {
  const id = unique('');
  const { page, close } = await open('/');
  await heading(page, 'Overview');
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await heading(page, 'Consents');
  await page.getByRole('button', { name: 'New purpose' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: false }).first().fill(`Offers ${id}`);
  await dialog.getByLabel('Names in banners').fill(`ads-${id}\nmore-${id}`);
  await accessible(page, 'new purpose');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const row = page.locator(`[data-purpose="offers-${id}"]`);
  await row.waitFor();
  assert.match(await row.innerText(), new RegExp(`consent[\\s\\S]*ads-${id}, more-${id}[\\s\\S]*24 months`));
  await accessible(page, 'purposes');
  await picture(page, 'purposes');

  await page.getByRole('button', { name: 'Change …' }).click();
  await dialog.getByLabel('At most so many messages').fill('4');
  await dialog.getByLabel('Quiet from').fill('21:00');
  await dialog.getByLabel('until').fill('09:00');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Quiet from 21:00 to 09:00, by the clock of the person.').waitFor();
  await page.getByText('At most 4 messages within 7 days').waitFor();

  await page.getByRole('tab', { name: 'Topics' }).click();
  await page.getByRole('button', { name: 'New topic' }).click();
  await dialog.getByLabel('Name', { exact: false }).first().fill(`News ${id}`);
  await dialog.getByRole('combobox', { name: 'Purpose' }).click();
  await page.getByRole('option', { name: `Offers ${id}` }).click();
  await dialog.getByLabel('At most so many messages').fill('2');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const topic = page.locator(`[data-topic="news-${id}"]`);
  await topic.waitFor();
  assert.match(await topic.innerText(), /2 \/ 7 days/);
  await accessible(page, 'topics');

  await page.getByRole('tab', { name: 'Purposes' }).click();
  await page.getByRole('button', { name: `Delete Offers ${id}` }).click();
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await dialog.getByText(`the topic news-${id} is for it`).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('tab', { name: 'Topics' }).click();
  await page.getByRole('button', { name: `Delete News ${id}` }).click();
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await topic.waitFor({ state: 'detached' });
  await close({ expected: [/422/] });
});

test('what somebody else made of a purpose, or of the quiet hours, meanwhile is not overwritten', async () => {
  const key = unique('p-');
  await api('PUT', `/api/purposes/${key}`, { name: key });
  await api('PUT', '/api/settings/messaging', { quiet_hours: { from: '22:00', to: '08:00' } });
  const { page, close } = await open('/consents');
  const dialog = page.getByRole('dialog');
  const refused = () => dialog.getByRole('alert').getByText('Somebody was quicker').waitFor();
  await page.getByRole('button', { name: `Edit ${key}` }).click();
  await api('PUT', `/api/purposes/${key}`, { name: `${key} theirs` });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await refused();
  await accessible(page, 'purpose changed meanwhile');
  assert.equal((await api('GET', `/api/purposes/${key}`)).name, `${key} theirs`);
  await dialog.getByRole('button', { name: 'Cancel' }).click();

  await page.getByRole('button', { name: `Delete ${key} theirs` }).click();
  await api('PUT', `/api/purposes/${key}`, { name: `${key} again` });
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await refused();
  assert.equal((await api('GET', `/api/purposes/${key}`)).name, `${key} again`);
  await dialog.getByRole('button', { name: 'Cancel' }).click();

  await page.getByRole('button', { name: 'Change …' }).click();
  await dialog.getByLabel('Quiet from').fill('20:00');
  await api('PUT', '/api/settings/messaging', { quiet_hours: { from: '23:00', to: '07:00' } });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await refused();
  assert.equal((await api('GET', '/api/settings/messaging')).quiet_hours.from, '23:00');
  await api('PUT', '/api/settings/messaging', {});
  await close({ expected: [/412/] });
});

test('the page reads in other languages and in the dark', async () => {
  for (const [language, title, tab] of [['tr', 'Onaylar', 'Engellenen adresler'], ['ro', 'Acorduri', 'Adrese blocate']]) {
    const { page, close } = await open('/consents', { language, scheme: 'dark' });
    await heading(page, title);
    await page.getByRole('tab', { name: tab }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: language === 'tr' ? 'Adres engelle' : 'Blochează o adresă' }).first().waitFor();
    await accessible(page, `consents ${language}`);
    await picture(page, `consents-${language}`);
    await close();
  }
});

test('a filter that nothing fits says so, not that there is nothing at all', async () => {
  const { page, close } = await open('/consents?tab=statements');
  await page.route(/\/api\/(consents|suppressions)\?/, (route) => route.fulfill({ json: { items: [], next: null } }));
  await page.reload();
  await page.getByText('Nobody has said anything yet').waitFor();
  await page.getByRole('combobox', { name: 'State' }).click();
  await page.getByRole('option', { name: 'withdrawn' }).click();
  await page.getByText('Nobody said that').waitFor();
  await page.getByRole('tab', { name: 'Suppressed addresses' }).click();
  await page.getByText('No address is suppressed', { exact: true }).waitFor();
  await page.getByRole('combobox', { name: 'Reason' }).click();
  await page.getByRole('option', { name: 'complained' }).click();
  await page.getByText('No address for this reason').waitFor();
  await accessible(page, 'nothing fits');
  await close();
});

test('an address is suppressed, found by typing it, and taken off with a reason', async () => {
  const address = `gone.${unique('')}@example.com`;
  const { page, close } = await open('/consents?tab=suppressions');
  await heading(page, 'Consents');
  const search = page.getByRole('region', { name: 'Is an address suppressed?' });
  await search.getByLabel('Address').fill(address);
  await search.getByRole('button', { name: 'Look up' }).click();
  await search.getByText(`${address} is not suppressed.`).waitFor();

  await page.getByRole('button', { name: 'Suppress an address' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address').fill(` ${address.toUpperCase()}`);
  await dialog.getByRole('combobox', { name: 'Reason' }).click();
  await page.getByRole('option', { name: 'complained' }).click();
  await dialog.getByRole('button', { name: 'Suppress an address' }).click();
  await dialog.waitFor({ state: 'detached' });
  const table = page.getByRole('table', { name: 'Suppressed addresses' });
  await table.getByText('complained').first().waitFor();
  assert.ok(!(await table.innerText()).toLowerCase().includes(address), 'no list shows an address');
  await accessible(page, 'suppressions');
  await picture(page, 'suppressions');

  await search.getByRole('button', { name: 'Look up' }).click();
  await search.getByText(`${address} is suppressed`).waitFor();
  await search.getByRole('button', { name: 'Take off' }).click();
  assert.ok(await dialog.getByRole('button', { name: 'Take off' }).isDisabled());
  await dialog.getByLabel('Why').fill('asked to be written to again');
  await dialog.getByRole('button', { name: 'Take off' }).click();
  await dialog.waitFor({ state: 'detached' });
  await search.getByRole('button', { name: 'Look up' }).click();
  await search.getByText(`${address} is not suppressed.`).waitFor();
  await close();
});

test('the page of a person shows what she said, and takes what she says now', async () => {
  const id = unique('');
  await api('PUT', `/api/purposes/offers-${id}`, { name: `Offers ${id}` });
  await send(source, [{ type: 'track', event: 'Consent Given', userId: person.userId, properties: { purpose: `offers-${id}`, channel: 'web', notice_version: '2026-01', evidence: 'form 17' } }]);
  const { page, close } = await open(`/people/${person.id}`);
  const panel = page.getByRole('region', { name: 'Consents' });
  const row = panel.locator(`[data-consent="offers-${id}"]`);
  await row.waitFor();
  assert.match(await row.innerText(), /given[\s\S]*by an event[\s\S]*notice 2026-01[\s\S]*form 17/);

  await panel.getByRole('button', { name: 'Write down …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'About' }).click();
  await page.getByRole('option', { name: `Offers ${id}` }).click();
  await accessible(page, 'write down');
  await dialog.getByRole('button', { name: 'Write down' }).click();
  await dialog.waitFor({ state: 'detached' });
  await row.getByText('withdrawn').waitFor();
  await accessible(page, 'person with consents');
  await picture(page, 'person-consents');

  await page.goto(page.url().replace(/\/people\/.*/, '/consents?tab=statements'));
  const table = page.getByRole('table', { name: 'What people said' });
  await table.getByText(`offers-${id}`).first().waitFor();
  assert.equal(await table.getByText(`offers-${id}`).count(), 2);
  await accessible(page, 'statements');
  await close();
});
