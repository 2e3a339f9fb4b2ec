// Every screen in both themes: it shows, axe finds nothing, the console stays empty. Pictures are
// kept in out/ to be looked at.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, api, heading, makeDashboard, makePerson, makeQuestion, makeSegment, makeShippedJourney, makeSource, open, picture, send, stop, unique } from './harness.mjs';

let source;
let person;
let question;
let dashboard;
let segment;
let journey;
let template;

before(async () => {
  source = await makeSource();
  person = await makePerson(source);
  await send(source, [{ type: 'track', event: 'Order Completed', properties: { order_id: 'no id' } }]);
  question = await makeQuestion('Orders a day');
  const funnel = await makeQuestion('From visit to order', { kind: 'funnel', from: '-7d', steps: [{ type: 'page' }, { event: 'Order Completed' }] });
  const figures = await makeQuestion('Orders in all', undefined, { chart: 'number' });
  segment = await makeSegment('Buyers', { or: [{ did: 'Order Completed', count: { gte: 2 }, within: '90d' }, { trait: 'plan', op: 'eq', value: 'pro' }] });
  template = await api('PUT', `/api/templates/${unique('t-')}`, { name: 'Cart reminder', channel: 'email', subject: 'Your cart', html: '<p>Hi {{ person.traits.name }}</p>' });
  journey = await makeShippedJourney('abandoned-cart');
  await send(source, [{ type: 'track', event: 'Product Added', userId: person.userId }]);
  const { items } = await api('GET', '/api/catalog-types');
  const { key: catalog, ...type } = items.find((one) => one.key === 'order');
  await api('PUT', `/api/catalogs/${catalog}`, type);
  await api('POST', `/api/catalogs/${catalog}/items`, [{ id: unique('A-'), customer_id: person.userId, state: 'ready', store: 'Cluj', total: 12.5 }]);
  dashboard = await makeDashboard('Sales', [question, funnel, figures], { description: 'What the shop sells', range: { from: '-30d' } });
});
after(stop);

const screens = () => [
  ['overview', '/', 'Overview'],
  ['explore', '/explore', 'Explore'],
  ['questions', '/questions', 'Saved questions'],
  ['question', `/questions/${question.key}`, 'Orders a day'],
  ['dashboards', '/dashboards', 'Dashboards'],
  ['dashboard', `/dashboards/${dashboard.key}`, 'Sales'],
  ['sql', '/sql', 'SQL'],
  ['people', '/people', 'People'],
  ['profile', `/people/${person.id}`, person.name],
  ['identity', `/people/${person.id}?tab=identity`, person.name],
  ['sources', '/sources', 'Sources'],
  ['new-source', '/sources/new', 'New source'],
  ['source-debugger', `/sources/${source.key}?tab=debugger`, source.name],
  ['source-connect', `/sources/${source.key}?tab=connect`, source.name],
  ['source-keys', `/sources/${source.key}?tab=keys`, source.name],
  ['source-settings', `/sources/${source.key}?tab=settings`, source.name],
  ['rejects', '/rejects', 'Rejects'],
  ['imports', '/imports', 'Imports'],
  ['new-import', '/imports/new', 'New import'],
  ['mappings', '/mappings', 'Mappings'],
  ['mapping', '/mappings/online-retail', 'Online retail'],
  ['new-mapping', '/mappings/new', 'New mapping'],
  ['forwards', '/forwards', 'Forwarding'],
  ['new-forward', '/forwards/new', 'New forward'],
  ['segments', '/segments', 'Segments'],
  ['segment', `/segments/${segment.key}`, 'Buyers'],
  ['segment-edit', `/segments/${segment.key}/edit`, 'Edit Buyers'],
  ['new-segment', '/segments/new', 'New segment'],
  ['journeys', '/journeys', 'Journeys'],
  ['journey', `/journeys/${journey.key}`, 'Abandoned cart'],
  ['journey-edit', `/journeys/${journey.key}/edit`, 'Edit Abandoned cart'],
  ['new-journey', '/journeys/new', 'New journey'],
  ['templates', '/templates', 'Templates'],
  ['template', `/templates/${template.key}`, 'Cart reminder'],
  ['new-template', '/templates/new', 'New template'],
  ['messages', '/messages', 'Messages'],
  ['items', '/items', 'Items'],
  ['item-type', '/items/order', 'Orders'],
  ['edit-item-type', '/items/order/type', 'Edit Orders'],
  ['new-item-type', '/items/new', 'New type'],
  ['tasks', '/tasks', 'Tasks'],
  ['consents', '/consents', 'Consents'],
  ['suppressions', '/consents?tab=suppressions', 'Consents'],
  ['missing', '/nowhere', 'No such page'],
  ['topics', '/consents?tab=topics', 'Consents'],
  ['statements', '/consents?tab=statements', 'Consents'],
  ['senders', '/senders', 'Senders'],
  ['tokens', '/tokens', 'Tokens'],
  ['audit', '/audit', 'Audit log'],
];

for (const scheme of ['light', 'dark']) {
  test(`every screen shows and is accessible, ${scheme}`, async () => {
    const { page, close } = await open('/', { scheme });
    for (const [name, path, title] of screens()) {
      // Moves as the app does, without loading the page anew.
      await page.evaluate((to) => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')); }, path);
      await heading(page, title);
      await page.waitForLoadState('domcontentloaded');
      await page.waitForFunction(() => !document.querySelector('main [role=status][aria-label="Loading"]'));
      if (name === 'overview') await page.waitForFunction(() => document.querySelectorAll('main .panel [role=img] svg').length === 2);
      await page.waitForFunction((wanted) => document.title === wanted, `${title} · Throughline`);
      await picture(page, `${name}-${scheme}`);
      await accessible(page, `${name} ${scheme}`);
    }
    await close();
  });

  test(`sign-in is accessible, ${scheme}`, async () => {
    const { page, close } = await open('/', { scheme, signIn: false });
    await heading(page, 'Throughline');
    await picture(page, `sign-in-${scheme}`);
    await accessible(page, `sign-in ${scheme}`);
    await close();
  });
}

for (const [language, words] of [['tr', ['Genel bakış', 'Kişiler', 'Kaynaklar', 'Reddedilenler']], ['ro', ['Sumar', 'Persoane', 'Surse', 'Respinse']]]) {
  test(`every screen speaks ${language}`, async () => {
    const { page, close } = await open('/', { language });
    await heading(page, words[0]);
    assert.equal(await page.locator('html').getAttribute('lang'), language);
    for (const word of words) await page.getByRole('navigation').getByRole('link', { name: word, exact: true }).waitFor();
    for (const [name, path] of screens()) {
      await page.evaluate((to) => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')); }, path);
      await page.waitForTimeout(250);
      // A key without text would be shown as `area.name`.
      const text = await page.locator('main').innerText();
      assert.doesNotMatch(text, /\b(state|act|saved|segment|board|sql|ask|answer|people|profile|source|reject|import|token|audit|overview|link|identity|journey|message|template|item|sender|unsaved|conflict|itemtype|itemstate|channelname|sendreason)\.[a-z]+_?[a-z]*\b(?!@)/, `${language} ${name}`);
      if (['overview', 'identity', 'rejects'].includes(name)) await picture(page, `${name}-${language}`);
    }
    await close();
  });
}

for (const [scheme, language] of [['light', 'en'], ['dark', 'ro'], ['light', 'tr']]) {
  test(`a phone shows every screen whole, ${scheme}, ${language}`, async () => {
    const { page, close } = await open('/', { width: 390, scheme, language });
    for (const [name, path] of screens()) {
      await page.evaluate((to) => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')); }, path);
      await page.waitForTimeout(250);
      await page.waitForFunction(() => !document.querySelector('main [role=status][aria-label="Loading"]'));
      // Nothing is wider than the window, and nothing hides beyond the edge of what holds it.
      const wide = await page.evaluate(() => [...document.querySelectorAll('main, main *')]
        .filter((element) => element.getClientRects().length > 0 && !element.closest('svg, .visually-hidden, thead, textarea, [role=tablist]'))
        .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
        .map((element) => `${element.tagName}.${element.className} ${element.textContent?.slice(0, 40)}`).slice(0, 5));
      await picture(page, `phone-${name}-${scheme}-${language}`);
      assert.deepEqual(wide, [], `${name} ${language}`);
      if (language === 'en') await accessible(page, `phone ${name}`);
    }
    await close();
  });
}

test('a narrow window loses nothing', async () => {
  const { page, close } = await open(`/people/${person.id}`, { width: 420 });
  await heading(page, person.name);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wide <= 0, `the page is ${wide} px wider than the window`);
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('navigation').getByRole('link', { name: 'Rejects' }).click();
  await heading(page, 'Rejects');
  await picture(page, 'narrow');
  await close();
});
