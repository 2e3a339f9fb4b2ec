// Segments: building one while its people are counted, saving against somebody else's change, who is
// in it, and where a person shows that she is.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, api, heading, makePerson, makeSegment, makeSource, open, picture, send, stop, unique } from './harness.mjs';

let source;
let person;
let event; // That only this run sends.

before(async () => {
  source = await makeSource();
  person = await makePerson(source);
  event = `Lamp Bought ${unique('')}`;
  await send(source, [1, 2, 3].map((amount) => ({ type: 'track', event, userId: person.userId, properties: { amount, color: amount > 1 ? 'red' : 'blue' } })));
});
after(stop);

const choose = async (page, field, option) => {
  await field.click();
  await page.getByRole('option', { name: option }).first().click();
};

test('a segment is built by rows, counted while it changes, and holds who fits', async () => {
  const name = `Lamps ${unique('')}`;
  const { page, close } = await open('/');
  await heading(page, 'Overview');
  await page.keyboard.press('g');
  await page.keyboard.press('g');
  await heading(page, 'Segments');
  await page.getByRole('link', { name: 'New segment' }).first().click();
  await heading(page, 'New segment');
  await page.getByLabel('Name', { exact: false }).first().fill(name);
  const preview = page.getByRole('complementary', { name: 'People the draft means' });
  await preview.getByText('As soon as you say who').waitFor();

  const row = page.getByRole('group', { name: 'Condition 1', exact: true });
  await row.getByRole('combobox', { name: 'Event' }).click();
  await page.keyboard.type(event.slice(0, 14));
  await page.getByRole('option', { name: event }).click();
  await row.getByRole('textbox', { name: 'Times' }).fill('2');
  await page.getByText(`People who did ${event} at least 2 times`, { exact: true }).waitFor();
  await preview.getByRole('status').getByText('1', { exact: true }).waitFor();
  await preview.getByRole('link', { name: person.name }).waitFor();

  await row.getByRole('button', { name: '+ Where' }).click();
  const where = page.getByRole('group', { name: 'Condition 1.1' });
  await where.getByRole('combobox', { name: 'Property' }).fill('color');
  await where.getByRole('combobox', { name: 'Value' }).fill('red');
  await page.getByText(`People who did ${event} where color is red at least 2 times`, { exact: true }).waitFor();
  await row.getByRole('textbox', { name: 'Times' }).fill('3');
  await preview.getByRole('status').getByText('0', { exact: true }).waitFor();
  await row.getByRole('textbox', { name: 'Times' }).fill('2');

  await page.getByRole('button', { name: '+ Trait' }).click();
  const trait = page.getByRole('group', { name: 'Condition 2', exact: true });
  await trait.getByRole('combobox', { name: 'Trait of the person' }).fill('plan');
  await trait.getByRole('combobox', { name: 'Value' }).fill('pro');
  await page.getByText(`People who did ${event} where color is red at least 2 times and whose plan is pro`, { exact: true }).waitFor();
  await preview.getByRole('status').getByText('1', { exact: true }).waitFor();
  await accessible(page, 'segment builder');
  await picture(page, 'segment-builder');

  await page.getByRole('button', { name: 'Save' }).click();
  await heading(page, name);
  await page.locator('[data-size="1"]').waitFor();
  const members = page.getByRole('table', { name: 'Who is in it' });
  await page.reload(); // Without waiting for the next look at it.
  await members.getByRole('link', { name: person.name }).waitFor();
  await accessible(page, 'segment');
  await picture(page, 'segment-page');

  await members.getByRole('link', { name: person.name }).click();
  await heading(page, person.name);
  await page.getByRole('region', { name: 'Segments' }).getByRole('link', { name }).waitFor();
  await page.getByRole('region', { name: 'Timeline' }).getByText(`entered the segment ${name}`).waitFor();
  await accessible(page, 'person in a segment');
  await picture(page, 'person-segments');
  await close();
});

test('what was removed comes back, and conditions can be written as JSON', async () => {
  const segment = await makeSegment(`Groups ${unique('')}`, { and: [{ not: { did: event, within: '90d' } }, { or: [{ trait: 'plan', op: 'eq', value: 'pro' }, { identifier: 'email', op: 'exists' }] }] });
  const { page, close } = await open(`/segments/${segment.key}/edit`);
  const words = `People who never did ${event} within 90 days and (whose plan is pro or whose email is known)`;
  await page.getByText(words, { exact: true }).waitFor();
  const save = page.getByRole('button', { name: 'Save' });
  assert.ok(await save.isDisabled(), 'nothing was changed');
  await page.getByRole('button', { name: 'Remove group 2', exact: true }).click();
  await page.getByText(`People who never did ${event} within 90 days`, { exact: true }).waitFor();
  await page.getByText('in place of').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText(words, { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Edit as JSON' }).click();
  const text = page.getByRole('textbox', { name: 'Conditions' });
  await text.fill('{"did":');
  await page.getByText('This is no JSON.').first().waitFor();
  assert.ok(await save.isDisabled());
  await text.fill(JSON.stringify({ did: event, count: { gte: 2, lte: 5 } }));
  await page.getByText('These conditions can only be shown as JSON.').waitFor();
  await page.getByRole('complementary').getByRole('status').getByText('1', { exact: true }).waitFor();
  await text.fill(JSON.stringify({ did: event, count: { gte: 101 } }));
  await page.getByRole('alert').getByText('segment: conditions').waitFor();
  await text.fill(JSON.stringify({ did: event }));
  await page.getByRole('button', { name: 'Edit as rows' }).click();
  await page.getByText(`People who did ${event} at least once`, { exact: true }).waitFor();
  await accessible(page, 'segment editor');
  await close({ expected: [/400/] });
});

test('what somebody else saved meanwhile is shown, and one of both is chosen', async () => {
  const segment = await makeSegment(`Shared ${unique('')}`);
  const theirs = { name: `${segment.name} theirs`, conditions: [{ did: event }] };
  const { page, close } = await open(`/segments/${segment.key}/edit`);
  const name = page.getByLabel('Name', { exact: false }).first();
  const save = page.getByRole('button', { name: 'Save', exact: true });
  await name.fill(`${segment.name} mine`);
  await api('PUT', `/api/segments/${segment.key}`, theirs);
  await save.click();
  const conflict = page.getByRole('alert');
  await conflict.getByText('saved this after you opened it').waitFor();
  await conflict.getByText(`People who did ${event} at least once`).waitFor();
  await accessible(page, 'segment conflict');
  await picture(page, 'segment-conflict');
  await conflict.getByRole('button', { name: 'Go on from theirs' }).click();
  assert.equal(await name.inputValue(), theirs.name);

  await name.fill(`${segment.name} mine`);
  await api('PUT', `/api/segments/${segment.key}`, { ...theirs, name: 'again' });
  await save.click();
  await conflict.getByRole('button', { name: 'Save mine in its place' }).click();
  await heading(page, `${segment.name} mine`);
  assert.equal((await api('GET', `/api/segments/${segment.key}`)).name, `${segment.name} mine`);
  await close({ expected: [/412/] });
});

test('a segment is renamed, deleted, and brought back', async () => {
  const segment = await makeSegment(`Old ${unique('')}`);
  const fresh = `New ${unique('')}`;
  const { page, close } = await open('/segments');
  await heading(page, 'Segments');
  await page.getByRole('button', { name: `Actions for ${segment.name}` }).click();
  await page.getByRole('menuitem', { name: 'Rename …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: false }).fill(fresh);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('link', { name: fresh }).click();
  await heading(page, fresh);
  await page.getByRole('button', { name: `Actions for ${fresh}` }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await heading(page, 'Segments');
  await page.getByRole('link', { name: fresh }).waitFor({ state: 'detached' });
  await page.getByText(`“${fresh}” was deleted.`).waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('link', { name: fresh }).waitFor();
  await close();
});

test('where there are none, examples of events that there are begin one', async () => {
  const { page, close } = await open('/');
  await page.route('**/api/segments?*', (route) => route.fulfill({ json: { items: [], next: null } }));
  await page.getByRole('navigation').getByRole('link', { name: 'Segments' }).click();
  await page.getByText('No segments yet').waitFor();
  await accessible(page, 'no segments');
  await picture(page, 'segments-none');
  await page.getByRole('region', { name: 'Or begin with one of these' }).getByText('Gone quiet').click();
  await heading(page, 'New segment');
  await page.getByText(/People who did .+ at least once and who never did .+ within 90 days/).waitFor();
  assert.equal(await page.getByLabel('Name', { exact: false }).first().inputValue(), 'Gone quiet');
  await close();
});

test('who would have been in it is asked of history, and stopped', async () => {
  const segment = await makeSegment(`Past ${unique('')}`, [{ did: event }]);
  const { page, close } = await open(`/segments/${segment.key}`);
  await heading(page, segment.name);
  const past = page.getByRole('region', { name: 'Over history' });
  await page.route('**/backtest?*', () => {}); // Never answered.
  await past.getByRole('button', { name: 'Look' }).click();
  await past.getByRole('button', { name: 'Stop' }).click();
  await page.unroute('**/backtest?*');
  await past.getByRole('button', { name: 'Look' }).click();
  await past.getByText('1 person was in it: 0 at the beginning, 1 at the end.').waitFor();
  await past.getByRole('link', { name: person.name }).waitFor();
  await accessible(page, 'a segment over history');
  await close({ expected: [/ERR_/] });
});

test('the pages read in other languages and in the dark', async () => {
  const segment = await makeSegment(`Words ${unique('')}`, [{ did: event, count: { gte: 2 }, within: '90d' }, { trait: 'plan', op: 'eq', value: 'pro' }]);
  for (const [language, words] of [['tr', `Şu kişiler: ${event} en az 2 kez yaptı (90 gün içinde) ve plan = pro`], ['ro', `Persoana care a făcut ${event} de cel puțin 2 ori în 90 de zile și la care plan este pro`]]) {
    const { page, close } = await open(`/segments/${segment.key}`, { language, scheme: 'dark' });
    await page.getByText(words, { exact: true }).waitFor();
    await accessible(page, `segment ${language}`);
    await picture(page, `segment-${language}`);
    await close();
  }
});
