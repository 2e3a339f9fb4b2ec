// The SQL screen: names are offered, rows come, a mistake is marked where it is, a statement is stopped.
// Without DuckDB the program says what is missing, and there is nothing to test here.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { accessible, adminToken, heading, makeDashboard, makeSource, open, picture, send, stop, unique, url } from './harness.mjs';

let missing;
let event;

before(async () => {
  const answer = await fetch(`${url}/api/query`, {
    method: 'POST', headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ kind: 'sql', sql: 'select 1' }),
  });
  missing = answer.ok ? false : (await answer.json()).error.message;
  // Where it was to be installed before, a test that is passed over is one that failed.
  assert.ok(!missing || !process.env.TL_DUCKDB_REQUIRED, missing);
  event = unique('Listed ');
  const source = await makeSource();
  await send(source, ['a', 'b', 'b'].map((plan) => ({ type: 'track', event, userId: unique('u-'), properties: { plan, note: 'one, "two"' } })));
});
after(stop);

const field = (page) => page.getByRole('textbox', { name: 'Statement' });
const answer = (page) => page.getByRole('table', { name: 'Answer' });

async function ask(page, statement) {
  await field(page).fill(statement);
  await page.keyboard.press('Control+Enter');
}

test('a statement is answered with types, rows and what was looked at, and can be taken along', async (t) => {
  if (missing) return t.skip(missing);
  const { page, close } = await open('/sql');
  await heading(page, 'SQL');
  await ask(page, `select properties->>'plan' as plan, count(*) as n, null::text as nothing, min(properties->>'note') as note\nfrom events where event = '${event}' group by 1 order by 1`);
  await answer(page).waitFor();
  assert.deepEqual(await answer(page).locator('tbody td').allInnerTexts(), ['a', '1', 'null', 'one, "two"', 'b', '2', 'null', 'one, "two"']);
  assert.deepEqual(await answer(page).locator('th').allInnerTexts(), ['plan text', 'n number', 'nothing text', 'note text']);
  await page.getByText(/^2 rows · .* ms · .* events/).waitFor();
  await accessible(page, 'an answer in SQL');
  await picture(page, 'sql-answer');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download CSV' }).click()]);
  assert.equal(readFileSync(await file.path(), 'utf8'), 'plan,n,nothing,note\r\na,1,,"one, ""two"""\r\nb,2,,"one, ""two"""\r\n');
  // The address brings the statement back.
  await page.reload();
  assert.match(await field(page).inputValue(), /group by 1 order by 1$/);
  await close();
});

test('names are offered while one writes, by keyboard alone', async (t) => {
  if (missing) return t.skip(missing);
  const { page, close } = await open('/sql');
  await page.getByRole('list', { name: 'events' }).getByText('message_id').waitFor();
  await field(page).fill('');
  await field(page).pressSequentially('select e.mess');
  await page.keyboard.press('Escape');
  await field(page).pressSequentially(' from events e');
  await page.keyboard.press('Escape');
  for (let step = 0; step < ' from events e'.length; step++) await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Control+ ');
  await page.getByRole('option', { name: /message_id/ }).waitFor();
  await picture(page, 'sql-offer');
  await page.keyboard.press('Tab');
  assert.equal(await field(page).inputValue(), 'select e.message_id from events e');
  await page.keyboard.press('Control+z');
  assert.equal(await field(page).inputValue(), 'select e.mess from events e', 'what was taken can be undone');
  await field(page).fill('');
  await field(page).pressSequentially('select eve');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  assert.equal(await field(page).inputValue(), 'select eve\n', 'Enter begins a line, unless somebody chose');
  // Without an offer Tab leaves the field.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent?.startsWith('Ask')), true);
  await close();
});

test('a mistake is told and marked where it is', async (t) => {
  if (missing) return t.skip(missing);
  const { page, close } = await open('/sql');
  await ask(page, 'select event,\n  evnt\nfrom events');
  await page.getByRole('alert').getByText(/evnt/).waitFor();
  assert.equal(await field(page).evaluate((one) => one.value.slice(one.selectionStart, one.selectionEnd)), 'evnt');
  assert.equal(await page.locator('.sql-lines [data-fault]').innerText(), '2');
  await accessible(page, 'a mistake in SQL');
  await picture(page, 'sql-mistake');
  await ask(page, 'drop view events');
  await page.getByRole('alert').getByText(/only SELECT/).waitFor();
  await close({ expected: [/400/, /403/] });
});

test('a statement under way is stopped', async (t) => {
  if (missing) return t.skip(missing);
  const { page, close } = await open('/sql');
  await ask(page, 'select count(*) from range(4000000) a, range(4000000) b where a.range % 7 = b.range % 11');
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('Stopped.').waitFor();
  await ask(page, 'select 41 + 1 as n');
  await answer(page).getByText('42').waitFor();
  await close();
});

test('a statement is saved and stands on a dashboard as a table', async (t) => {
  if (missing) return t.skip(missing);
  const dashboard = await makeDashboard(`SQL ${event}`, []);
  const { page, close } = await open('/sql');
  await field(page).fill(`select properties->>'plan' as plan, count(*) as n from events where event = '${event}' group by 1 order by 1`);
  await page.getByRole('button', { name: 'Save …' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill(`Plans of ${event}`);
  await page.getByRole('combobox', { name: 'Show it on a dashboard' }).or(page.getByRole('textbox', { name: 'Show it on a dashboard' })).first().click();
  await page.getByRole('option', { name: dashboard.name }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await heading(page, dashboard.name);
  await answer(page).getByText('b', { exact: true }).waitFor();
  await accessible(page, 'SQL on a dashboard');
  await page.getByRole('heading', { level: 2 }).getByRole('link').click();
  await page.getByRole('link', { name: 'Open in SQL' }).click();
  await heading(page, 'SQL');
  assert.match(page.url(), /saved=/);
  await close();
});
