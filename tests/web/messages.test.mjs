// Messages: why one was not sent, deciding about one of which nobody knows, and sending on hold. What
// only a provider that breaks or a restored directory brings about is answered in its place here.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, heading, makePerson, makeShippedJourney, makeSource, open, picture, stop, unique } from './harness.mjs';

let person;
let messages;

const kSending = {
  state: 'on', reason: null, clock_ahead_seconds: 0,
  channels: [{ channel: 'email', sender: 'smtp', blocked: null, waiting: 1, sending: 0, uncertain: 1, sent: 12, refused: 2, expired: 0, failed: 0, under_way: 0, messages_per_second: 50, last_error: null, last_error_at: null }],
};

before(async () => {
  person = await makePerson(await makeSource());
  const at = new Date(Date.now() - 60_000).toISOString();
  const shared = { waits_for: null, due: null, not_after: at, asked_at: at, profile: person.id, channel: 'email', template: 'cart-reminder', purpose: 'offers', topic: null, url: null, journey: 'abandoned-cart', version: 3, step: 'reminder', run: '0'.repeat(32), position: '0:72', attempts: [] };
  const attempt = { number: 1, begun_at: at, to: { namespace: 'email', value: person.email }, ended_at: at, outcome: 'uncertain', stage: 'content', code: null, detail: 'the connection broke' };
  messages = [
    { ...shared, id: '1'.repeat(32), state: 'uncertain', reason: null, attempts: [attempt] },
    { ...shared, id: '2'.repeat(32), state: 'refused', reason: 'capped' },
    { ...shared, id: '3'.repeat(32), state: 'waiting', reason: null, waits_for: 'quiet_hours', due: new Date(Date.now() + 3_600_000).toISOString() },
  ];
});
after(stop);

/** Answers what this test is about; everything else comes from the server. */
async function answer(page, { sending = kSending, asked = [] } = {}) {
  await page.route(/\/api\/messages(\?|$)/, (route) => {
    const query = new URL(route.request().url()).searchParams;
    asked.push(Object.fromEntries(query));
    const items = messages.filter((one) => (!query.get('state') || one.state === query.get('state')) && (!query.get('reason') || one.reason === query.get('reason')));
    return route.fulfill({ json: { items, next: null } });
  });
  await page.route('**/api/sending', (route) => route.fulfill({ json: sending }));
}

test('a server without messages says how they come', async () => {
  const { page, close } = await open('/');
  await heading(page, 'Overview');
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await heading(page, 'Messages');
  await page.getByRole('group', { name: 'Messages by state' }).waitFor();
  await page.getByRole('table').or(page.getByText('No messages yet')).first().waitFor();
  await accessible(page, 'no messages');
  await close();
});

test('why she did not get it stands in words', async () => {
  const asked = [];
  const { page, close } = await open(`/people/${person.id}`);
  await answer(page, { asked });
  await page.getByRole('main').getByRole('link', { name: 'Messages', exact: true }).click();
  await heading(page, 'Messages');
  assert.equal(asked[0].person, person.id);
  const row = page.locator(`[data-message="${'2'.repeat(32)}"]`);
  await row.getByText('frequency cap').waitFor();
  await row.getByRole('link', { name: person.name }).waitFor();
  await row.getByRole('button', { name: 'cart-reminder' }).click();
  await page.getByText('She had got as many messages as she may within that time.').waitFor();
  await page.getByText('It was never handed to a provider.').waitFor();
  await accessible(page, 'messages');
  await picture(page, 'messages');

  await page.getByRole('combobox', { name: 'Reason' }).click();
  await page.getByRole('option', { name: 'quiet hours' }).click();
  await page.getByText('No message fits').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await row.waitFor();
  await page.getByRole('button', { name: '2 not sent' }).click();
  await page.waitForURL(/state=refused/);
  await close();
});

test('messages are found by their journey, also by one that was made just now or is gone', async () => {
  const asked = [];
  const name = `Fresh ${unique('')}`;
  const { page, close } = await open('/people');
  await answer(page, { asked });
  await page.evaluate(() => { history.pushState({}, '', '/messages?journey=long-gone'); dispatchEvent(new PopStateEvent('popstate')); });
  const journey = page.getByRole('combobox', { name: 'Journey' });
  await page.waitForFunction(() => document.querySelector('.message-filters')?.textContent !== undefined);
  assert.equal(await journey.inputValue(), 'long-gone');
  const { key } = await makeShippedJourney('abandoned-cart', { name, publish: false });
  await journey.fill(name.slice(0, 10));
  await page.getByRole('option', { name, exact: true }).click();
  await page.waitForURL(`**/messages?journey=${key}`);
  await page.waitForFunction((wanted) => [...document.querySelectorAll('.message-filters input')].some((one) => one.value === wanted), name);
  await page.getByRole('button', { name: '2 not sent' }).click();
  await page.getByRole('combobox', { name: 'Reason' }).click();
  await page.getByRole('option', { name: 'quiet hours' }).click();
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.locator(`[data-message="${'1'.repeat(32)}"]`).waitFor();
  await page.waitForFunction((wanted) => [...document.querySelectorAll('.message-filters input')].every((one) => one.value !== wanted), name);
  assert.equal(asked.at(-1).journey, undefined);
  await page.getByRole('table').getByText('E-mail').first().waitFor();
  await close();
});

test('somebody decides about a message of which nobody knows, and says why', async () => {
  const { page, close } = await open('/people');
  await answer(page);
  let decided;
  await page.route('**/api/messages/*/decide', (route) => {
    decided = route.request().postDataJSON();
    return route.fulfill({ json: { ...messages[0], state: 'sent' } });
  });
  await page.getByRole('navigation').getByRole('link', { name: 'Messages' }).click();
  await page.getByText('Of 1 message nobody knows whether it was sent.').waitFor();
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.locator(`[data-message="${'1'.repeat(32)}"]`).getByRole('button', { name: 'Decide …' }).click();
  const dialog = page.getByRole('dialog');
  assert.ok(await dialog.getByRole('button', { name: 'Decide' }).isDisabled());
  await dialog.getByRole('radio', { name: 'It was sent' }).check();
  await dialog.getByLabel('Why').fill('the provider shows it');
  await accessible(page, 'decide');
  await picture(page, 'message-decide');
  await dialog.getByRole('button', { name: 'Decide' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(decided, { decision: 'was_sent', reason: 'the provider shows it' });
  await close();
});

test('of many of which nobody knows somebody decides at once, with the number before', async () => {
  const { page, close } = await open('/messages?state=uncertain');
  const said = [];
  messages.push({ ...messages[0], id: '4'.repeat(32) });
  await answer(page);
  await page.route(/\/api\/messages\/decide/, (route) => {
    const body = route.request().postDataJSON();
    if (route.request().url().includes('dry_run=true')) return route.fulfill({ json: { messages: 1000, has_more: true } });
    said.push(body);
    return route.fulfill({ json: { decided: 1000, has_more: said.length < 2 } });
  });
  await page.reload();
  await page.getByRole('button', { name: 'Decide about all of these …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('more than 1,000 messages').waitFor();
  await dialog.getByRole('radio', { name: 'It was sent' }).check();
  await dialog.getByLabel('Why').fill('the provider shows them all');
  await accessible(page, 'decide about all');
  await picture(page, 'message-decide-all');
  await dialog.getByRole('button', { name: 'Decide' }).click();
  await dialog.waitFor({ state: 'detached' });
  messages.pop();
  assert.equal(said.length, 2, 'until none is left');
  assert.equal(said[0].decision, 'was_sent');
  assert.ok(Date.parse(said[0].asked_before) <= Date.now(), 'what is asked for from now on is not decided');
  assert.equal(said[0].asked_before, said[1].asked_before);
  await close();
});

test('sending on hold is told, and resumed with a choice about what is due', async () => {
  for (const [language, scheme, words] of [['en', 'light', 'Sending is on hold'], ['tr', 'dark', 'Gönderim bekletiliyor'], ['ro', 'dark', 'Trimiterea este oprită']]) {
    const { page, close } = await open('/people', { language, scheme, width: language === 'ro' ? 390 : 1360 });
    await answer(page, { sending: { ...kSending, state: 'held', reason: 'restored' } });
    await page.evaluate(() => { history.pushState({}, '', '/messages'); dispatchEvent(new PopStateEvent('popstate')); });
    await page.getByText(words, { exact: true }).waitFor();
    await accessible(page, `messages held ${language}`);
    await picture(page, `messages-held-${language}`);
    if (language === 'en') {
      let resumed;
      await page.route('**/api/sending/resume', (route) => { resumed = route.request().postDataJSON(); return route.fulfill({ json: kSending }); });
      await page.getByRole('button', { name: 'Resume sending …' }).click();
      await page.getByRole('dialog').getByRole('radio', { name: 'Send it' }).check();
      await accessible(page, 'resume');
      await page.getByRole('dialog').getByRole('button', { name: 'Resume sending' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      assert.deepEqual(resumed, { overdue: 'send' });
    }
    await close();
  }
});

test('a clock that jumped is told in words, and resuming asks nothing about what is due', async () => {
  const { page, close } = await open('/people');
  await answer(page, { sending: { ...kSending, state: 'held', reason: 'the clock jumped', clock_ahead_seconds: 7260, channels: [{ ...kSending.channels[0], blocked: 'senders: email: no such file' }] } });
  let resumed;
  await page.route('**/api/sending/resume', (route) => { resumed = route.request().postDataJSON(); return route.fulfill({ json: kSending }); });
  await page.evaluate(() => { history.pushState({}, '', '/messages'); dispatchEvent(new PopStateEvent('popstate')); });
  await page.getByText('The clock of the server has jumped 2 hours ahead').waitFor();
  await page.getByText('Set the clock right, and all goes on by itself.').waitFor();
  await page.getByText('E-mail: messages wait, because the sender cannot be used.').waitFor();
  await accessible(page, 'messages while the clock is ahead');
  await picture(page, 'messages-clock');
  await page.getByRole('button', { name: 'Resume sending …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('This says that the clock is right now.').waitFor();
  assert.equal(await dialog.getByRole('radio').count(), 0);
  await dialog.getByRole('button', { name: 'Resume sending' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(resumed, { overdue: 'ask' });
  await close();
});
