// Finding a person, reading the golden record, and changing who is who.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { accessible, api, heading, makePerson, makeSource, open, picture, send, stop } from './harness.mjs';

let source;
let person;

before(async () => {
  source = await makeSource();
  person = await makePerson(source);
});
after(stop);

test('a caller is found by any identifier, by keyboard alone', async () => {
  const { page, close } = await open('/');
  await heading(page, 'Overview');
  await page.keyboard.press('/');
  for (const words of [person.email, person.userId, person.anonymousId]) {
    await page.getByRole('combobox', { name: 'Search people and places' }).fill(words);
    await page.getByRole('option', { name: person.name }).waitFor();
  }
  await accessible(page, 'search');
  await picture(page, 'search');
  await page.keyboard.press('Enter');
  await heading(page, person.name);
  assert.ok(page.url().endsWith(`/people/${person.id}`), page.url());
  await close();
});

test('keys lead to every place and to their list', async () => {
  const { page, close } = await open('/');
  await heading(page, 'Overview');
  for (const [letter, title] of [['p', 'People'], ['s', 'Sources'], ['i', 'Imports'], ['m', 'Mappings'], ['r', 'Rejects'], ['c', 'Consents'], ['t', 'Tokens'], ['a', 'Audit log'], ['o', 'Overview']]) {
    await page.evaluate(() => document.activeElement?.blur()); // The search field of People takes letters.
    await page.keyboard.press('g');
    await page.keyboard.press(letter);
    await heading(page, title);
  }
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).getByText('Rejects').waitFor();
  await accessible(page, 'shortcuts');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await close();
});

test('people are searched as one types; nobody is told plainly', async () => {
  const { page, close } = await open('/people');
  await page.getByRole('searchbox', { name: 'Search people' }).fill(person.email);
  const row = page.getByRole('row', { name: person.name });
  await row.waitFor();
  assert.match(await row.innerText(), new RegExp(`user_id:${person.userId}`));
  assert.match(await row.innerText(), /known/);
  await page.getByRole('searchbox', { name: 'Search people' }).fill('zz-nobody-is-called-so');
  await page.getByText('Nobody matches “zz-nobody-is-called-so”').waitFor();
  await page.getByRole('searchbox', { name: 'Search people' }).fill('0532 999 88 77');
  await page.getByText(/begin with its country code, such as \+90/).waitFor();
  await close();
});

test('the golden record shows identifiers, provenance and the event itself', async () => {
  const { page, close } = await open(`/people/${person.id}`);
  await heading(page, person.name);
  const facts = await page.locator('main').innerText();
  for (const value of [person.userId, person.anonymousId, person.email, '4 events', 'known']) assert.ok(facts.includes(value), value);

  await page.getByRole('button', { name: /^plan/ }).click();
  await page.getByText(new RegExp(`The latest value: from ${source.key}`)).waitFor();
  assert.match(await page.getByRole('table', { name: 'Other values of plan' }).innerText(), /free/);

  await page.getByRole('button', { name: /Order Completed/ }).click();
  const body = page.getByRole('group', { name: 'Body of Order Completed' });
  await body.waitFor();
  assert.equal(JSON.parse(await body.innerText()).properties.order_id, person.orderId);
  await accessible(page, 'profile, opened');
  await picture(page, 'profile-open');

  await page.getByRole('button', { name: 'Show only Order Completed' }).click();
  await page.getByRole('button', { name: 'Only Order Completed ×' }).waitFor();
  await page.waitForFunction(() => document.querySelectorAll('.timeline-item').length === 1);
  await close();
});

test('a long timeline goes on, page by page', async () => {
  const many = await makePerson(source, 'Busy');
  await send(source, Array.from({ length: 70 }, (_, n) => ({ type: 'track', event: `Step ${n}`, userId: many.userId, timestamp: new Date(Date.now() - n * 1000).toISOString() })));
  const { page, close } = await open(`/people/${many.id}`);
  await page.getByRole('button', { name: 'Show more' }).click();
  // Beside them stands what followed from segments that other tests left.
  await page.waitForFunction(() => [...document.querySelectorAll('.timeline-item')].filter((item) => /Step \d/.test(item.textContent)).length === 70);
  await close();
});

test('the identity says why, in a drawing and in words', async () => {
  const { page, close } = await open(`/people/${person.id}?tab=identity`);
  await page.getByRole('img', { name: /3 identifiers and 2 links/ }).waitFor();
  const sentences = page.getByRole('list', { name: 'Why these identifiers are one person' });
  const text = await sentences.innerText();
  assert.match(text, new RegExp(`${person.userId}.*came together in identify from ${source.key}`));
  assert.match(text, /joined/);
  await close();
});

test('a split is previewed, done, respected and lifted', async () => {
  const twins = await makePerson(source, 'Twin');
  const { page, close } = await open(`/people/${twins.id}?tab=identity`);
  await page.getByRole('checkbox', { name: new RegExp(twins.anonymousId) }).check();
  await page.getByRole('button', { name: 'Split off 1 identifier …' }).click();
  const dialog = page.getByRole('dialog', { name: 'Split' });
  await dialog.getByRole('region', { name: 'After' }).getByText('After: 2 people').waitFor();
  await accessible(page, 'split preview');
  await picture(page, 'split-preview');
  assert.equal((await api('GET', `/api/profiles/${twins.id}`)).identifiers.length, 3, 'a preview changes nothing');
  assert.ok(await dialog.getByRole('button', { name: 'Split into two people' }).isDisabled(), 'a reason is needed');
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('two sisters share a tablet');
  await dialog.getByRole('button', { name: 'Split into two people' }).click();
  await dialog.waitFor({ state: 'detached' });

  // The page stays with the named person, though the visitor kept the id; both are a click away.
  await heading(page, twins.name);
  const done = page.getByRole('status').filter({ hasText: 'Split into two people' });
  await done.getByRole('link', { name: twins.anonymousId }).waitFor();
  await page.getByRole('img', { name: /; 1 pair kept apart$/ }).waitFor();
  assert.equal(await page.locator('.identity .apart .link.cut').count(), 1, 'the cut is drawn');
  await accessible(page, 'split done');
  await picture(page, 'split-done');
  await done.getByRole('link', { name: twins.anonymousId }).click();
  await heading(page, twins.anonymousId);
  await page.goBack();
  await heading(page, twins.name);
  await done.getByRole('button', { name: 'Lift what keeps them apart …' }).click();
  await page.getByRole('dialog', { name: 'Lift' }).getByRole('button', { name: 'Cancel' }).click();

  const apart = page.getByRole('region', { name: 'Kept apart' });
  await apart.getByText('two sisters share a tablet').waitFor();
  await send(source, [{ type: 'track', event: 'Again', userId: twins.userId, anonymousId: twins.anonymousId }]);
  await page.reload();
  await page.getByText('Not followed: a person said these are different people').waitFor();
  await picture(page, 'identity-refused');
  await accessible(page, 'identity, refused');

  await apart.getByRole('button', { name: 'Lift' }).click();
  const lift = page.getByRole('dialog', { name: 'Lift' });
  await lift.getByRole('textbox', { name: 'Reason' }).fill('it was one person after all');
  await lift.getByRole('button', { name: 'Lift' }).click();
  await apart.waitFor({ state: 'hidden' });
  const decided = page.getByRole('region', { name: 'What people decided' });
  await decided.getByText('two sisters share a tablet').waitFor();
  await decided.getByText(/^lifted: it was one person after all/).waitFor();
  await picture(page, 'identity-lifted');
  await accessible(page, 'identity, lifted');
  await close();
});

test('a split is undone from where it was done', async () => {
  const pair = await makePerson(source, 'Undone');
  const { page, close } = await open(`/people/${pair.id}?tab=identity`);
  await page.getByRole('checkbox', { name: new RegExp(pair.anonymousId) }).check();
  await page.getByRole('button', { name: 'Split off 1 identifier …' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Reason' }).fill('by mistake');
  await page.getByRole('dialog').getByRole('button', { name: 'Split into two people' }).click();
  await page.getByRole('button', { name: 'Undo: merge them again …' }).click();
  const undo = page.getByRole('dialog', { name: 'Merge with …' });
  await undo.getByText('After: 1 person').waitFor();
  await undo.getByRole('textbox', { name: 'Reason' }).fill('it was one person');
  await undo.getByRole('button', { name: 'Merge into one person' }).click();
  await page.getByText('Split into two people', { exact: true }).waitFor({ state: 'detached' });
  await heading(page, pair.name);
  assert.equal((await api('GET', `/api/profiles/${pair.id}`)).identifiers.length, 3);
  assert.equal((await api('GET', `/api/profiles/${pair.id}/explain`)).cannot_links.length, 0, 'nothing keeps them apart any more');
  await close();
});

test('a caller is known at one look: contact, orders, revenue, last seen', async () => {
  const caller = await makePerson(source, 'Caller');
  await send(source, [
    { type: 'track', event: 'Order Completed', userId: caller.userId, properties: { order_id: `${caller.orderId}-2`, revenue: 1249.5, total: 1300, currency: 'TRY' } },
    { type: 'track', event: 'Order Refunded', userId: caller.userId, properties: { order_id: caller.orderId, total: 10, currency: 'EUR' } },
  ]);
  for (const width of [1360, 390]) {
    const { page, close } = await open(`/people/${caller.id}`, { width });
    await heading(page, caller.name);
    const glance = page.getByRole('region', { name: 'At a glance' });
    await glance.getByText('of 3 events').waitFor();
    const text = (await glance.innerText()).replace(/\s+/g, ' ');
    for (const wanted of [caller.email, 'Orders 2', '€39.90 of 2 events', '₺1,249.50 of 1 event', 'Last seen']) assert.ok(text.includes(wanted), `${wanted}: ${text}`);
    assert.equal(await glance.getByRole('link', { name: caller.email }).getAttribute('href'), `mailto:${caller.email}`);
    assert.match(await page.getByRole('table', { name: 'What happened, summed' }).innerText(), /Order Completed\s+2/);
    const amount = page.locator('.timeline-amount', { hasText: '₺1,249.50' });
    const cut = await amount.evaluate((element) => element.scrollWidth - element.clientWidth);
    assert.ok(cut <= 0 && (await amount.isVisible()), 'the amount is not cut off');
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, 'nothing to scroll sideways');
    await picture(page, `profile-glance-${width}`);
    await accessible(page, `profile ${width}`);
    await close();
  }
});

test('a merge by hand is previewed, done and undone', async () => {
  const [one, two] = [await makePerson(source, 'Left'), await makePerson(source, 'Right')];
  // Two user ids never join by rule; by hand the second side is a mere visitor.
  await send(source, [{ type: 'page', name: 'Visit', anonymousId: `visit-${two.userId}` }]);
  const visitor = await api('GET', `/api/profiles/${encodeURIComponent(`anonymous_id:visit-${two.userId}`)}`);
  const { page, close } = await open(`/people/${one.id}?tab=identity`);
  await page.getByRole('button', { name: 'Merge with …' }).click();
  const dialog = page.getByRole('dialog', { name: 'Merge with …' });
  await dialog.getByRole('searchbox', { name: 'Search people' }).fill(`visit-${two.userId}`);
  await dialog.getByRole('button', { name: new RegExp(`visit-${two.userId}`) }).click();
  await dialog.getByRole('region', { name: 'After' }).getByText('After: 1 person').waitFor();
  await accessible(page, 'merge preview');
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('said so on the phone');
  await dialog.getByRole('button', { name: 'Merge into one person' }).click();
  await dialog.waitFor({ state: 'detached' });
  const news = page.getByRole('status').filter({ hasText: 'Merged into one person' });
  await news.getByRole('button', { name: 'Undo: split them again …' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.innerText.startsWith('Merged into one person'));
  assert.ok(await news.evaluate((one) => one.getBoundingClientRect().top >= 0 && one.getBoundingClientRect().bottom <= innerHeight), 'the news is seen');
  await accessible(page, 'merge done');
  await picture(page, 'merge-done');
  const merged = await api('GET', `/api/profiles/${one.id}`);
  assert.equal(merged.identifiers.length, 4);
  const found = await api('GET', `/api/profiles/${visitor.id}`);
  assert.equal(found.id, merged.id, 'the other id leads to the survivor');

  // Where the merge is told it is undone.
  await page.getByRole('listitem').filter({ hasText: 'were merged by' }).getByRole('button', { name: 'Undo this merge …' }).click();
  const undo = page.getByRole('dialog', { name: 'Split' });
  await undo.getByText('After: 2 people').waitFor();
  await undo.getByRole('textbox', { name: 'Reason' }).fill('it was her brother');
  await undo.getByRole('button', { name: 'Split into two people' }).click();
  await undo.waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement?.innerText.startsWith('Split into two people'));
  assert.ok(await page.getByRole('status').filter({ hasText: 'Split into two people' }).evaluate((one) => one.getBoundingClientRect().top >= 0 && one.getBoundingClientRect().bottom <= innerHeight), 'the news is seen');
  await page.getByRole('region', { name: 'What people decided' }).getByText(/^undone: it was her brother/).waitFor();
  assert.equal((await api('GET', `/api/profiles/${one.id}`)).identifiers.length, 3);
  await close();
});

test('everything about a person leaves as a file, and then the person', async () => {
  const leaving = await makePerson(source, 'Leaving');
  const { page, close } = await open(`/people/${leaving.id}`);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Export' }).click()]);
  const exported = JSON.parse(await readFile(await download.path(), 'utf8'));
  assert.equal(exported.profile.id, leaving.id);
  assert.ok(exported.events.some((event) => event.body.properties?.order_id === leaving.orderId));

  await page.getByRole('button', { name: 'Erase …' }).click();
  const dialog = page.getByRole('dialog', { name: 'Erase this person' });
  await dialog.waitFor();
  await accessible(page, 'erase');
  assert.ok(await dialog.getByRole('button', { name: 'Erase for ever' }).isDisabled());
  await dialog.getByRole('textbox').fill(leaving.id.slice(-6));
  await dialog.getByRole('button', { name: 'Erase for ever' }).click();
  await dialog.getByText(/^Hidden\. Clean by/).waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await heading(page, 'People');
  await page.goto(`${page.url().split('/people')[0]}/people/${leaving.id}`);
  await page.getByRole('alert').getByText(/profile/).waitFor();
  await close({ expected: [/404/] });
});
