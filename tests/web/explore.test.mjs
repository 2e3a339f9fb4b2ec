// Questions put together as sentences: what is chosen stands in the address, every number opens its
// people, and a person her events.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, heading, makeSegment, makeSource, open, picture, send, stop, unique } from './harness.mjs';

const id = unique('');
const viewed = `Lamp Viewed ${id}`;
const bought = `Lamp Bought ${id}`;
const kDay = 86_400_000;
const noon = Math.floor(Date.now() / kDay) * kDay + kDay / 2;
const daysAgo = (days, minutes = 0) => new Date(noon - days * kDay + minutes * 60_000).toISOString();
const person = (number) => `u${number}-${id}`;

before(async () => {
  const source = await makeSource('Explore');
  const events = [];
  // Six people look, four of them buy (two after a day); brass costs 10, glass 20. Two more looked in
  // the month before.
  for (let number = 0; number < 6; number++) {
    const colour = number % 2 ? 'glass' : 'brass';
    const campaign = number < 3 ? { source: 'newsletter', medium: 'email', name: 'spring' } : { source: 'google', medium: 'cpc', name: 'lamps' };
    events.push({ type: 'identify', userId: person(number), traits: { name: `Lamp Person ${number} ${id}`, email: `${person(number)}@example.com` }, timestamp: daysAgo(9) });
    events.push({ type: 'track', event: viewed, userId: person(number), properties: { colour }, context: { campaign }, timestamp: daysAgo(8, number) });
    if (number < 4) events.push({ type: 'track', event: bought, userId: person(number), properties: { colour, price: number % 2 ? 20 : 10, currency: 'EUR' }, timestamp: daysAgo(number < 2 ? 7 : 8, 20 + number) });
  }
  for (const number of [0, 9]) events.push({ type: 'track', event: viewed, userId: person(number), properties: { colour: 'brass' }, timestamp: daysAgo(40) });
  await send(source, events);
});
after(stop);

const at = (question, more = {}) => `/explore?${new URLSearchParams({ q: JSON.stringify(question), ...more })}`;
const asked = (page) => JSON.parse(new URL(page.url()).searchParams.get('q'));
const trend = (fields = {}) => ({ kind: 'trend', from: '-30d', interval: 'day', series: [{ event: viewed, measure: 'people' }], ...fields });
const funnel = (fields = {}) => ({ kind: 'funnel', from: '-30d', steps: [{ event: viewed }, { event: bought }], window: '7d', ...fields });

/** The number in a cell of a table, by the row's first cell and the column's head. */
async function cellOf(page, table, row, column) {
  const found = page.getByRole('table', { name: table });
  await found.waitFor();
  const heads = await found.locator('thead th').allInnerTexts();
  const place = heads.findIndex((head) => head.startsWith(column));
  assert.ok(place >= 0, `${table}: no column ${column} among ${heads.join(' | ')}`);
  return found.locator('tbody tr').filter({ has: page.locator('td:first-child', { hasText: row }) }).first().locator('td').nth(place);
}

test('a question is put together by keyboard alone, and stands in the address', async () => {
  const { page, close } = await open('/');
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await heading(page, 'Explore');
  await page.getByRole('table').first().waitFor();
  assert.equal(await page.locator('.sentence').innerText(), 'How often any event happened, by day, in the last 30 days');

  await page.getByRole('button', { name: 'Event: any event' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('combobox', { name: 'Event' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute('placeholder') === 'choose an event');
  await page.keyboard.type(viewed);
  await page.getByRole('option', { name: viewed }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Apply' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: `Event: ${viewed}` }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), `Event: ${viewed}`, 'the focus comes back');

  await page.getByRole('button', { name: 'What is counted: How often' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'People', exact: true }).waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'menuitem'); // The first has the focus.
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForFunction((text) => document.querySelector('.sentence')?.innerText === text, `How many people did ${viewed}, by day, in the last 30 days`);
  assert.deepEqual(asked(page), trend());
  await page.getByText('6', { exact: true }).first().waitFor();

  await page.goBack();
  await page.waitForFunction(() => document.querySelector('.sentence')?.innerText.startsWith('How often'));
  await page.goForward();
  await page.waitForFunction(() => document.querySelector('.sentence')?.innerText.startsWith('How many people'));
  await close();
});

test('a number opens its people, and a person her events; back leads to them again', async () => {
  const { page, close } = await open(at(trend()));
  const number = page.getByRole('button', { name: /^6: Lamp Viewed .* Show the people$/ });
  await number.click();
  const dialog = page.getByRole('dialog', { name: 'People behind this number' });
  await dialog.getByRole('link', { name: `Lamp Person 3 ${id}` }).waitFor();
  assert.equal(await dialog.locator('tbody tr').count(), 6);
  assert.match(page.url(), /cell=c_0_/);
  await accessible(page, 'people behind a number');
  await picture(page, 'explore-people');
  await dialog.getByRole('link', { name: `Lamp Person 3 ${id}` }).click();
  await heading(page, `Lamp Person 3 ${id}`);
  await page.getByRole('button', { name: new RegExp(bought) }).first().waitFor();
  await page.goBack();
  await page.getByRole('dialog').getByRole('link', { name: `Lamp Person 0 ${id}` }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.deepEqual(asked(page), trend());
  await close();
});

test('conditions complete properties and values from what the events carry', async () => {
  const { page, close } = await open(at(trend()));
  await page.getByRole('button', { name: `Event: ${viewed}` }).click();
  await page.getByRole('button', { name: '+ Condition' }).click();
  const row = page.getByRole('group', { name: 'Condition 1' });
  await row.getByRole('combobox', { name: 'Property' }).fill('col');
  await page.getByRole('option', { name: /^colour/ }).click();
  await row.getByRole('combobox', { name: 'Value' }).click();
  await page.getByRole('option', { name: 'brass' }).waitFor();
  await page.getByRole('option', { name: 'glass' }).click();
  await picture(page, 'explore-condition');
  await accessible(page, 'the editor of an event');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: `Event: ${viewed} where colour is glass` }).waitFor();
  await page.getByRole('button', { name: /^3: Lamp Viewed/ }).waitFor();

  // Escape leaves it as it was.
  await page.getByRole('button', { name: `Event: ${viewed} where colour is glass` }).click();
  await page.getByRole('button', { name: 'Remove condition 1' }).click();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), '+ Condition');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Apply' }).waitFor({ state: 'detached' });
  assert.equal(asked(page).series[0].where.value, 'glass');
  await close();
});

test('a trend of money, broken down, beside the period before', async () => {
  const { page, close } = await open(at(trend({ series: [{ event: bought, measure: 'sum', property: 'price' }], breakdown: { property: 'colour', limit: 8 } })));
  assert.equal(await page.locator('.sentence').innerText(), `The sum of price of ${bought}, by day, in the last 30 days, broken down by colour`);
  const glass = await cellOf(page, 'Over the whole range', 'glass', 'Total');
  assert.equal(await glass.innerText(), '€40.00');
  assert.equal(await (await cellOf(page, 'Over the whole range', 'brass', 'Total')).innerText(), '€20.00');
  await page.locator('main [role=img] svg').first().waitFor();
  await picture(page, 'explore-money');

  await page.goto(new URL(at(trend()), page.url()).href);
  await page.getByRole('button', { name: 'Compare with the period before' }).click();
  await page.waitForFunction(() => document.querySelector('.sentence')?.innerText.endsWith('beside the period before'));
  assert.equal(asked(page).compare, 'previous');
  assert.equal(await (await cellOf(page, 'Over the whole range', 'Lamp', 'Before')).innerText(), '2');
  assert.match(await (await cellOf(page, 'Over the whole range', 'Lamp', 'Change')).innerText(), /\+200%/);
  await page.getByRole('button', { name: /^2: Lamp Viewed .* Show the people$/ }).click();
  await page.getByRole('dialog').getByRole('link').first().waitFor();
  assert.equal(await page.getByRole('dialog').locator('tbody tr').count(), 2);
  await close();
});

test('a question is compared with a year earlier, and stays so when it is saved', async () => {
  const { page, close } = await open(at(trend({ compare: 'previous' })));
  await page.getByRole('button', { name: 'Comparison: the period before' }).click();
  await page.getByRole('menuitem', { name: 'the same a year earlier' }).waitFor();
  await accessible(page, 'an open menu');
  await page.getByRole('menuitem', { name: 'the same a year earlier' }).click();
  await page.waitForFunction(() => document.querySelector('.sentence')?.innerText.endsWith('beside the same a year earlier'));
  assert.equal(asked(page).compare, 'year');
  assert.equal(await (await cellOf(page, 'Over the whole range', 'Lamp', 'Before')).innerText(), '0', 'nobody came a year ago');
  await page.getByRole('button', { name: 'Comparison: the same a year earlier' }).click();
  await page.getByRole('menuitem', { name: 'the period before' }).click();
  await page.waitForFunction(() => document.querySelector('.sentence')?.innerText.endsWith('beside the period before'));

  // Kept under a name, and on a dashboard that is made for it.
  await page.getByRole('button', { name: 'Save …' }).click();
  const dialog = page.getByRole('dialog', { name: 'Save the question' });
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(`Compared ${id}`);
  await dialog.getByRole('combobox', { name: 'Show it on a dashboard' }).or(dialog.getByRole('textbox', { name: 'Show it on a dashboard' })).first().click();
  await page.getByRole('option', { name: 'New dashboard …' }).click();
  await dialog.getByRole('textbox', { name: 'Name of the new dashboard' }).fill(`Lamps ${id}`);
  await accessible(page, 'saving onto a new dashboard');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await heading(page, `Lamps ${id}`);
  await page.getByRole('link', { name: `Compared ${id}` }).click();
  await heading(page, `Compared ${id}`);
  assert.equal(await (await cellOf(page, 'Over the whole range', 'Lamp', 'Before')).innerText(), '2');
  await page.getByRole('link', { name: 'Open in the explorer' }).click();
  await page.getByRole('button', { name: 'Comparison: the period before' }).waitFor();
  await close();
});

test('conditions are joined by any, none and groups', async () => {
  const { page, close } = await open(at(trend()));
  await page.getByRole('button', { name: 'Filter' }).click();
  const fill = async (number, property, value) => {
    const row = page.getByRole('group', { name: `Condition ${number}`, exact: true });
    await row.getByRole('combobox', { name: 'Property' }).fill(property);
    await page.keyboard.press('Escape');
    await row.getByRole('combobox', { name: 'Value' }).fill(value);
    await page.keyboard.press('Escape');
  };
  const join = async (within, name) => {
    await within.getByRole('combobox', { name: 'Which of them hold' }).or(within.getByRole('textbox', { name: 'Which of them hold' })).first().click();
    await page.getByRole('option', { name, exact: true }).last().click();
  };
  await fill('1', 'colour', 'glass');
  await page.getByRole('button', { name: '+ Group' }).click();
  const group = page.getByRole('group', { name: 'Group 2', exact: true });
  await fill('2.1', 'colour', 'brass');
  await group.getByRole('button', { name: '+ Condition' }).click();
  await fill('2.2', 'colour', 'gold');
  await page.getByRole('combobox', { name: 'Which of them hold' }).or(page.getByRole('textbox', { name: 'Which of them hold' })).first().click();
  await page.getByRole('option', { name: 'Any of this holds' }).first().click();
  await join(group, 'None of this holds');
  await picture(page, 'explore-group');
  await accessible(page, 'conditions in groups');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: 'Filter: colour is glass or none of this: colour is brass; colour is gold' }).waitFor();
  const leaf = (value) => ({ property: 'colour', op: 'eq', value });
  assert.deepEqual(asked(page).where, { or: [leaf('glass'), { not: { or: [leaf('brass'), leaf('gold')] } }] });
  await page.getByRole('button', { name: /^3: Lamp Viewed/ }).waitFor();

  // It is edited as it was written; a group is taken out again.
  await page.getByRole('button', { name: /^Filter: / }).click();
  await page.getByRole('button', { name: 'Remove group 2' }).click();
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: 'Filter: colour is glass' }).waitFor();
  assert.deepEqual(asked(page).where, leaf('glass'));
  await close();
});

test('what people did, how often and when, is a condition like others', async () => {
  const { page, close } = await open(at(trend()));
  await page.getByRole('button', { name: 'Filter' }).click();
  const row = page.getByRole('group', { name: 'Condition 1', exact: true });
  const pick = async (within, name, option) => {
    await within.getByRole('combobox', { name, exact: true }).or(within.getByRole('textbox', { name, exact: true })).first().click();
    await page.getByRole('option', { name: option, exact: typeof option === 'string' }).last().click();
  };
  await pick(row, 'What is asked', 'They did');
  await row.getByRole('combobox', { name: 'Event' }).or(row.getByRole('textbox', { name: 'Event' })).first().fill(bought);
  await page.getByRole('option', { name: new RegExp(bought) }).click();
  await pick(row, 'How often', 'exactly');
  await row.getByRole('textbox', { name: 'Times' }).fill('1');
  await pick(row, 'Within the last', '30 days');
  await row.getByRole('button', { name: '+ Condition' }).click();
  const about = page.getByRole('group', { name: 'Condition 1.1', exact: true });
  await about.getByRole('combobox', { name: 'Property' }).fill('price');
  await page.keyboard.press('Escape');
  await about.getByRole('combobox', { name: 'Value' }).fill('20');
  await page.keyboard.press('Escape');
  await picture(page, 'explore-did');
  await accessible(page, 'a condition on what people did');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: `Filter: did ${bought} where price is 20 exactly once within 30 days` }).waitFor();
  assert.deepEqual(asked(page).where, { did: bought, where: { property: 'price', op: 'eq', value: 20 }, count: { eq: 1 }, within: '30d' });
  await page.getByRole('button', { name: /^2: Lamp Viewed/ }).waitFor();

  // Nobody of them never bought: it reads as people say it.
  await page.goto(new URL(at(trend({ where: { did: bought, count: { eq: 0 } } })), page.url()).href);
  await page.getByRole('button', { name: `Filter: never did ${bought}` }).waitFor();
  await page.getByRole('button', { name: /^2: Lamp Viewed/ }).waitFor();
  await close();
});

test('a segment is a condition: those in it, or those not in it', async () => {
  const segment = await makeSegment(`Lamp people ${unique('')}`, [{ did: bought }]);
  const { page, close } = await open(at(trend()));
  await page.getByRole('button', { name: 'Filter' }).click();
  const row = page.getByRole('group', { name: 'Condition 1', exact: true });
  const pick = async (name, option) => {
    await row.getByRole('combobox', { name, exact: true }).click();
    await page.getByRole('option', { name: option, exact: true }).click();
  };
  await pick('What is asked', 'Segment of the person');
  await pick('Segment', segment.name);
  await accessible(page, 'a segment as condition');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: `Filter: the person is in ${segment.name}` }).click();
  assert.deepEqual(asked(page).where, { segment: segment.key });
  await pick('How', 'they are not in it');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: `Filter: the person is not in ${segment.name}` }).waitFor();
  assert.deepEqual(asked(page).where, { not: { segment: segment.key } });
  await close();
});

test('a funnel holds several properties, keeps events out of places, and asks for rising time', async () => {
  const { page, close } = await open(at(funnel({ steps: [{ event: viewed }, { event: bought }, { event: viewed }] })));
  const addHold = async (property) => {
    await page.getByRole('button', { name: 'Same property on all steps' }).click();
    await page.getByRole('combobox', { name: 'The same on all steps' }).fill(property);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: `The same on all steps: ${property.replace('$.', '')}` }).waitFor();
  };
  await addHold('colour');
  await addHold('$.userId');
  await page.getByRole('button', { name: 'Not in between' }).click();
  await page.getByRole('combobox', { name: 'Event' }).or(page.getByRole('textbox', { name: 'Event' })).first().fill(bought);
  await page.getByRole('option', { name: bought }).click();
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: `What must not come between: ${bought}` }).click();
  await page.getByRole('combobox', { name: 'After' }).or(page.getByRole('textbox', { name: 'After' })).first().click();
  await page.getByRole('option', { name: 'Step 2' }).last().click();
  await accessible(page, 'where an event must not come');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: `What must not come between: ${bought} (steps 2 to 3)` }).waitFor();
  await page.getByRole('button', { name: 'Strictly later only' }).click();
  await page.getByRole('button', { name: 'Breakdown', exact: true }).click();
  await page.getByRole('combobox', { name: 'Property' }).fill('colour');
  await page.keyboard.press('Escape');
  await page.getByRole('combobox', { name: 'Value of' }).or(page.getByRole('textbox', { name: 'Value of' })).first().click();
  await page.getByRole('option', { name: 'Step 2' }).click();
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: 'Breakdown: colour at step 2' }).waitFor();
  assert.equal(await page.locator('.sentence').innerText(), `How many people did ${viewed}, then ${bought}, then ${viewed} in this order, within 7 days, in the last 30 days, each later in time than the one before, all with the same colour and userId, without ${bought} (steps 2 to 3) between, broken down by colour at step 2`);
  const { hold, exclusions, ties, breakdown } = asked(page);
  assert.deepEqual({ hold, exclusions, ties, breakdown }, { hold: ['colour', '$.userId'], exclusions: [{ event: bought, from_step: 2, to_step: 3 }], ties: 'strict', breakdown: { property: 'colour', limit: 8, at: 'step', step: 2 } });
  await page.getByRole('table', { name: 'By value' }).waitFor();
  await picture(page, 'explore-funnel-whole');
  // A step that goes takes its places along.
  await page.getByRole('button', { name: /^Step 3: / }).click();
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('button', { name: `What must not come between: ${bought}`, exact: true }).waitFor();
  await close();
});

test('touches fade as fast as somebody says', async () => {
  const { page, close } = await open(at({ kind: 'attribution', from: '-30d', conversion: { event: bought }, models: ['time_decay'], by: 'channel' }));
  await page.getByRole('button', { name: 'How fast touches fade: 7 days' }).click();
  await page.getByRole('textbox', { name: 'How fast touches fade' }).fill('2');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'How fast touches fade: 2 days' }).waitFor();
  assert.equal(asked(page).half_life, '2d');
  await page.getByRole('table', { name: 'Row by row' }).waitFor();
  await close();
});

test('sessions are counted as visits, in trends and in funnels', async () => {
  const { page, close } = await open(at(trend({ series: [{ event: bought, measure: 'people' }] })));
  await page.getByRole('button', { name: 'What is counted: How many people' }).click();
  await page.getByRole('menuitem', { name: 'Sessions' }).click();
  await page.waitForFunction((text) => document.querySelector('.sentence')?.innerText.startsWith(text), `How many sessions had ${bought}`);
  await page.getByRole('button', { name: /^2: Lamp Bought .* Sessions/ }).first().waitFor();
  await page.goto(new URL(at(funnel({ count: 'sessions' })), page.url()).href);
  // Two of the four bought in the visit in which they looked.
  await page.getByText('of 6 sessions, 6 by known people').waitFor();
  await page.getByRole('heading', { name: '33.3% come through' }).waitFor();
  await close();
});

test('a funnel tells how far and how fast, and who left', async () => {
  const { page, close } = await open(at(funnel({ breakdown: { property: 'colour', at: 'first', limit: 8 } })));
  assert.equal(await page.locator('.sentence').innerText(), `How many people did ${viewed}, then ${bought} in this order, within 7 days, in the last 30 days, broken down by colour`);
  await page.getByRole('heading', { name: '66.7% come through' }).waitFor();
  assert.equal(await (await cellOf(page, 'Step by step', '1. Lamp', 'Reached')).innerText(), '6');
  assert.equal(await (await cellOf(page, 'Step by step', '2. Lamp', 'Of the one before')).innerText(), '66.7%');
  assert.match(await (await cellOf(page, 'By value', 'glass', '2.')).innerText(), /^2\s66\.7%$/);
  await picture(page, 'explore-funnel');
  await page.getByRole('button', { name: /^2 left: Lamp Viewed/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('link', { name: `Lamp Person 5 ${id}` }).waitFor();
  assert.equal(await dialog.locator('tbody tr').count(), 2);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'Within: 7 days' }).click();
  await page.getByRole('textbox', { name: 'Within' }).fill('2');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: '66.7% come through' }).waitFor();
  assert.equal(asked(page).window, '2d');
  await page.getByRole('button', { name: 'Order of the steps: in this order' }).click();
  await page.getByRole('menuitem', { name: 'in any order' }).click();
  await page.waitForFunction(() => / and Lamp Bought .* in any order/.test(document.querySelector('.sentence')?.innerText ?? ''));
  await page.getByRole('button', { name: /^Step 2: / }).click();
  await page.getByRole('button', { name: 'Earlier' }).click();
  await page.getByRole('button', { name: `Step 1: ${bought}` }).waitFor();
  await close();
});

test('retention and attribution open to their people as well', async () => {
  const { page, close } = await open(at({ kind: 'retention', from: '-30d', cohort: { event: viewed }, return: { event: bought }, interval: 'day', periods: 3 }));
  assert.equal(await page.locator('.sentence').innerText(), `Of the people who first did ${viewed} in the last 30 days, how many did ${bought} in each of the 3 days after that, by the calendar`);
  assert.equal(await (await cellOf(page, 'Cohort by cohort', 'Average', 'People')).innerText(), '6');
  await page.getByRole('button', { name: /· Day 1\. Show the people$/ }).click();
  await page.getByRole('dialog').getByRole('link', { name: `Lamp Person 1 ${id}` }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await picture(page, 'explore-retention');

  // The same events as another kind of question.
  await page.getByRole('tab', { name: 'Attribution' }).click();
  await page.getByRole('button', { name: `Conversion: ${bought}` }).waitFor();
  await page.getByRole('button', { name: 'Value of the conversion' }).click();
  await page.getByRole('combobox', { name: 'Property with the value' }).fill('price');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('.sentence')?.innerText.includes('worth its price'));
  assert.equal(await (await cellOf(page, 'Row by row', 'All', 'Conversions, first')).innerText(), '4');
  assert.equal(await (await cellOf(page, 'Row by row', 'Email', 'Value, first')).innerText(), '€30.00'); // Person 0 came directly before.
  await page.locator('.bars').getByRole('button', { name: /^2: Email · first touch/ }).click();
  await page.getByRole('dialog').getByRole('link', { name: `Lamp Person 2 ${id}` }).waitFor();
  assert.equal(await page.getByRole('dialog').locator('tbody tr').count(), 2);
  await picture(page, 'explore-attribution');
  await close();
});

test('a running question can be stopped, and asked again', async () => {
  const { page, close } = await open('/');
  let slow = true;
  await page.route(/\/api\/query$/, async (route) => {
    if (slow) await new Promise((done) => setTimeout(done, 20_000));
    await route.continue().catch(() => undefined); // The browser hung up.
  });
  await page.evaluate((to) => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')); }, at(trend()));
  await page.getByText(/^Under way for/).waitFor();
  await accessible(page, 'a running question');
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('Stopped', { exact: true }).waitFor();
  slow = false;
  await page.getByRole('button', { name: 'Ask again' }).click();
  await page.getByRole('table').first().waitFor();
  await close();
});

test('what is missing, empty or refused is said in words', async () => {
  const { page, close } = await open(at(funnel({ steps: [{ event: viewed }, {}] })));
  await page.getByText('Choose an event for every step').waitFor();
  await accessible(page, 'an unfinished question');
  await picture(page, 'explore-unfinished');
  const go = (question) => page.evaluate((to) => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')); }, at(question));
  await go(trend({ series: [{ event: `Never ${id}`, measure: 'events' }] }));
  await page.getByText('Nothing in this range').waitFor();
  await go(trend({ from: '-30x' }));
  await page.getByRole('alert').getByText(/^query: from: neither a date/).waitFor();
  await accessible(page, 'a refused question');
  // A link that was cut begins afresh.
  await page.evaluate(() => { history.pushState({}, '', '/explore?q=%7B%22kind'); dispatchEvent(new PopStateEvent('popstate')); });
  await page.getByRole('button', { name: 'Event: any event' }).waitFor();
  await close({ expected: [/400/] });
});

for (const [scheme, language, width] of [['light', 'en', 1360], ['dark', 'en', 1360], ['light', 'tr', 1360], ['dark', 'ro', 1360], ['light', 'ro', 390], ['dark', 'tr', 390], ['light', 'en', 390]]) {
  test(`every kind shows whole and is accessible, ${scheme}, ${language}, ${width} px`, async () => {
    const { page, close } = await open('/explore', { scheme, language, width });
    const kinds = {
      trend: trend({ breakdown: { property: 'colour', limit: 8 } }),
      funnel: funnel(),
      retention: { kind: 'retention', from: '-30d', cohort: { event: viewed }, return: { event: '*' }, interval: 'week', periods: 4 },
      attribution: { kind: 'attribution', from: '-30d', conversion: { event: bought, value: 'price' }, models: ['first', 'last'], by: 'channel' },
    };
    for (const [kind, question] of Object.entries(kinds)) {
      await page.evaluate((to) => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')); }, at({ ...question, compare: 'previous' }));
      await page.locator('.answer table').first().waitFor();
      await page.waitForFunction((wanted) => document.querySelector('[role=tab][aria-selected=true]')?.id.endsWith(wanted), kind);
      await page.waitForTimeout(300);
      const text = await page.locator('main').innerText();
      assert.doesNotMatch(text, /\b(ask|answer|funnel|retention|attribution|measure|interval|range|op|model|by|kind)\.[a-z]+_?[a-z]*\b/, `${kind} ${language}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wide <= 0, `${kind}: the page is ${wide} px wider than the window`);
      await page.screenshot({ path: new URL(`./out/explore-${kind}-${scheme}-${language}-${width}.png`, import.meta.url).pathname, fullPage: true });
      await accessible(page, `${kind} ${scheme} ${language} ${width}`);
    }
    await close();
  });
}
