import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';

import {run, secrets, serve, shopRows, succeed, temporaryDirectory} from './program.mjs';

const kRows = 2500;
const kQuestion = JSON.stringify({
  kind: 'trend', from: '2011-11-01', to: '2011-12-01', interval: 'month',
  series: [
    {event: 'Order Line', measure: 'events', label: 'lines'},
    {event: 'Order Line', measure: 'people', label: 'people'},
    {event: 'Order Line', measure: 'sum', property: 'revenue', label: 'net'},
  ],
});

/** A data directory that a first start has made, and the file of rows beside it. */
async function installation(t) {
  const directory = temporaryDirectory(t);
  const data = `${directory}/data`;
  const server = await serve(t, data);
  await server.stop();
  writeFileSync(`${directory}/rows.csv`, shopRows(kRows));
  return {directory, data, file: `${directory}/rows.csv`};
}

test('a dry run shows events and rejects and needs no directory', async (t) => {
  const file = `${temporaryDirectory(t)}/rows.csv`;
  writeFileSync(file, shopRows(3));
  const shown = await succeed(
      ['import', file, '--mapping', 'online-retail', '--dry-run', '--json', '--data', '/nowhere']);
  const {events, rejects} = JSON.parse(shown.stdout);
  assert.equal(events.length, 3);
  assert.equal(events[0].event, 'Order Line');
  assert.equal(events[0].properties.revenue, 5.1);
  assert.equal(rejects.length, 1);
  assert.equal(rejects[0].line, 5);
  const text = await succeed(['import', file, '--mapping', 'online-retail', '--dry-run']);
  assert.match(text.stdout, /"event": "Order Line"/);
  assert.match(text.stdout, /^line 5: /m);
});

test('rows count once, whether imported again or compressed; rejects go to a file', async (t) => {
  const {directory, data, file} = await installation(t);
  const rejects = `${directory}/rejects.jsonl`;
  const common = ['--mapping', 'online-retail', '--data', data, '--json'];
  const first = JSON.parse((await succeed(['import', file, ...common, '--rejects', rejects])).stdout);
  assert.equal(first.events, kRows);
  assert.equal(first.rejected, 1);
  const lines = readFileSync(rejects, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.equal(lines.length, 1);
  assert.equal(lines[0].line, kRows + 2);
  assert.match(lines[0].raw, /yesterday/);

  const packed = `${directory}/rows.csv.gz`;
  writeFileSync(packed, gzipSync(readFileSync(file)));
  const again = JSON.parse((await succeed(['import', packed, ...common])).stdout);
  assert.equal(again.events, 0);
  assert.equal(again.duplicates, kRows);
  assert.equal(again.rejected, 1);
  assert.ok(again.seconds > 0 && again.rows_per_second > 0);
  const told = await succeed(['import', packed, '--mapping', 'online-retail', '--data', data]);
  assert.match(told.stdout,
               /: 2,501 rows, 0 new, 2,500 there already, 1 rejected, [\d,]+ rows\/s, 100 %, in \d+ s$/m);

  const table = await succeed(['query', '-', '--data', data], {input: kQuestion});
  assert.match(table.stdout, /^total +2500 +5 +12750/m);
  const csv = await succeed(['query', '-', '--data', data, '--format', 'csv'], {input: kQuestion});
  assert.match(csv.stdout, /^series,breakdown,at,value\nlines,,2011-11-01T00:00:00.000Z,2500\n/);

  const person = await succeed(['export', 'user_id:17000', '--data', data]);
  assert.ok(person.stdout.includes('"17000"'));
  const nobody = await run(['export', 'user_id:nobody', '--data', data]);
  assert.equal(nobody.code, 1);
});

test('a running server takes the same commands', async (t) => {
  const {data, file, directory} = await installation(t);
  const {token} = secrets(data);
  const server = await serve(t, data);
  const to = ['--server', server.url, '--token', token];
  const rejects = `${directory}/rejects.jsonl`;
  const imported = JSON.parse((await succeed([
    'import', file, '--mapping', 'online-retail', ...to, '--json', '--rejects', rejects,
  ])).stdout);
  assert.equal(imported.events, kRows);
  assert.equal(imported.rejected, 1);
  assert.ok(imported.seconds > 0);
  const told = await succeed(['import', file, '--mapping', 'online-retail', ...to]);
  assert.match(told.stdout, /, 0 new, 2,500 there already, 1 rejected, .*, in \d+ s$/m);
  assert.match(readFileSync(rejects, 'utf8'), /yesterday/);
  const answer = await succeed(['query', '-', ...to, '--format', 'json'], {input: kQuestion});
  assert.deepEqual(JSON.parse(answer.stdout).series.map((one) => one.total), [kRows, 5, 12750]);
  const person = await succeed(['export', 'user_id:17001', '--server', server.url],
                               {env: {THROUGHLINE_TOKEN: token}});
  assert.ok(person.stdout.includes('"17001"'));
  const refused = await run(['query', '-', '--server', server.url, '--token', 'wrong'],
                            {input: kQuestion});
  assert.equal(refused.code, 1);
});

test('consents of another system come with their proof; what is not plainly a yes is a no', async (t) => {
  const {data, directory} = await installation(t);
  const {token} = secrets(data);
  const file = `${directory}/consents.csv`;
  writeFileSync(file, 'email,purpose,state,at,notice_version,evidence\n' +
    'ana@example.org,marketing,yes,2025-03-01T10:00:00Z,2024-11,form 17\n' +
    'bo@example.org,marketing,perhaps,2025-03-01T10:00:00Z,2024-11,form 18\n');
  const imported = JSON.parse((await succeed(['import', file, '--mapping', 'consents', '--data', data, '--json'])).stdout);
  assert.equal(imported.events, 2);
  const server = await serve(t, data);
  const ask = async (path, method = 'GET', body = undefined) => {
    const response = await fetch(`${server.url}${path}`, {method, body, headers: {Authorization: `Bearer ${token}`, 'Content-Type': 'application/json'}});
    assert.ok(response.ok, `${path}: ${response.status}`);
    return response.json();
  };
  await ask('/api/purposes/marketing', 'PUT', '{"name":"Offers"}');  // Also afterwards.
  const {consents: {marketing}} = await ask('/api/profiles/email:ana%40example.org');
  assert.deepEqual([marketing.state, marketing.evidence, marketing.notice_version, marketing.at], ['given', 'form 17', '2024-11', '2025-03-01T10:00:00.000Z']);
  assert.equal((await ask('/api/profiles/email:bo%40example.org')).consents.marketing.state, 'withdrawn');
});

test('an own mapping comes from a file', async (t) => {
  const {directory, data} = await installation(t);
  const mapping = `${directory}/mapping.json`;
  writeFileSync(mapping, JSON.stringify({
    name: 'visits', format: {kind: 'csv'},
    events: [{
      type: 'track', name: {value: 'Visit'}, identifiers: {user_id: 'who'},
      time: {column: 'day', format: '%d.%m.%Y'},
    }],
  }));
  writeFileSync(`${directory}/visits.csv`, 'who;day\nada;31.01.2026\nayşe;01.02.2026\n');
  const done = JSON.parse((await succeed([
    'import', `${directory}/visits.csv`, '--mapping', mapping, '--data', data, '--json',
  ])).stdout);
  assert.equal(done.events, 2);
});

test('a mapping whose identifiers would be lost is refused, and why', async (t) => {
  const {directory, data} = await installation(t);
  const mapping = `${directory}/mapping.json`;
  writeFileSync(mapping, JSON.stringify({
    name: 'visits',
    events: [{name: {value: 'Visit'}, identifiers: {user_id: 'who', member_no: 'no'}, time: 'at'}],
  }));
  writeFileSync(`${directory}/visits.csv`, 'who,no,at\nada,7,2026-01-31\n');
  const refused = await run(['import', `${directory}/visits.csv`, '--mapping', mapping, '--data', data]);
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(refused.stderr, /--mapping: the namespace member_no is not configured: add it in settings\/identity/);
});
