// Every client library through every fault: afterwards each call is one event on its person's
// timeline, once, field by field as it was sent.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { browserClients } from './browserClients.mjs';
import { sharedLab } from './lab.mjs';
import { nodeClients } from './nodeClients.mjs';
import { assertExactlyOnce, settle, stream, visit } from './traffic.mjs';

const kRetryAfter = 2;
const kStreamed = 60;
const kStreamEveryMs = 40;

// The second request of a client meets the fault; `delivered`: the server had it all the same.
const faults = [
  { name: 'no fault' },
  { name: '429 with Retry-After', status: 429, retryAfter: kRetryAfter, delivered: false },
  { name: '429 with Retry-After, though delivered', status: 429, retryAfter: kRetryAfter, delivered: true },
  { name: '500 once', status: 500, delivered: false },
  { name: '500 once, though delivered', status: 500, delivered: true },
  { name: 'a connection reset', reset: true, delivered: false },
  { name: 'a connection reset, though delivered', reset: true, delivered: true },
  { name: 'a stall of 3 s before the server', stallMs: 3000, delivered: false },
  { name: 'a stall of 3 s after the server', stallMs: 3000, delivered: true },
];

const lab = sharedLab();

const clientNames = [...nodeClients, ...browserClients(null)].map((client) => client.name);
const clientNamed = (name) => [...nodeClients, ...browserClients(lab.browser)].find((client) => client.name === name);

/** A client of its own source behind a proxy of its own. */
async function begin(client) {
  const { number, source, proxy } = await lab.begin();
  const opened = await client.open({ url: proxy.url, writeKey: source.writeKey });
  return { source, proxy, opened, user: `u-${number}-${Date.now().toString(36)}` };
}

async function end({ source, proxy, opened }, calls) {
  await settle(proxy, calls.length);
  await opened.close();
  await sleep(300);  // A client that would send once more gets the time to.
  await assertExactlyOnce(lab.server, source, calls, proxy.attempts);
  await opened.discard?.();
}

function assertWaited(attempts) {
  const failed = attempts.findIndex((attempt) => attempt.status === 429);
  assert.notEqual(failed, -1, 'the fault struck');
  const ids = (attempt) => (attempt.json.batch ?? [attempt.json]).map((event) => event.messageId);
  const again = attempts.slice(failed + 1).find((attempt) => ids(attempt).some((id) => ids(attempts[failed]).includes(id)));
  assert.ok(again, 'it was sent again');
  assert.ok(again.at - attempts[failed].at >= kRetryAfter * 1000 - 50, `sent again after ${again.at - attempts[failed].at} ms`);
}

for (const fault of faults) {
  describe(`every event is there once after ${fault.name}`, { concurrency: 4 }, () => {
    for (const name of clientNames) {
      test(name, async () => {
        const client = clientNamed(name);
        const begun = await begin(client);
        if (fault.delivered !== undefined) begun.proxy.plan = [{}, fault];
        const calls = visit(begun.user, { screens: client.hasScreens });
        for (const call of calls) await begun.opened.call(call);
        await end(begun, calls);
        if (fault.delivered !== undefined) assert.equal(begun.proxy.plan.length, 0, 'the fault struck');
        if (fault.retryAfter && client.honoursRetryAfter) assertWaited(begun.proxy.attempts);
      });
    }
  });
}

test('every event is there once after kill -9 and restart in mid-stream', async (t) => {
  const begun = await Promise.all(clientNames.map((name) => begin(clientNamed(name))));
  const calls = begun.map(({ user }) => stream(user, kStreamed));
  const talk = Promise.all(begun.map(async ({ opened, user }, i) => {
    await opened.call({ kind: 'identify', user, traits: {} });
    for (const call of calls[i]) {
      await opened.call(call);
      await sleep(kStreamEveryMs);
    }
  }));
  for (let i = 0; i < 2; ++i) {
    await sleep(kStreamed * kStreamEveryMs * 0.3);
    await lab.server.kill();
    await lab.server.launch();
  }
  await talk;
  for (const [i, name] of clientNames.entries()) {
    await t.test(name, () => end(begun[i], [{ kind: 'identify', user: begun[i].user, traits: {} }, ...calls[i]]));
  }
});
