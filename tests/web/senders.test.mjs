// Senders: who carries a channel is set up, tested and taken away; secrets are never shown, nobody's
// change is overwritten; links of mails; sending on hold.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { accessible, api, heading, open, picture, stop } from './harness.mjs';

const calls = [];
const sink = createServer((request, response) => {
  calls.push(request.headers);
  response.end('{}');
});

before(async () => {
  await api('PUT', '/api/settings/senders', {});
  await new Promise((resolve) => sink.listen(0, '127.0.0.1', resolve));
});
after(async () => {
  sink.close();
  await api('PUT', '/api/settings/senders', {});
  await api('PUT', '/api/settings/links', {});
  await stop();
});

const choose = async (page, field, option) => {
  await field.click();
  await page.getByRole('option', { name: option, exact: true }).click();
};

test('where nobody carries anything, the screen says how to begin; mail is set up', async () => {
  const { page, close } = await open('/');
  await heading(page, 'Overview');
  await page.keyboard.press('g');
  await page.keyboard.press('n');
  await heading(page, 'Senders');
  await page.getByText('Nobody carries any channel yet').waitFor();
  await page.getByText('No address is set. A mail').waitFor();
  await accessible(page, 'no senders');
  await picture(page, 'senders-none');

  await page.getByRole('button', { name: 'New sender' }).first().click();
  const dialog = page.getByRole('dialog');
  const save = dialog.getByRole('button', { name: 'Save' });
  await dialog.getByText('Name the server.').waitFor();
  assert.ok(await save.isDisabled());
  await dialog.getByRole('textbox', { name: 'Server' }).fill('smtp.example.org');
  await choose(page, dialog.getByRole('combobox', { name: 'Encryption' }), 'TLS from the first byte');
  await dialog.getByText('Usually port 465.').waitFor();
  await dialog.getByRole('spinbutton', { name: 'Port' }).fill('465');
  await dialog.getByRole('textbox', { name: 'User' }).fill('shop');
  await dialog.getByText('The password is needed').waitFor();
  await dialog.getByRole('textbox', { name: 'Password' }).fill('correct horse');
  await dialog.getByRole('spinbutton', { name: 'Messages a second, at most' }).fill('50');
  await accessible(page, 'new sender');
  await picture(page, 'sender-smtp');
  await save.click();
  await dialog.waitFor({ state: 'detached' });
  const row = page.locator('[data-channel="email"]');
  await row.getByText('smtp.example.org:465').waitFor();
  await row.getByText('50 a second').waitFor();
  await accessible(page, 'senders');
  await picture(page, 'senders');
  assert.deepEqual((await api('GET', '/api/settings/senders')).email, { type: 'smtp', host: 'smtp.example.org', port: 465, tls: 'implicit', user: 'shop', messages_per_second: 50, password_set: true });
  await close();
});

test('a password is never shown, stays where it is left empty, and goes to no other server', async () => {
  const { page, close } = await open('/senders');
  const row = page.locator('[data-channel="email"]');
  const edit = async () => {
    await row.getByRole('button', { name: 'Actions for E-mail' }).click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
  };
  await edit();
  const dialog = page.getByRole('dialog');
  assert.equal(await dialog.getByRole('textbox', { name: 'Password' }).inputValue(), '');
  await dialog.getByText('One is set. Leave this empty to keep it.').waitFor();
  await dialog.getByRole('spinbutton', { name: 'Connections' }).fill('2');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await row.getByText('over 2 connections').waitFor();
  assert.equal((await api('GET', '/api/settings/senders')).email.password_set, true);

  await edit();
  await dialog.getByRole('textbox', { name: 'Server' }).fill('other.example.org');
  await dialog.getByText('it goes to another server now').waitFor();
  assert.ok(await dialog.getByRole('button', { name: 'Save' }).isDisabled());
  await dialog.getByRole('textbox', { name: 'Password' }).fill('another');
  const others = await api('GET', '/api/settings/senders');
  await api('PUT', '/api/settings/senders', { ...others, push: { type: 'file' } });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('alert').getByText('Somebody was quicker').waitFor();
  assert.equal((await api('GET', '/api/settings/senders')).email.host, 'smtp.example.org', 'what somebody else wrote stands');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.locator('[data-channel="push"]').getByText('outbox/push.jsonl').waitFor();
  await close({ expected: [/412/] });
});

test('a gateway gets a fresh secret, a test message tells what came of it, and the sender is removed', async () => {
  const { page, close } = await open('/senders');
  await page.getByRole('button', { name: 'New sender' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Channel' }).fill('sms');
  await dialog.getByRole('textbox', { name: 'Address of the gateway' }).fill(`http://127.0.0.1:${sink.address().port}/sms`);
  await dialog.getByText('A secret is needed.').waitFor();
  await dialog.getByRole('button', { name: 'Make one' }).click();
  await dialog.getByRole('group', { name: 'Secret' }).getByText(/^whsec_/).waitFor();
  await dialog.getByRole('switch', { name: 'Private addresses are allowed' }).check();
  await accessible(page, 'gateway');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const row = page.locator('[data-channel="sms"]');
  await row.waitFor();

  await row.getByRole('button', { name: 'Actions for Text message' }).click();
  await page.getByRole('menuitem', { name: 'Send a test message' }).click();
  await dialog.getByRole('textbox', { name: 'To' }).fill('+40722000000');
  await dialog.getByRole('button', { name: 'Send a test message' }).click();
  await dialog.getByText('The provider took it').waitFor();
  assert.match(calls.at(-1)['webhook-signature'], /^v1,/);
  await accessible(page, 'test message');
  await picture(page, 'sender-test');
  sink.close();
  sink.closeAllConnections();
  await dialog.getByRole('button', { name: 'Send a test message' }).click();
  await dialog.getByText('It was not taken').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();

  await row.getByRole('button', { name: 'Actions for Text message' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await dialog.getByText('are refused and not kept for later').waitFor();
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await row.waitFor({ state: 'detached' });
  assert.equal((await api('GET', '/api/settings/senders')).sms, undefined);
  await close();
});

test('links of mails get an address, and the preview of a mail says when there is none', async () => {
  await api('PUT', '/api/templates/linked', { name: 'Linked', channel: 'email', subject: 'Hi', html: '<p>Hi</p>' });
  const { page, close } = await open('/templates/linked');
  await page.getByRole('complementary', { name: 'Preview' }).getByText('No address is set for links of mails').waitFor();
  await accessible(page, 'preview without links');
  await page.getByRole('link', { name: 'Set it under Senders' }).click();
  await heading(page, 'Senders');
  await page.getByRole('region', { name: 'Links of mails' }).getByRole('button', { name: 'Change' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address').fill('http://news.shop.example');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('alert').getByText('links: base_url').waitFor();
  await dialog.getByLabel('Address').fill('https://news.shop.example/');
  await accessible(page, 'links');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('https://news.shop.example/', { exact: true }).waitFor();
  await page.goBack();
  await heading(page, 'Linked');
  await page.frameLocator('iframe[title="Preview"]').getByText('Hi').waitFor();
  assert.equal(await page.getByText('No address is set for links of mails').count(), 0);
  await close({ expected: [/400/] });
});

test('the page reads in other languages, in the dark and on a phone, also while sending is on hold', async () => {
  await api('PUT', '/api/settings/senders', { email: { type: 'smtp', host: 'a-long-name-of-a-server.mail.example.org' }, webhook: { type: 'file' } });
  for (const [language, words, width, scheme] of [['en', 'Sending is on hold', 1360, 'light'], ['tr', 'Gönderim bekletiliyor', 1360, 'dark'], ['ro', 'Trimiterea este oprită', 390, 'dark']]) {
    const { page, close } = await open('/people', { language, width, scheme });
    await page.route('**/api/sending', (route) => route.fulfill({ json: { state: 'held', reason: 'restored', clock_ahead_seconds: 0, channels: [{ channel: 'email', sender: 'smtp', blocked: 'senders: email: the file of its authorities is not there', waiting: 4, sending: 0, uncertain: 0, sent: 0, refused: 0, expired: 0, failed: 0, under_way: 0, messages_per_second: null, last_error: null, last_error_at: null }, { channel: 'sms', sender: null, blocked: null, waiting: 2, sending: 0, uncertain: 1, sent: 0, refused: 7, expired: 0, failed: 0, under_way: 0, messages_per_second: null, last_error: '421 try later', last_error_at: new Date().toISOString() }] } }));
    await page.evaluate(() => { history.pushState({}, '', '/senders'); dispatchEvent(new PopStateEvent('popstate')); });
    await page.getByText(words, { exact: true }).waitFor();
    await page.locator('[data-channel="sms"]').getByText('421 try later').waitFor();
    await page.locator('[data-channel="email"]').getByRole('status').getByText('authorities is not there').waitFor();
    await accessible(page, `senders ${language}`);
    await picture(page, `senders-held-${language}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing is wider than the window');
    await close();
  }
});

test('a dialog gives the focus back to what opened it, also out of a menu', async () => {
  await api('PUT', '/api/settings/senders', { webhook: { type: 'file' } });
  const { page, close } = await open('/senders');
  const menu = page.getByRole('button', { name: 'Actions for Webhook' });
  const change = page.getByRole('region', { name: 'Links of mails' }).getByRole('button', { name: 'Change' });
  const dialog = page.getByRole('dialog');
  const isFocused = (place) => place.evaluate((element) => new Promise((resolve) => {
    const look = (left) => (document.activeElement === element || left === 0 ? resolve(document.activeElement === element) : setTimeout(() => look(left - 1), 50));
    look(40);
  }));
  await change.focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.ok(await isFocused(change), 'the button');

  await menu.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Edit' }).press('Enter');
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.ok(await isFocused(menu), 'the button of the menu');
  await close();
});
