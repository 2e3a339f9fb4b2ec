// What an event may say, one by one over HTTP: ids, names, times, sizes, odd text, and the same
// event coming again.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { say } from './raw.mjs';
import { Server } from './server.mjs';

const kDayMs = 86_400_000;

let server;
let made = 0;

before(async () => { server = await Server.start(); });
after(() => server?.discard());

const newSource = () => server.makeSource(`s-${(made += 1)}`);

async function bodyOfOnly(user) {
  const events = await server.timeline('user_id', user);
  assert.equal(events.length, 1, `one event of ${user}`);
  return events[0];
}

test('a bad event costs no other one of its batch, and stands in quarantine with its reason', async () => {
  const source = await newSource();
  const good = (i) => ({ type: 'track', event: 'Good', userId: 'neighbour', messageId: `g${i}` });
  const bad = [
    [7, 'not_an_object'], ['text', 'not_an_object'], [null, 'not_an_object'], [[], 'not_an_object'],
    [{ type: 'track', event: 'Sent' }, 'missing_id'],
    [{ type: 'track', userId: 'x' }, 'event_name_missing'],
    [{ type: 'track', event: '', userId: 'x' }, 'event_name_missing'],
    [{ event: 'Sent', userId: 'x' }, 'type_missing'],
    [{ type: 'purchase', userId: 'x' }, 'type_unknown'],
    [{ type: 7, userId: 'x' }, 'type_unknown'],
    [{ type: 'track', event: 'Sent', userId: true }, 'id_invalid'],
    [{ type: 'track', event: 'Sent', userId: { id: 1 } }, 'id_invalid'],
    [{ type: 'track', event: 'Sent', userId: 'x', anonymousId: ['a'] }, 'id_invalid'],
    [{ type: 'track', event: 'Sent', userId: 'i'.repeat(513) }, 'id_too_long'],
    [{ type: 'track', event: 'e'.repeat(513), userId: 'x' }, 'event_name_too_long'],
    [{ type: 'track', event: 'Sent', userId: 'x', properties: { text: 'z'.repeat(33 * 1024) } }, 'event_too_large'],
    [{ type: 'group', userId: 'x' }, 'group_id_missing'],
    [{ type: 'alias', userId: 'x' }, 'previous_id_missing'],
    [{ type: 'track', event: 'Sent', userId: 'x', timestamp: 'yesterday' }, 'timestamp_invalid'],
  ];
  const batch = bad.flatMap(([item], i) => [good(i), item]);
  const answer = await say(server, source, '/v1/batch', { batch });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.accepted, bad.length);
  assert.deepEqual(answer.json.rejected.map(({ index, code }) => [index, code]), bad.map(([, code], i) => [2 * i + 1, code]));
  for (const { message } of answer.json.rejected) assert.ok(message.length > 0);
  assert.equal((await server.timeline('user_id', 'neighbour')).length, bad.length);

  const rejects = await server.all(`/api/rejects?source=${source.key}`);
  assert.deepEqual(rejects.map((reject) => reject.code).sort(), bad.map(([, code]) => code).sort());
  const large = rejects.find((reject) => reject.code === 'event_too_large');
  assert.ok(large.size > 33 * 1024, 'kept whole');
  const typed = rejects.find((reject) => reject.raw.includes('purchase'));
  assert.deepEqual(JSON.parse(typed.raw), { type: 'purchase', userId: 'x' });
});

test('one bad event by itself is 400 with its code', async () => {
  const answer = await say(server, await newSource(), '/v1/track', { event: 'Sent' });
  assert.equal(answer.status, 400);
  assert.equal(answer.json.code, 'missing_id');
});

test('the path says the type where the event does not, and over what it says', async () => {
  const source = await newSource();
  await say(server, source, '/v1/page', { userId: 'typed-1', name: 'Home' });
  assert.equal((await bodyOfOnly('typed-1')).type, 'page');
  await say(server, source, '/v1/track', { userId: 'typed-2', type: 'track', event: 'Sent' });
  assert.equal((await bodyOfOnly('typed-2')).name, 'Sent');
});

test('ids that are numbers are their text; blanks and control characters go', async () => {
  const source = await newSource();
  for (const [sent, kept] of [['4711', '4711'], ['1234567890123456789', '1234567890123456789'], ['"  padded\\t "', 'padded'], ['"nu\\u0000l\\u0007led"', 'nulled'], ['"caf\\u00e9"', 'café']]) {
    const answer = await say(server, source, '/v1/track', `{"userId":${sent},"event":"Sent"}`);
    assert.equal(answer.status, 200, `${sent}: ${answer.text}`);
    assert.equal((await server.timeline('user_id', kept)).length, 1, kept);
  }
});

test('ids that name nobody join nobody', async () => {
  const source = await newSource();
  for (const id of ['null', 'undefined', '0', 'anonymous', '[object Object]', '00000000-0000-0000-0000-000000000000', '-----']) {
    for (const person of ['one', 'two']) {
      const answer = await say(server, source, '/v1/identify', { userId: id, anonymousId: `${id}-${person}`, traits: {} });
      assert.equal(answer.status, 200, `${id}: ${answer.text}`);
    }
    const [one, two] = await Promise.all(['one', 'two'].map((person) => server.api('GET', `/api/profiles/${encodeURIComponent(`anonymous_id:${id}-${person}`)}`)));
    assert.notEqual(one.id, two.id, `${id} joined two people`);
  }
});

test('a lone surrogate becomes the replacement character, a pair stays', async () => {
  const source = await newSource();
  const answer = await say(server, source, '/v1/track', '{"userId":"surrogate","event":"Sent","properties":{"lone":"a\\ud800b","low":"\\udc00","pair":"\\ud83c\\udfe0"}}');
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual((await bodyOfOnly('surrogate')).body.properties, { lone: 'a\ufffdb', low: '\ufffd', pair: '🏠' });
});

test('of a repeated key the last counts', async () => {
  await say(server, await newSource(), '/v1/track', '{"userId":"first","userId":"last","event":"Sent","properties":{"n":1},"properties":{"n":2}}');
  const { body } = await bodyOfOnly('last');
  assert.deepEqual([body.userId, body.properties], ['last', { n: 2 }]);
});

test('numbers come back as they were said', async () => {
  const said = { zero: 0, minus: -1, large: 9007199254740993n, money: 0.1, tiny: 1e-300, huge: 1.7976931348623157e308, decimal: 12345678901.123 };
  const text = JSON.stringify(said, (_, value) => (typeof value === 'bigint' ? `big:${value}` : value)).replace(/"big:(\d+)"/, '$1');
  await say(server, await newSource(), '/v1/track', `{"userId":"numbers","event":"Sent","properties":${text}}`);
  const { body } = await bodyOfOnly('numbers');
  assert.deepEqual(body.properties, JSON.parse(text));
  const raw = await fetch(`${server.url}/api/profiles/user_id%3Anumbers/export`, { headers: server.authorization });
  assert.match(await raw.text(), /9007199254740993/, 'not rounded to a double');
});

test('an event that comes again counts once per source, within a batch, across batches and kinds of request', async () => {
  const [one, two] = [await newSource(), await newSource()];
  const event = (userId) => ({ type: 'track', event: 'Again', userId, messageId: 'same' });
  const within = await say(server, one, '/v1/batch', { batch: [event('again'), event('again'), event('again')] });
  assert.deepEqual([within.json.accepted, within.json.duplicates], [1, 2]);
  const across = await say(server, one, '/v1/batch', { batch: [event('again')] });
  assert.deepEqual([across.status, across.json.accepted, across.json.duplicates], [200, 0, 1]);
  const single = await say(server, one, '/v1/track', event('again'));
  assert.deepEqual([single.status, single.json.duplicates], [200, 1]);
  const other = await say(server, two, '/v1/track', event('again'));
  assert.deepEqual([other.json.accepted, other.json.duplicates], [1, 0]);
  assert.equal((await server.timeline('user_id', 'again')).length, 2);
});

test('a message id that is absent, blank or long serves', async () => {
  const source = await newSource();
  const long = (end) => `${'m'.repeat(199)}${end}`;
  const ids = [undefined, undefined, '', '   ', null, 42, long('a'), long('b')];
  for (const messageId of ids) await say(server, source, '/v1/track', { userId: 'ids', event: 'Sent', messageId });
  const again = await say(server, source, '/v1/track', { userId: 'ids', event: 'Sent', messageId: long('b') });
  assert.equal(again.json.duplicates, 1, 'long ids that differ late are two, and each is itself');
  const padded = await say(server, source, '/v1/track', { userId: 'ids', event: 'Sent', messageId: ' 42 ' });
  assert.equal(padded.json.duplicates, 1, 'blanks around an id do not make another');
  assert.equal((await server.timeline('user_id', 'ids')).length, ids.length);
});

test('times are told in every form, and corrected only past the dead band', async () => {
  const source = await newSource();
  const now = Date.now();
  const iso = (ms) => new Date(ms).toISOString();
  const near = (text, ms, what) => assert.ok(Math.abs(Date.parse(text) - ms) < 5000, `${what}: ${text}, expected ${iso(ms)}`);
  const cases = [
    ['absent', {}, now, true],
    ['ISO 8601', { timestamp: iso(now - 3_600_000) }, now - 3_600_000, true],
    ['an offset', { timestamp: new Date(now - 3_600_000 + 7_200_000).toISOString().replace('Z', '+02:00') }, now - 3_600_000, true],
    ['no zone is UTC', { timestamp: iso(now - 3_600_000).replace('Z', '') }, now - 3_600_000, true],
    ['seconds', { timestamp: Math.floor(now / 1000) - 60 }, now - 60_000, true],
    ['milliseconds', { timestamp: now - 60_000 }, now - 60_000, true],
    ['1970', { timestamp: '1970-01-01T00:00:00Z' }, 0, false],
    ['two days ago is history', { timestamp: iso(now - 2 * kDayMs) }, now - 2 * kDayMs, false],
    ['ten years ahead is now', { timestamp: iso(now + 3650 * kDayMs) }, now, true],
    ['sent 30 s ago: on the way', { timestamp: iso(now - 40_000), sentAt: iso(now - 30_000) }, now - 40_000, true],
    ['a clock an hour slow', { timestamp: iso(now - 3_700_000), sentAt: iso(now - 3_600_000) }, now - 100_000, true],
    ['a clock an hour fast', { timestamp: iso(now + 3_500_000), sentAt: iso(now + 3_600_000) }, now - 100_000, true],
    ['sent before it happened', { timestamp: iso(now - 10_000), sentAt: iso(now - 20_000) }, now - 10_000, true],
  ];
  for (const [i, [what, times, expected, live]] of cases.entries()) {
    const answer = await say(server, source, '/v1/track', { userId: `time-${i}`, event: 'Timed', ...times });
    assert.equal(answer.status, 200, `${what}: ${answer.text}`);
    const event = await bodyOfOnly(`time-${i}`);
    near(event.at, expected, what);
    near(event.received_at, Date.now(), what);
    assert.equal(event.live, live, what);
    if (times.sentAt) near(event.sent_at, Date.parse(times.sentAt), what);
  }
});

test("what a batch says holds for its items; the items' own words come first", async () => {
  const source = await newSource();
  const batch = [{ type: 'track', event: 'Sent', userId: 'shared', context: { locale: 'tr-TR' } }];
  await say(server, source, '/v1/batch', { context: { locale: 'en', app: { name: 'shop' } }, integrations: { All: false }, batch });
  const { body } = await bodyOfOnly('shared');
  assert.deepEqual(body.context, { locale: 'tr-TR', app: { name: 'shop' } });
  assert.deepEqual(body.integrations, { All: false });
});

test('addresses are shortened unless the source keeps them', async () => {
  const [cuts, keeps] = [await newSource(), await server.makeSource('keeps', { keep_ip: true })];
  for (const [source, user, kept] of [[cuts, 'ip-cut', '203.0.113.0'], [keeps, 'ip-kept', '203.0.113.77']]) {
    await say(server, source, '/v1/track', { userId: user, event: 'Sent', context: { ip: '203.0.113.77' } });
    assert.equal((await bodyOfOnly(user)).body.context.ip, kept);
  }
});

test('a reject that was mended and replayed is an event', async () => {
  const source = await newSource();
  await say(server, source, '/v1/batch', { batch: [{ type: 'track', event: 'Mended', messageId: 'r1' }] });
  const [reject] = await server.all(`/api/rejects?source=${source.key}`);
  const body = JSON.stringify({ ...JSON.parse(reject.raw), userId: 'mended' });
  const answer = await server.api('POST', `/api/rejects/${reject.id}/replay`, { body });
  assert.deepEqual([answer.replayed, answer.accepted, answer.rejected], [1, 1, []]);
  const event = await bodyOfOnly('mended');
  assert.equal(event.name, 'Mended');
  assert.equal(event.live, false, 'a replay is history');
  assert.deepEqual(await server.all(`/api/rejects?source=${source.key}&state=open`), []);
});
