// What a visitor does just before she leaves a page is not lost, and is not counted twice.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { sharedLab } from './lab.mjs';
import { assertExactlyOnce, settle, stream } from './traffic.mjs';

const kBeforeLeaving = 6;

const lab = sharedLab();

const slowBatches = { strategy: 'batching', config: { size: 50, timeout: 60_000 } };
const clients = [
  ['@segment/analytics-next, standard', 'segment', {}],
  ['@segment/analytics-next, batching', 'segment', { strategy: slowBatches }],
  ['@rudderstack/analytics-js', 'rudderstack', { options: {} }],
  ['@rudderstack/analytics-js, batching', 'rudderstack', { options: { queueOptions: { batch: { enabled: true, maxItems: 50, flushInterval: 60_000 } } } }],
  ['@rudderstack/analytics-js, beacons', 'rudderstack', { options: { useBeacon: true, beaconQueueOptions: { maxItems: 50, flushQueueInterval: 60_000 } } }],
];

// Says everything and leaves in one breath, so that nothing can be sent at leisure.
async function leaveAtOnce({ page }, calls, target) {
  await Promise.all([
    page.waitForURL(target),
    page.evaluate(([said, to]) => {
      for (const call of said) window.call(call);
      setTimeout(() => { window.location.href = to; }, 50);
    }, [calls, target]),
  ]);
}

describe('every event said just before the page goes is there once', () => {
  for (const [name, library, settings] of clients) {
    test(name, async () => {
      const { number, source, proxy } = await lab.begin();
      const visitor = await lab.browser.open(library, { url: proxy.url, writeKey: source.writeKey, ...settings });
      const user = `leaving-${number}`;
      const calls = [{ kind: 'identify', user, traits: {} }, ...stream(user, kBeforeLeaving)];
      await leaveAtOnce(visitor, calls, `${lab.browser.origin}/other`);
      await visitor.visit('/back');  // What the library kept for its next page goes now.
      await settle(proxy, calls.length);
      await sleep(1000);
      await assertExactlyOnce(lab.server, source, calls, proxy.attempts);
      assert.ok(proxy.attempts.length > 0);
      await visitor.discard();
    });
  }
});

test('Chromium asks before each event, and may read how long to wait', async () => {
  const { source, proxy } = await lab.begin();
  const kAfter = 3;
  proxy.plan = [{ status: 429, retryAfter: kAfter, delivered: true }];
  const visitor = await lab.browser.open('segment', { url: proxy.url, writeKey: source.writeKey, strategy: { strategy: 'batching', config: { size: 50, timeout: 200 } } });
  const calls = [{ kind: 'identify', user: 'asking', traits: {} }];
  for (const call of calls) await visitor.call(call);
  await settle(proxy, calls.length);
  await sleep(1000);
  await assertExactlyOnce(lab.server, source, calls, proxy.attempts);
  const [first, second, ...more] = proxy.attempts;
  assert.equal(more.length, 0);
  assert.ok(second.at - first.at >= kAfter * 1000 - 50, `sent again after ${second.at - first.at} ms`);
  const asked = proxy.preflights.filter(({ path }) => path === '/v1/b').map(({ headers }) => headers['access-control-request-headers']);
  assert.ok(asked.some((names) => names === 'authorization'), `asked for ${asked}`);
  assert.ok(asked.some((names) => names.includes('x-retry-count')), `asked for ${asked}`);
  for (const { answer } of proxy.preflights) assert.equal(answer.status, 204);
  await visitor.discard();
});
