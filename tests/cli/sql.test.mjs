import assert from 'node:assert/strict';
import {mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {run, secrets, serve, shopRows, succeed, temporaryDirectory} from './program.mjs';

const kRows = 600;
const orders = path.join(import.meta.dirname, 'data/orders_arrow.parquet');

/** A data directory with rows of a shop. */
async function shop(t) {
  const directory = temporaryDirectory(t);
  const data = `${directory}/data`;
  await (await serve(t, data)).stop();
  writeFileSync(`${directory}/rows.csv`, shopRows(kRows));
  await succeed(['import', `${directory}/rows.csv`, '--mapping', 'online-retail', '--data', data]);
  return {directory, data};
}

async function ask(statement, ...where) {
  const answer = await succeed(['query', '--sql', statement, '--format', 'json', ...where]);
  return JSON.parse(answer.stdout).rows;
}

const kSummary = `SELECT event, type, user_id, time, properties->>'revenue' AS revenue, count(*)
  FROM events GROUP BY ALL ORDER BY ALL`;

test('a statement is answered by a directory and by a server, as table, JSON and CSV', async (t) => {
  const {data} = await shop(t);
  const count = 'SELECT event, count(*) AS n FROM events GROUP BY event';
  assert.deepEqual(await ask(count, '--data', data), [['Order Line', kRows]]);
  const server = await serve(t, data);
  const where = ['--server', server.url, '--token', secrets(data).token];
  assert.deepEqual(await ask(count, ...where), [['Order Line', kRows]]);
  const table = await succeed(['query', '--sql', count, ...where]);
  assert.equal(table.stdout, `event         n\nOrder Line  ${kRows}\n`);
  const csv = await succeed(['query', '--sql', count, '--format', 'csv', ...where]);
  assert.equal(csv.stdout, `event,n\nOrder Line,${kRows}\n`);

  const mistake = await run(['query', '--sql', 'SELECT evnt FROM events', ...where]);
  assert.equal(mistake.code, 1);
  assert.match(mistake.stderr, /"evnt" not found.*\(line 1, column 8\)/);
  const refused = await run(['query', '--sql', "COPY events TO '/tmp/x.csv'", ...where]);
  assert.equal(refused.code, 1);
  assert.equal((await run(['query', ...where])).code, 2);
});

test('without DuckDB a statement says what to do, and all else works', async (t) => {
  const {data} = await shop(t);
  const env = {THROUGHLINE_DUCKDB: '/nonexistent/libduckdb.so'};
  const refused = await run(['query', '--sql', 'SELECT 1', '--data', data], {env});
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /DuckDB is not there.*libduckdb\.so.*THROUGHLINE_DUCKDB/);
  const trend = '{"kind":"trend","from":"2011-11-01","series":[{"event":"Order Line"}],"to":"2011-12-01"}';
  await succeed(['query', '-', '--data', data], {input: trend, env});
});

for (const format of ['parquet', 'csv', 'jsonl']) {
  test(`what is exported as ${format} comes back the same`, async (t) => {
    const {directory, data} = await shop(t);
    const out = `${directory}/out`;
    const made = await succeed(
        ['export', 'events', '--out', out, '--format', format, '--data', data, '--json']);
    const {parts} = JSON.parse(made.stdout);
    assert.equal(parts.reduce((sum, part) => sum + part.rows, 0), kRows);
    const files = parts.map((part) => `${out}/${part.file}`);

    const copy = `${directory}/copy`;
    await (await serve(t, copy)).stop();
    const imported = await succeed(
        ['import', ...files, '--mapping', 'throughline-events', '--data', copy, '--json']);
    const events = imported.stdout.trim().split(/(?<=\})\n(?=\{)/).map((text) => JSON.parse(text));
    assert.equal(events.reduce((sum, one) => sum + one.events, 0), kRows);
    assert.deepEqual(await ask(kSummary, '--data', copy), await ask(kSummary, '--data', data));
    const people = 'SELECT known, count(*) FROM profiles GROUP BY ALL ORDER BY ALL';
    assert.deepEqual(await ask(people, '--data', copy), await ask(people, '--data', data));
    // The same files once more count once.
    const again = await succeed(
        ['import', files[0], '--mapping', 'throughline-events', '--data', copy, '--json']);
    assert.equal(JSON.parse(again.stdout).events, 0);
  });
}

test('an export goes on where it stopped, and a torn part never counts', async (t) => {
  const {directory, data} = await shop(t);
  const out = `${directory}/out`;
  const command = ['export', 'events', '--out', out, '--partition', 'day', '--data', data];
  await succeed(command);
  const files = readdirSync(out).filter((name) => name.endsWith('.parquet'));
  assert.ok(files.length > 1, `${files}`);
  const manifest = `${out}/export.json`;
  const whole = readFileSync(manifest, 'utf8');

  // As after a kill in the second part: it is not noted, and something lies beside its place.
  const cut = JSON.parse(whole);
  const lost = cut.parts.splice(1);
  writeFileSync(manifest, JSON.stringify(cut));
  for (const part of lost) rmSync(`${out}/${part.file}`);
  writeFileSync(`${out}/${lost[0].file}.part`, 'PAR1torn');
  const kept = statSync(`${out}/${cut.parts[0].file}`);
  await succeed(command);
  assert.deepEqual(JSON.parse(readFileSync(manifest, 'utf8')), JSON.parse(whole));
  assert.deepEqual(readdirSync(out).sort(), [...files, 'export.json'].sort());
  assert.equal(statSync(`${out}/${cut.parts[0].file}`).mtimeMs, kept.mtimeMs);

  // A finished file that somebody cut short is made anew.
  writeFileSync(`${out}/${files[0]}`, 'PAR1');
  await succeed(command);
  assert.equal(statSync(`${out}/${files[0]}`).size, kept.size);

  const other = await run([...command, '--columns', 'event']);
  assert.equal(other.code, 1);
  assert.match(other.stderr, /holds another export/);
});

test('people and sessions are exported too, compressed on request', async (t) => {
  const {directory, data} = await shop(t);
  for (const table of ['profiles', 'sessions']) {
    const out = `${directory}/${table}`;
    const told = await succeed(['export', table, '--out', out, '--format', 'jsonl', '--gzip',
                                '--partition', 'none', '--data', data]);
    assert.match(told.stdout, new RegExp(`^\\d+ ${table} in 1 file, `));
    assert.deepEqual(readdirSync(out).sort(), ['export.json', `${table}.jsonl.gz`]);
  }
  mkdirSync(`${directory}/empty`);
  const none = await succeed(['export', 'events', '--out', `${directory}/empty`, '--from',
                              '1990-01-01', '--to', '1991-01-01', '--data', data]);
  assert.match(none.stdout, /^0 events in 0 files/);
});

const kOrders = JSON.stringify({
  name: 'orders', zone: 'Europe/Istanbul', id: ['order_no'],
  events: [{
    name: {value: 'Order Placed'},
    identifiers: {user_id: {column: 'customer', as: 'integer'}},
    time: 'placed',
    properties: {total: {column: 'total', as: 'decimal'}, city: 'address.city', store: 'store',
                 lines: {list: 'lines', of: {object: {sku: '@.sku', pieces: '@.pieces'}}}},
  }],
});

test('a Parquet file of another writer goes through a mapping, with dry run and rejects', async (t) => {
  const {directory, data} = await shop(t);
  const mapping = `${directory}/orders.json`;
  writeFileSync(mapping, kOrders);
  const shown = JSON.parse((await succeed(
      ['import', orders, '--mapping', mapping, '--dry-run', '--json'])).stdout);
  assert.equal(shown.events[0].timestamp, '2026-03-01T15:05:00Z');
  assert.deepEqual(shown.events[0].properties,
                   {total: 12.5, city: 'Cluj', store: 'Cluj', lines: [{sku: 'a', pieces: 2}]});
  assert.equal(shown.rejects[0].line, 4);

  const command = ['import', orders, '--mapping', mapping, '--data', data, '--json'];
  const rejects = `${directory}/rejects.jsonl`;
  const first = JSON.parse((await succeed([...command, '--rejects', rejects])).stdout);
  assert.deepEqual([first.rows, first.events, first.rejected], [5, 4, 1]);
  assert.equal(JSON.parse(JSON.parse(readFileSync(rejects, 'utf8')).raw).order_no, 'B-4');
  assert.equal(JSON.parse((await succeed(command)).stdout).duplicates, 4);
  const sum = "SELECT sum((properties->>'total')::DECIMAL(12,2)) FROM events WHERE event = 'Order Placed'";
  assert.deepEqual(await ask(sum, '--data', data), [[17.94]]);

  writeFileSync(`${directory}/torn.parquet`, readFileSync(orders).subarray(0, 3000));
  const torn = await run(['import', `${directory}/torn.parquet`, '--mapping', mapping, '--data', data]);
  assert.equal(torn.code, 1);
  assert.match(torn.stderr, /torn\.parquet: parquet: /);
});
