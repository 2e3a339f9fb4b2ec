// The bodies that Segment's documentation shows: 62 with a type and an id, 48 with an id but no
// type, 38 that are no events.
//
//   TL_SHARED_DATA  directory of the data sets; default ../../../shared/data

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { say } from './raw.mjs';
import { Server } from './server.mjs';

const data = process.env.TL_SHARED_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));
const file = `${data}/segment_spec/spec_docs/segment_spec_examples.jsonl`;
const skip = existsSync(file) ? false : `${file} is not there`;
const types = ['track', 'identify', 'page', 'screen', 'group', 'alias'];

const hasId = (body) => [body.userId, body.anonymousId].some((id) => id !== undefined && id !== null && id !== '');

// The kind of a body that does not say it, by what only that kind has.
function kindOf(body) {
  if (body.previousId !== undefined) return 'alias';
  if (body.groupId !== undefined) return 'group';
  if (body.event !== undefined) return 'track';
  return body.name !== undefined ? 'page' : 'identify';
}

function load() {
  const bodies = readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line).payload);
  const typed = bodies.filter((body) => types.includes(body.type) && hasId(body));
  const untyped = bodies.filter((body) => body.type === undefined && hasId(body));
  return { typed, untyped, others: bodies.filter((body) => !typed.includes(body) && !untyped.includes(body)) };
}

// As the server keeps it: without the key, addresses shortened, and null for what is none.
function asKept({ writeKey, ...body }) {
  const kept = structuredClone(body);
  const cut = (ip) => (isIPv4(ip) ? ip.replace(/\d+$/, '0') : null);
  if (typeof kept.context?.ip === 'string') kept.context.ip = cut(kept.context.ip);
  return kept;
}

describe('the bodies of the Segment specification', { skip }, () => {
  let server;
  const bodies = skip ? {} : load();

  before(async () => { server = await Server.start(); });
  after(() => server?.discard());

  // Each body under a message id and a source of its own, so that the examples' ids never meet.
  async function assertKept(list, name, pathOf) {
    const source = await server.makeSource(name);
    for (const [i, body] of list.entries()) {
      const sent = { ...body, messageId: `${name}-${i}` };
      const answer = await say(server, source, pathOf(body), sent);
      assert.equal(answer.status, 200, `${JSON.stringify(body)}: ${answer.text}`);
      assert.equal(answer.json.accepted, 1);
      const [space, id] = body.userId !== undefined && body.userId !== null && body.userId !== '' ? ['user_id', body.userId] : ['anonymous_id', body.anonymousId];
      const event = (await server.timeline(space, String(id))).find((each) => each.message_id === sent.messageId);
      assert.ok(event, `${JSON.stringify(body)} is not on the timeline of ${space}:${id}`);
      assert.deepStrictEqual(event.body, asKept(sent));
      assert.equal(event.type, body.type ?? kindOf(body));
    }
  }

  test('62 with a type and an id come back field by field', async () => {
    assert.equal(bodies.typed.length, 62);
    await assertKept(bodies.typed, 'typed', () => '/v1/batch');
  });

  test('48 with an id but no type come back from the path of their kind', async () => {
    assert.equal(bodies.untyped.length, 48);
    await assertKept(bodies.untyped, 'untyped', (body) => `/v1/${kindOf(body)}`);
  });

  test('38 that are no events are refused with their code and stand in quarantine', async () => {
    assert.equal(bodies.others.length, 38);
    const source = await server.makeSource('others');
    const codes = [];
    for (const body of bodies.others) {
      const answer = await say(server, source, '/v1/batch', { batch: [body] });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.rejected.length, 1, `${JSON.stringify(body)}: ${answer.text}`);
      const { code } = answer.json.rejected[0];
      // Nobody is named, or nothing says what kind of event it is.
      const known = types.includes(body.type);
      assert.equal(code, known ? 'missing_id' : body.type === undefined ? 'type_missing' : 'type_unknown', JSON.stringify(body));
      codes.push([code, asKept(body)]);
    }
    const rejects = await server.all(`/api/rejects?source=${source.key}`);
    const kept = rejects.reverse().map((reject) => [reject.code, JSON.parse(reject.raw)]);
    assert.deepStrictEqual(kept, codes);
  });
});
