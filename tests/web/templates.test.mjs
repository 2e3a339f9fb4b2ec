// Templates: writing one in several languages, what is wrong told where it is, the message as a person
// gets it, and the way back from a deletion.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, api, heading, makePerson, makeSource, open, picture, send, stop, unique } from './harness.mjs';

let source;
let person;

before(async () => {
  source = await makeSource();
  person = await makePerson(source);
  await send(source, [
    { type: 'identify', userId: person.userId, traits: { firstName: '<Elif>', locale: 'tr' } },
    { type: 'track', event: 'Cart Left', userId: person.userId, properties: { url: 'https://shop.example/cart', products: [{ name: 'Blue lamp', price: 12 }] } },
  ]);
});
after(stop);

const makeTemplate = (name, more = {}) => api('PUT', `/api/templates/${unique('t-')}`, { name, channel: 'email', subject: 'Hello', html: '<p>Hi {{ person.traits.firstName }}</p>', ...more });

test('a template is begun from an example and shown as a person gets it', async () => {
  const { page, close } = await open('/');
  await page.route('**/api/templates?*', (route) => route.fulfill({ json: { items: [], next: null } }));
  await heading(page, 'Overview');
  await page.keyboard.press('g');
  await page.keyboard.press('w');
  await heading(page, 'Templates');
  await page.getByText('No templates yet').waitFor();
  await accessible(page, 'no templates');
  await picture(page, 'templates-none');
  await page.getByRole('region', { name: 'Or begin with one of these' }).getByText('Cart reminder').click();
  await heading(page, 'New template');
  await page.unroute('**/api/templates?*');

  const preview = page.getByRole('complementary', { name: 'Preview' });
  const frame = page.frameLocator('iframe[title="Preview"]');
  await preview.getByText('Hello, your cart is waiting').waitFor();
  await frame.getByText('Linen shirt').waitFor();
  await preview.getByRole('combobox', { name: 'As this person gets it' }).fill(person.email);
  await page.getByRole('option', { name: person.name }).click();
  await preview.getByText('<Elif>, your cart is waiting').waitFor();
  await frame.getByText('Hi <Elif>,').waitFor();
  await preview.getByRole('combobox', { name: 'After this event' }).click();
  await page.getByRole('option', { name: /^Cart Left/ }).click();
  await frame.getByText('Blue lamp, 12').waitFor();
  await preview.getByText('event.properties.currency').waitFor();
  assert.equal(await page.locator('iframe').getAttribute('sandbox'), '', 'nothing of a message may run');
  await accessible(page, 'template preview');
  await picture(page, 'template-preview');

  await preview.getByText('Her language').click();
  await preview.getByText('<Elif>, sepetiniz sizi bekliyor').waitFor();

  const name = `Cart ${unique('')}`;
  await page.getByLabel('Name', { exact: false }).first().fill(name);
  await page.getByRole('button', { name: 'Save' }).click();
  await heading(page, name);
  await page.getByText('Saved', { exact: true }).waitFor();
  const kept = (await api('GET', '/api/templates?limit=500')).items.find((one) => one.name === name);
  assert.deepEqual(Object.keys(kept.locales).sort(), ['ro', 'tr']);
  assert.deepEqual(kept.required, ['event.properties.products']);
  await close();
});

test('what is wrong is told in its part and language, and leads to its place', async () => {
  const template = await makeTemplate(`Wrong ${unique('')}`, { required: ['event.properties.order_id'] });
  const { page, close } = await open(`/templates/${template.key}`);
  await heading(page, template.name);
  const preview = page.getByRole('complementary', { name: 'Preview' });
  const html = page.getByRole('textbox', { name: 'HTML' });
  await html.fill('<p>fine</p>\n<p>{{ x | nofilter }}</p>');
  const place = page.getByRole('button', { name: 'Line 2, column' });
  await place.waitFor();
  await preview.getByText('1 mistake').waitFor();
  await preview.getByText('As it was before:').waitFor();
  assert.ok(await page.frameLocator('iframe[title="Preview"]').getByText('Hi').count() > 0, 'the message of before stays');
  await place.click();
  const at = await html.evaluate((field) => field.value.slice(0, field.selectionStart).split('\n').length);
  assert.equal(at, 2, 'the caret stands where the mistake is');
  await accessible(page, 'template with a mistake');
  await picture(page, 'template-mistake');
  await html.fill('<p>{{ person.traits.nickname }}</p>');
  await place.waitFor({ state: 'detached' });
  await preview.getByText('person.traits.nickname').waitFor();

  await page.getByRole('button', { name: '+ Language' }).click();
  await page.getByRole('button', { name: 'Turkish' }).click();
  await page.getByRole('tab', { name: 'Turkish', selected: true }).waitFor();
  await page.getByRole('textbox', { name: 'Subject' }).fill('Merhaba {{');
  await page.getByRole('tab', { name: /Turkish.*has mistakes/ }).waitFor();
  await page.getByRole('tab', { name: 'English' }).click();
  await page.getByRole('button', { name: 'Line 1' }).waitFor({ state: 'detached' });
  await page.getByRole('tab', { name: /Turkish/ }).click();
  await page.getByRole('button', { name: 'Remove Turkish' }).click();
  await page.getByText('Turkish was removed.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('textbox', { name: 'Subject' }).fill('Merhaba');
  await preview.getByText('Merhaba', { exact: true }).waitFor();

  await preview.getByText('Change the example').click();
  await preview.getByRole('textbox', { name: 'Change the example' }).fill('{"event": "Visit"}');
  await preview.getByText('a value is missing that it makes no sense without: event.properties.order_id').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  assert.equal((await api('GET', `/api/templates/${template.key}`)).locales.tr.subject, 'Merhaba');
  await close();
});

test('what somebody else saved meanwhile is shown, and one of both is chosen', async () => {
  const template = await makeTemplate(`Shared ${unique('')}`);
  const { page, close } = await open(`/templates/${template.key}`);
  await heading(page, template.name);
  await page.getByRole('textbox', { name: 'Subject' }).fill('Mine');
  await api('PUT', `/api/templates/${template.key}`, { name: template.name, channel: 'email', subject: 'Theirs', html: '<p>x</p>' });
  await page.getByRole('button', { name: 'Save' }).click();
  const conflict = page.getByRole('alert');
  await conflict.getByText('. Theirs').waitFor();
  await accessible(page, 'template conflict');
  await conflict.getByRole('button', { name: 'Save mine in its place' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  assert.equal((await api('GET', `/api/templates/${template.key}`)).subject, 'Mine');
  await close({ expected: [/412/] });
});

test('a template is deleted and brought back', async () => {
  const template = await makeTemplate(`Old ${unique('')}`);
  const { page, close } = await open('/templates');
  await page.getByRole('button', { name: `Actions for ${template.name}` }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByText(`“${template.name}” was deleted.`).waitFor();
  await page.getByRole('link', { name: template.name }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('link', { name: template.name }).waitFor();
  await close();
});

test('the pages read in other languages, in the dark and on a phone', async () => {
  const template = await makeTemplate(`Words ${unique('')}`, { channel: 'sms', subject: undefined, html: undefined, text: 'Hi {{ person.traits.firstName | default: "you" }}' });
  for (const [language, words, width] of [['tr', 'Bu kişinin alacağı gibi', 1360], ['ro', 'Cum îl primește această persoană', 390]]) {
    const { page, close } = await open(`/templates/${template.key}`, { language, scheme: 'dark', width });
    await page.getByText(words, { exact: true }).waitFor();
    await page.getByText('Hi you', { exact: true }).waitFor();
    await accessible(page, `template ${language}`);
    await picture(page, `template-${language}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing is wider than the window');
    await close();
  }
});
