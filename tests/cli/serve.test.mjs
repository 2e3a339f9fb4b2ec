import assert from 'node:assert/strict';
import {existsSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';

import {run, secrets, send, serve, succeed, temporaryDirectory} from './program.mjs';

const kEvent = {type: 'track', event: 'Seen', userId: 'u1'};

function events(count, prefix = 'm') {
  return Array.from({length: count}, (_, i) => ({...kEvent, messageId: `${prefix}${i}`}));
}

test('the first start names its secrets, whose file only the owner reads', async (t) => {
  const data = `${temporaryDirectory(t)}/data`;
  const server = await serve(t, data);
  assert.match(server.lines[0],
               /^Throughline \d+\.\d+\.\d+ is ready: http:\/\/127\.0\.0\.1:\d+ \(data: .*data\)$/);
  const {writeKey, token, mode} = secrets(data);
  assert.equal(mode, 0o600);
  assert.equal((await send(server.url, writeKey, events(3))).body.accepted, 3);
  assert.equal((await send(server.url, 'wrong', events(3))).status, 401);
  const session = await fetch(`${server.url}/api/session`,
                              {headers: {Authorization: `Bearer ${token}`}});
  assert.equal(session.status, 200);
  assert.equal((await session.json()).installation.sending, 'on');
  const signedIn = await fetch(`${server.url}/api/session`, {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({token}),
  });
  assert.equal(signedIn.status, 200);
  assert.equal(existsSync(`${data}/first-login`), false);
  assert.equal(await server.stop(), 0);
});

test('the environment sets the secrets of the first start', async (t) => {
  const data = `${temporaryDirectory(t)}/data`;
  const env = {THROUGHLINE_WRITE_KEY: 'wk_given', THROUGHLINE_ADMIN_TOKEN: 'a-token-of-20-letters'};
  const server = await serve(t, data, {env, args: ['--no-send']});
  assert.equal((await send(server.url, 'wk_given', events(1))).status, 200);
  const session = await fetch(`${server.url}/api/session`,
                              {headers: {Authorization: 'Bearer a-token-of-20-letters'}});
  assert.equal((await session.json()).installation.sending, 'off');
});

test('a graceful stop loses nothing, and the next start makes no new secrets', async (t) => {
  const data = `${temporaryDirectory(t)}/data`;
  const first = await serve(t, data);
  const {writeKey} = secrets(data);
  let accepted = 0;
  const load = (async () => {
    for (let i = 0; i < 1000; ++i) {
      const answer = await send(first.url, writeKey, events(20, `${i}-`)).catch(() => null);
      if (answer?.status !== 200) return;
      accepted += answer.body.accepted;
    }
  })();
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(await first.stop('SIGINT'), 0);
  await load;
  assert.ok(accepted > 0);
  assert.equal(existsSync(`${data}/server`), false);

  const second = await serve(t, data);
  assert.ok(!second.lines.some((line) => line.includes('token')));
  const question = {
    kind: 'trend', from: '-2d', interval: 'day', series: [{event: 'Seen', measure: 'events'}],
  };
  await second.stop();
  const answer = await succeed(['query', '-', '--data', data, '--format', 'json'],
                               {input: JSON.stringify(question)});
  assert.ok(JSON.parse(answer.stdout).series[0].total >= accepted);
});

test('a directory in use says so and names the server', async (t) => {
  const data = `${temporaryDirectory(t)}/data`;
  const server = await serve(t, data);
  for (const args of [['serve', '--listen', '127.0.0.1:0'], ['export', 'user_id:u1']]) {
    const refused = await run([...args, '--data', data]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /data directory in use/);
    assert.ok(refused.stderr.includes(`--server ${server.url}`), refused.stderr);
    assert.match(refused.stderr, new RegExp(`process ${server.child.pid}`));
  }
});

test('listening beyond loopback in the clear is refused with the reason', async (t) => {
  const directory = temporaryDirectory(t);
  const refused = await run(['serve', '--data', `${directory}/data`, '--listen', '0.0.0.0:0']);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /--tls-cert and --tls-key, or --behind-proxy/);
  assert.equal(existsSync(`${directory}/data`), false);
});

test('a configuration file counts, and what it does not know is an error', async (t) => {
  const directory = temporaryDirectory(t);
  const file = `${directory}/throughline.toml`;
  writeFileSync(file, 'no-send = true\n');
  const server = await serve(t, `${directory}/data`, {args: ['--config', file]});
  const session = await fetch(`${server.url}/api/session`, {
    headers: {Authorization: `Bearer ${secrets(`${directory}/data`).token}`},
  });
  assert.equal((await session.json()).installation.sending, 'off');
  writeFileSync(file, 'memroy = "1G"\n');
  const refused = await run(['serve', '--data', `${directory}/other`, '--config', file]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /memroy: no such setting/);
});

test('the demo loads a small world where the shop is not at hand, and links to it', async (t) => {
  const data = `${temporaryDirectory(t)}/data`;
  const server = await serve(t, data, {args: ['--demo', '--demo-data', '/nowhere.csv']});
  const has = (pattern) => server.lines.some((line) => pattern.test(line));
  for (let i = 0; i < 900 && !has(/Sign in/); ++i) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.ok(has(/^Demo: [\d,]+ events of \d+ known and \d+ unknown people/), server.lines.join('\n'));
  assert.ok(has(/^Demo: 20\d,\d+ events of .*, with ninety days of a simulated retailer$/));
  assert.ok(has(/^Demo: three journeys are live; what they send goes into .*\/outbox, and to nobody$/));
  assert.ok(has(/Sign in once.*\/login#token=\S+$/));
  assert.equal(await server.stop(), 0);
});
