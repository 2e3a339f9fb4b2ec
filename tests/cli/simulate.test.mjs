import assert from 'node:assert/strict';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {test} from 'node:test';

import {run, secrets, serve, succeed, temporaryDirectory} from './program.mjs';

const kWorld = ['simulate', '--people', '60', '--events', '1500', '--days', '5', '--seed', '4'];

/** A server that answers what `answer` says for each request: {status, headers, body}. */
async function scripted(t, answer) {
  const requests = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece) => (text += piece));
    request.on('end', () => {
      const body = JSON.parse(text);
      requests.push({at: Date.now(), path: request.url, body});
      const {status, headers = {}, json} = answer(requests.length, body);
      response.writeHead(status, {'Content-Type': 'application/json', ...headers});
      response.end(JSON.stringify(json ?? {}));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return {requests, url: `http://127.0.0.1:${server.address().port}`};
}

const taken = (body) => ({status: 200, json: {accepted: body.batch.length, duplicates: 0, rejected: []}});

test('a world goes to a running server, whose people and orders are those of the truth', async (t) => {
  const directory = temporaryDirectory(t);
  const data = `${directory}/data`;
  const server = await serve(t, data);
  const {writeKey, token} = secrets(data);
  await succeed([...kWorld, '--from', '2026-02-01', '--out', `${directory}/world`]);
  const truth = JSON.parse(readFileSync(`${directory}/world/truth/summary.json`, 'utf8'));
  const sent = await succeed([
    ...kWorld, '--from', '2026-02-01', '--server', server.url, '--write-key', writeKey, '--rate', '0',
  ]);
  assert.match(sent.stdout, /^1,500 events sent: 1,500 accepted, 0 there already, 0 rejected$/m);
  const again = await succeed([
    ...kWorld, '--from', '2026-02-01', '--server', server.url, '--rate', '0',
  ], {env: {THROUGHLINE_WRITE_KEY: writeKey}});
  assert.match(again.stdout, /: 0 accepted, 1,500 there already, 0 rejected$/m);

  const question = {
    kind: 'trend', from: '2026-02-01', to: '2026-02-06', interval: 'month', timezone: 'UTC',
    series: [{event: 'Order Completed', measure: 'events', label: 'orders'},
             {measure: 'people', label: 'people'}, {measure: 'events', label: 'events'}],
  };
  const answer = await succeed(
      ['query', '-', '--server', server.url, '--token', token, '--format', 'json'],
      {input: JSON.stringify(question)});
  const totals = Object.fromEntries(JSON.parse(answer.stdout).series.map((one) => [one.label, one.total]));
  assert.deepEqual(totals, {
    orders: truth.orders, people: truth.known_profiles + truth.unknown_profiles, events: 1500,
  });
});

test('a busy server is asked again when it says, and nothing is lost or sent twice', async (t) => {
  const server = await scripted(t, (number, body) => {
    if (number === 2) return {status: 429, headers: {'Retry-After': '2'}};
    if (number === 4) return {status: 503, headers: {'Retry-After': '1'}};
    if (number === 6) return {status: 500};
    return taken(body);
  });
  const sent = await succeed([...kWorld, '--server', server.url, '--write-key', 'k', '--rate', '0']);
  assert.match(sent.stdout, /^1,500 events sent: 1,500 accepted.*, 3 requests sent again$/m);
  const {requests} = server;
  assert.ok(requests[2].at - requests[1].at >= 2000);
  assert.ok(requests[4].at - requests[3].at >= 1000);
  assert.deepEqual(requests[2].body.batch, requests[1].body.batch);
  assert.ok(Date.parse(requests[2].body.sentAt) > Date.parse(requests[1].body.sentAt));
  assert.ok(requests.every(({path, body}) => path === '/v1/batch' && body.writeKey === 'k'));
  const refused = new Set([1, 3, 5]);
  const ids = requests.filter((_, i) => !refused.has(i)).flatMap(({body}) => body.batch.map((e) => e.messageId));
  assert.equal(ids.length, 1500);
  assert.equal(new Set(ids).size, 1500);
});

test('what the server will never take ends the command, and what it rejects is said', async (t) => {
  const unknown = await scripted(t, () => ({status: 401, json: {code: 'x', message: 'no such key'}}));
  const refused = await run([...kWorld, '--server', unknown.url, '--write-key', 'wrong']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /answered 401: no such key/);
  assert.equal(unknown.requests.length, 1);
  const picky = await scripted(t, (number, body) => ({
    status: 200, json: {accepted: body.batch.length - 1, duplicates: 0, rejected: [{index: 0}]},
  }));
  const rejected = await run([...kWorld, '--server', picky.url, '--write-key', 'k', '--rate', '0']);
  assert.equal(rejected.code, 1);
  assert.match(rejected.stdout, /, [1-9][0-9]* rejected$/m);
});

test('the pace is kept', async (t) => {
  const server = await scripted(t, (number, body) => taken(body));
  const begin = Date.now();
  await succeed([...kWorld, '--server', server.url, '--write-key', 'k', '--rate', '500']);
  assert.ok(Date.now() - begin >= 2500);  // All but the last batch are waited for.
});

test('a live world catches up with the present and goes on until it is stopped', async (t) => {
  const server = await scripted(t, (number, body) => taken(body));
  const words = ['--people', '300', '--events', '60000', '--days', '1', '--late', '0', '--rate', '0'];
  const isFresh = ({at, body}) => at - Date.parse(body.batch.at(-1).timestamp) < 1500;
  const ended = await run(['simulate', ...words, '--server', server.url, '--write-key', 'k', '--live'],
                          {stopWhen: () => server.requests.slice(-3).some(isFresh)});
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^[0-9,]+ events sent/m);
  for (const {at, body} of server.requests) {
    for (const {timestamp} of body.batch) assert.ok(Date.parse(timestamp) <= at + 5);
  }
});
