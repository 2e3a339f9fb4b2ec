// How a request may look, and what it is answered: paths, keys, encodings, limits, CORS and the
// routes that client libraries ask before they send anything.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { keyPlaces, say, send } from './raw.mjs';
import { Server } from './server.mjs';

const kBodyBytesMax = 4 * 1024 * 1024;

let server;
let made = 0;

before(async () => { server = await Server.start(); });
after(() => server?.discard());

const newSource = () => server.makeSource(`s-${(made += 1)}`);

// What each path makes of a body; several names of one path are several rows.
const kinds = { identify: 'identify', track: 'track', page: 'page', screen: 'screen', group: 'group', alias: 'alias', i: 'identify', t: 'track', p: 'page', s: 'screen', g: 'group', a: 'alias', merge: 'alias', batch: 'batch', b: 'batch', import: 'batch' };
const paths = [
  ...Object.entries(kinds).flatMap(([name, kind]) => [[`/v1/${name}`, kind], [`/${name}`, kind]]),
  ['/v1/track/', 'track'], ['/v1/batch/', 'batch'], ['/beacon/v1/batch', 'batch'], ['/v1/batch/b', 'batch'],
];

function bodyOf(kind, user, messageId) {
  const of = { userId: user, messageId };
  switch (kind) {
    case 'track': return { ...of, event: 'Sent' };
    case 'group': return { ...of, groupId: `${user}-g` };
    case 'alias': return { ...of, previousId: `${user}-before` };
    case 'batch': return { batch: [{ ...of, type: 'track', event: 'Sent' }] };
    default: return of;
  }
}

test('every path takes events with the key in every place, packed or not, chunked or not', async () => {
  const source = await newSource();
  const sent = new Map();
  for (const [path, kind] of paths) {
    const each = Object.entries(keyPlaces).flatMap(([place, put]) => [0, 1, 2, 3].map((bits) => ({ place, put, gzip: bits % 2 > 0, chunked: bits > 1 })));
    await Promise.all(each.map(async ({ place, put, gzip, chunked }, i) => {
      const messageId = `${path}-${i}`;
      const request = { headers: {}, query: '', body: bodyOf(kind, 'matrix', messageId) };
      put(source.writeKey, request);
      const answer = await send(server, path + request.query, JSON.stringify(request.body), { headers: request.headers, gzip, chunked });
      const what = `${path}, key in ${place}, ${gzip ? 'gzip' : 'identity'}, ${chunked ? 'chunked' : 'Content-Length'}`;
      assert.equal(answer.status, 200, `${what}: ${answer.text}`);
      assert.equal(answer.json.success, true, what);
      assert.equal(answer.json.accepted, 1, what);
      sent.set(messageId, kind === 'batch' ? 'track' : kind);
    }));
  }
  const events = await server.timeline('user_id', 'matrix');
  assert.deepEqual(new Map(events.map((event) => [event.message_id, event.type])), sent);
  assert.equal(events.length, sent.size);
});

test('a body is read whatever its Content-Type says', async () => {
  const source = await newSource();
  const types = ['application/json', 'application/json; charset=utf-8', 'text/plain', 'text/plain;charset=UTF-8', 'application/x-www-form-urlencoded', 'multipart/form-data', ''];
  for (const [i, type] of types.entries()) {
    const body = JSON.stringify({ userId: 'types', event: 'Sent', messageId: `c${i}`, writeKey: source.writeKey });
    const answer = await send(server, '/v1/track', body, { headers: type ? { 'content-type': type } : {} });
    assert.equal(answer.status, 200, `${type}: ${answer.text}`);
  }
  assert.equal((await server.timeline('user_id', 'types')).length, types.length);
});

test('an envelope that says nothing is refused with a code at the top level', async () => {
  const source = await newSource();
  const cases = [
    ['/v1/batch', '', 'empty_body'], ['/v1/track', ' \n', 'empty_body'], ['/v1/batch', '{}', 'batch_missing'], ['/v1/track', '{}', 'missing_id'],
    ['/v1/batch', '[]', 'not_an_object'], ['/v1/batch', '"text"', 'not_an_object'], ['/v1/batch', 'null', 'not_an_object'], ['/v1/batch', '{"batch":[', 'invalid_json'],
    ['/v1/batch', '{"batch":[]} more', 'invalid_json'], ['/v1/batch', '{"batch":7}', 'batch_missing'], ['/v1/track', '\u0000', 'invalid_json'],
  ];
  for (const [path, body, code] of cases) {
    const answer = await say(server, source, path, body);
    assert.equal(answer.status, 400, `${path} ${body}: ${answer.text}`);
    assert.equal(answer.json.code, code, `${path} ${body}: ${answer.text}`);
    assert.equal(typeof answer.json.message, 'string');
  }
  const codes = (await server.all(`/api/rejects?source=${source.key}`)).map((reject) => reject.code).sort();
  assert.deepEqual(codes, cases.map(([, , code]) => code).sort(), 'each stands in quarantine');
});

test('a batch of nothing is a success of nothing', async () => {
  const answer = await say(server, await newSource(), '/v1/batch', '{"batch":[]}');
  assert.equal(answer.status, 200);
  assert.deepEqual([answer.json.success, answer.json.accepted, answer.json.duplicates, answer.json.rejected], [true, 0, 0, []]);
});

test('bytes that are no text, or no whole gzip, are refused and kept', async () => {
  const source = await newSource();
  const good = JSON.stringify({ userId: 'bytes', event: 'Sent' });
  const broken = Buffer.concat([Buffer.from('{"userId":"bytes","event":"'), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from('"}')]);
  const invalid = await say(server, source, '/v1/track', broken);
  assert.equal(invalid.status, 400, invalid.text);
  assert.equal(invalid.json.code, 'invalid_json');
  const [reject] = await server.all(`/api/rejects?source=${source.key}`);
  assert.equal(reject.code, 'invalid_json');
  assert.equal(reject.size, broken.length, 'the bytes as they came');

  for (const [what, bytes] of [['truncated', gzipSync(good).subarray(0, 20)], ['damaged', Buffer.from(gzipSync(good)).fill(0x55, 12, 18)], ['none', Buffer.from(good)]]) {
    const answer = await say(server, source, '/v1/track', bytes, { headers: { 'content-encoding': 'gzip' } });
    assert.equal(answer.status, 400, `${what}: ${answer.text}`);
    assert.ok(answer.json.code && answer.json.message, `${what}: ${answer.text}`);
  }
  const unknown = await say(server, source, '/v1/track', good, { headers: { 'content-encoding': 'br' } });
  assert.equal(unknown.status, 415, unknown.text);
  assert.ok(unknown.json.code);
});

test('a body above the limit is 413 with a code, and so is one that inflates past it', async () => {
  const source = await newSource();
  const padding = 'x'.repeat(kBodyBytesMax);
  for (const chunked of [false, true]) {
    const answer = await say(server, source, '/v1/batch', `{"batch":[],"p":"${padding}"}`, { chunked });
    assert.equal(answer.status, 413, answer.text);
    assert.equal(answer.json.code, 'payload_too_large');
  }
  const bomb = await say(server, source, '/v1/batch', gzipSync(Buffer.alloc(256 * 1024 * 1024, 32)), { headers: { 'content-encoding': 'gzip' } });
  assert.equal(bomb.status, 413, bomb.text);
  assert.equal(bomb.json.code, 'payload_too_large');
  assert.equal((await say(server, source, '/v1/track', { userId: 'after', event: 'Sent' })).status, 200, 'the server is well');
});

test('large batches are taken whole', async () => {
  const source = await newSource();
  const many = Array.from({ length: 2501 }, (_, i) => ({ type: 'track', event: 'Sent', userId: 'many', messageId: `n${i}` }));
  const bulky = Array.from({ length: 40 }, (_, i) => ({ type: 'track', event: 'Sent', userId: 'bulky', messageId: `b${i}`, properties: { text: 'y'.repeat(13_000) } }));
  for (const [user, batch] of [['many', many], ['bulky', bulky]]) {
    const answer = await say(server, source, '/v1/batch', { batch }, { gzip: user === 'bulky' });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.accepted, batch.length);
    assert.equal((await server.timeline('user_id', user)).length, batch.length);
  }
});

test('an unknown key is 401 with a code, and is counted', async () => {
  const before = await server.metric('ingest_unauthenticated_total');
  for (const [i, headers] of [{ authorization: `Basic ${Buffer.from('wrong:').toString('base64')}` }, {}, { authorization: 'Basic %%%' }].entries()) {
    const answer = await send(server, '/v1/track', '{"userId":"x","event":"Sent"}', { headers });
    assert.equal(answer.status, 401, String(i));
    assert.equal(answer.json.code, 'invalid_write_key');
    assert.ok(answer.json.message);
  }
  assert.equal(await server.metric('ingest_unauthenticated_total'), before + 3);
});

test('a preflight is answered before any key, and every answer is readable by its page', async () => {
  const origin = 'https://shop.example';
  for (const asked of ['authorization', 'authorization,x-retry-count', 'anonymousid,authorization,content-type,sentat', 'rsa-retry-attempt']) {
    const answer = await send(server, '/v1/t', '', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': asked } });
    assert.equal(answer.status, 204);
    assert.equal(answer.headers['access-control-allow-origin'], origin);
    assert.equal(answer.headers['access-control-allow-credentials'], 'true');
    assert.equal(answer.headers['access-control-allow-headers'], asked, 'mirrored');
    assert.match(answer.headers['access-control-allow-methods'], /POST/);
    assert.equal(answer.headers['access-control-max-age'], '86400');
  }
  const source = await newSource();
  const answers = [
    await say(server, source, '/v1/track', { userId: 'cors', event: 'Sent' }, { headers: { origin } }),
    await say(server, source, '/v1/track', '{', { headers: { origin } }),
    await send(server, '/v1/track', '{}', { headers: { origin } }),
    await say(server, source, '/v1/track', Buffer.alloc(kBodyBytesMax + 1, 32), { headers: { origin } }),
    await send(server, `/v1/projects/${source.writeKey}/settings`, '', { method: 'GET', headers: { origin } }),
    await send(server, '/v1/m', '{"series":[]}', { headers: { origin } }),
  ];
  assert.deepEqual(answers.map((answer) => answer.status), [200, 400, 401, 413, 200, 200]);
  for (const { headers } of answers) {
    assert.equal(headers['access-control-allow-origin'], origin);
    assert.match(headers['access-control-expose-headers'], /Retry-After/);
    assert.match(headers.vary, /Origin/);
  }
});

test('the pixel answers its picture whatever is asked, and takes the event', async () => {
  const source = await newSource();
  const good = await send(server, `/pixel/v1/track?writeKey=${source.writeKey}&userId=pixel&event=Opened&properties.mail=m1`, '', { method: 'GET' });
  const bad = await send(server, `/pixel/v1/track?writeKey=${source.writeKey}`, '', { method: 'GET' });
  for (const answer of [good, bad]) {
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers['content-type'], 'image/gif');
    assert.equal(answer.raw.subarray(0, 6).toString(), 'GIF89a');
  }
  const [event] = await server.timeline('user_id', 'pixel');
  assert.equal(event.name, 'Opened');
});

test("the library's own counters are taken and dropped", async () => {
  const answer = await send(server, '/v1/m', '{"series":[{"type":"Counter","metric":"x","value":1,"tags":{}}]}', { headers: { 'content-type': 'text/plain' } });
  assert.equal(answer.status, 200);
});

test('the settings name this server and this key; RudderStack is told of an enabled source', async () => {
  const source = await newSource();
  for (const path of [`/v1/projects/${source.writeKey}/settings`, `/projects/${source.writeKey}/settings`]) {
    const { status, json } = await send(server, path, '', { method: 'GET' });
    assert.equal(status, 200);
    assert.equal(json.integrations['Segment.io'].apiKey, source.writeKey);
    assert.equal(json.integrations['Segment.io'].apiHost, `127.0.0.1:${server.port}/v1`);
    assert.equal(json.integrations['Segment.io'].protocol, 'http', 'without TLS the library must not use it');
    assert.equal(json.plan.track.__default.enabled, true);
  }
  assert.equal((await send(server, '/v1/projects/unknown/settings', '', { method: 'GET' })).status, 401);
  const config = await say(server, source, `/sourceConfig/?p=npm&v=3&build=modern&writeKey=${source.writeKey}`, '', { method: 'GET' });
  assert.equal(config.status, 200);
  assert.equal(config.json.source.id, source.key);
  assert.equal(config.json.source.enabled, true);
  assert.ok(Array.isArray(config.json.source.destinations) && typeof config.json.source.config === 'object');
});

test('another method is 405 and says which one is meant; an unknown path is 404', async () => {
  const wrong = await send(server, '/v1/track', '', { method: 'GET' });
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.allow, 'POST');
  assert.equal((await send(server, '/v1/nothing', '{}')).status, 404);
});
