import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {run, secrets, send, serve, succeed, temporaryDirectory} from './program.mjs';

function events(count, prefix) {
  return Array.from({length: count}, (_, i) => ({
    type: 'track', event: 'Seen', userId: `u${i % 50}`, messageId: `${prefix}${i}`,
    properties: {page: `page ${i}`},
  }));
}

const kQuestion = JSON.stringify({
  kind: 'trend', from: '-2d', interval: 'day',
  series: [{event: 'Seen', measure: 'events'}, {event: 'Seen', measure: 'people'}],
});

async function totals(where) {
  const answer = await succeed(['query', '-', ...where, '--format', 'json'], {input: kQuestion});
  return JSON.parse(answer.stdout).series.map((one) => one.total);
}

/** Every file below a directory. */
function filesBelow(directory) {
  return readdirSync(directory, {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

test('a backup of a running server restores to what was there, with sending held', async (t) => {
  const directory = temporaryDirectory(t);
  const data = `${directory}/data`;
  const server = await serve(t, data);
  const {writeKey, token} = secrets(data);
  await send(server.url, writeKey, events(400, 'a'));
  const to = ['--server', server.url, '--token', token];
  const made = JSON.parse((await succeed(['backup', `${directory}/backup`, ...to, '--json'])).stdout);
  assert.equal(made.events, 400);
  await send(server.url, writeKey, events(100, 'b'));
  assert.deepEqual(await totals(to), [500, 50]);
  const twice = await run(['backup', `${directory}/backup`, ...to]);
  assert.equal(twice.code, 1);
  assert.match(twice.stderr, /not empty/);
  await server.stop();

  const restored = `${directory}/restored`;
  const told = await succeed(['restore', `${directory}/backup`, '--data', restored]);
  assert.match(told.stdout, /Restored 400 events/);
  assert.deepEqual(await totals(['--data', restored]), [400, 50]);
  assert.equal((await run(['restore', `${directory}/backup`, '--data', restored])).code, 1);

  const sending = async () => {
    const other = await serve(t, restored);
    const session = await fetch(`${other.url}/api/session`,
                                {headers: {Authorization: `Bearer ${token}`}});
    const state = (await session.json()).installation.sending;
    await send(other.url, writeKey, events(10, 'c'));
    await other.stop();
    return state;
  };
  assert.equal(await sending(), 'held');
  assert.match((await succeed(['resume-sending', '--data', restored])).stdout, /goes on/);
  assert.equal(await sending(), 'on');
  assert.deepEqual(await totals(['--data', restored]), [410, 50]);
});

test('a backup while nothing runs goes straight from the directory', async (t) => {
  const directory = temporaryDirectory(t);
  const data = `${directory}/data`;
  const server = await serve(t, data);
  await send(server.url, secrets(data).writeKey, events(30, 'a'));
  await server.stop();
  const told = await succeed(['backup', `${directory}/backup`, '--data', data]);
  assert.match(told.stdout, /Backup of 30 events/);
  assert.ok(existsSync(`${directory}/backup/backup.json`));
});

test('verify passes what is whole and names the file with a flipped bit', async (t) => {
  const directory = temporaryDirectory(t);
  const data = `${directory}/data`;
  const server = await serve(t, data);
  await send(server.url, secrets(data).writeKey, events(500, 'a'));
  await server.stop();
  const whole = await succeed(['verify', '--data', data, '--json']);
  assert.equal(JSON.parse(whole.stdout).problems, 0);

  const wanted = filesBelow(`${data}/p0000/history`).sort((a, b) => statSync(b).size - statSync(a).size);
  assert.ok(wanted.length > 0);
  const bytes = readFileSync(wanted[0]);
  bytes[Math.floor(bytes.length / 3)] ^= 4;
  writeFileSync(wanted[0], bytes);
  const damaged = await run(['verify', '--data', data]);
  assert.equal(damaged.code, 1);
  assert.ok(damaged.stdout.includes(path.basename(wanted[0])), damaged.stdout);
  assert.match(damaged.stdout, /do: .*backup/);
  assert.equal((await run(['doctor', '--data', data])).code, 1);
});

test('doctor finds a healthy directory healthy, running or not', async (t) => {
  const data = `${temporaryDirectory(t)}/data`;
  const server = await serve(t, data);
  const running = JSON.parse((await succeed(['doctor', '--data', data, '--json'])).stdout);
  assert.equal(running.problems, 0);
  assert.ok(running.findings.some((one) => one.area === 'contents' && /in use/.test(one.what)));
  await server.stop();
  const text = await succeed(['doctor', '--data', data]);
  for (const area of ['contents', 'disk', 'sync', 'limits', 'clock']) {
    assert.match(text.stdout, new RegExp(`^(ok|advice)  ${area}: `, 'm'));
  }
});
