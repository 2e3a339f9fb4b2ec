// Accepted events go on to a receiver that fails, is slow, refuses some of them and is away now and
// then, while the program is killed again and again: nothing is missing, each person's events come in
// order, and what comes twice came shortly before a kill or was never answered.
//
//   TL_FORWARD_SECONDS  how long both are disturbed; default 12
//   TL_FORWARD_SEED     default from the clock, told on failure

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { seededRandom } from '../kill/load.mjs';
import { Server, waitFor, writeKey } from '../sdk/server.mjs';

const kSeconds = Number(process.env.TL_FORWARD_SECONDS ?? 12);
const kSeed = Number(process.env.TL_FORWARD_SEED ?? Date.now() % 2 ** 31);
const kNoteMs = 5_000;    // So often the program notes where it is.
const kMarginMs = 1_500;  // For the disk, and for the clocks of two processes.

const isBad = (id) => id.endsWith('-bad');

/** Takes batches of Segment's form; `fault()` says how the next call goes wrong. */
class Receiver {
  taken = [];      // {id, user, at}, in the order of arrival.
  unanswered = []; // Times of calls that were taken and not answered well.
  calls = 0;
  fault = () => '';
  #server = null;
  #port = 0;

  async open() {
    this.#server = createServer((request, answer) => this.#take(request, answer));
    await new Promise((done) => this.#server.listen(this.#port, '127.0.0.1', done));
    this.#port = this.#server.address().port;
    this.url = `http://127.0.0.1:${this.#port}/v1/batch`;
    return this;
  }

  /** Ends as a process that is killed: whoever calls is cut off. */
  close() {
    this.unanswered.push(Date.now());
    const server = this.#server;
    return new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    });
  }

  async #take(request, answer) {
    const pieces = [];
    try {
      for await (const piece of request) pieces.push(piece);
    } catch {
      return; // The caller was killed.
    }
    this.calls += 1;
    this.authorization = request.headers.authorization;
    const { batch } = JSON.parse(Buffer.concat(pieces).toString());
    const fault = this.fault();
    if (fault === 'drop') return request.socket.destroy();
    if (fault === 'busy') return answer.writeHead(503).end();
    if (fault === 'hang') return this.hung?.push(answer);
    if (fault === 'slow') await sleep(200);
    if (batch.some((event) => isBad(event.messageId))) return answer.writeHead(400).end();
    const at = Date.now();
    for (const event of batch) this.taken.push({ id: event.messageId, user: event.userId, at });
    if (fault === 'dropAfter' || fault === 'failAfter') this.unanswered.push(at);
    if (fault === 'dropAfter') return request.socket.destroy();
    answer.writeHead(fault === 'failAfter' ? 500 : 200).end();
  }
}

/** Sends batches until told to stop, each until it is acknowledged, some of them twice. */
class Shop {
  said = new Map(); // User -> ids, in order.
  #number = 0;

  constructor(server, random) {
    Object.assign(this, { server, random });
  }

  batch() {
    return Array.from({ length: 20 }, () => {
      const userId = `u${Math.floor(this.random() * 30)}`;
      const messageId = `m${(this.#number += 1)}${this.random() < 0.002 ? '-bad' : ''}`;
      if (!this.said.has(userId)) this.said.set(userId, []);
      this.said.get(userId).push(messageId);
      return { type: 'track', event: this.random() < 0.5 ? 'Page Viewed' : 'Order Completed', userId, messageId, properties: { n: this.#number } };
    });
  }

  async send(batch) {
    const body = JSON.stringify({ batch });
    for (;;) {
      try {
        const answer = await fetch(`${this.server.url}/v1/batch`, { method: 'POST', headers: { Authorization: `Basic ${btoa(`${writeKey}:`)}` }, body });
        if (answer.ok) return;
      } catch { /* killed: again */ }
      await sleep(20);
    }
  }

  async run(isOver) {
    while (!isOver()) {
      const batch = this.batch();
      await this.send(batch);
      if (this.random() < 0.1) await this.send(batch);
      await sleep(5);
    }
  }
}

const forwardOf = (server, key) => server.api('GET', `/api/forwards/${key}`);
const write = (server, key, receiver, more = {}) => server.api('PUT', `/api/forwards/${key}`,
  { name: key, url: receiver.url, write_key: `key-${key}`, allows_private: true, ...more });
const current = (server, key, ms = 120_000) => {
  let last = null;
  return waitFor(async () => {
    last = await forwardOf(server, key);
    return last.state === 'current' && last.lag_records < 10 ? last : null;
  }, { ms, every: 100, describe: () => JSON.stringify(last) });
};

test('kills and faults on both sides lose nothing and repeat only what nobody could know', { timeout: 300_000 }, async (t) => {
  t.diagnostic(`TL_FORWARD_SEED=${kSeed}`);
  const random = seededRandom(kSeed);
  const receiver = await new Receiver().open();
  t.after(() => receiver.close());
  const server = await Server.start();
  t.after(() => server.discard());
  const kFaults = ['drop', 'dropAfter', 'failAfter', 'busy'];
  receiver.fault = () => (random() < 0.02 ? kFaults[Math.floor(random() * kFaults.length)] : random() < 0.02 ? 'slow' : '');
  await write(server, 'w', receiver);

  const shop = new Shop(server, seededRandom(kSeed + 1));
  const end = Date.now() + kSeconds * 1000;
  const kills = [];
  const isOver = () => Date.now() > end;
  const disturbProgram = async () => {
    while (!isOver()) {
      await sleep(800 + random() * 3000);
      kills.push(Date.now());
      await server.kill();
      await server.launch();
    }
  };
  const disturbReceiver = async () => {
    while (!isOver()) {
      await sleep(500 + random() * 3000);
      await receiver.close();
      await sleep(random() * 700);
      await receiver.open();
    }
  };
  await Promise.all([shop.run(isOver), disturbProgram(), disturbReceiver()]);
  receiver.fault = () => '';
  const forward = await current(server, 'w');

  const first = new Map();
  const repeats = [];
  for (const one of receiver.taken) {
    if (first.has(one.id)) repeats.push({ ...one, first: first.get(one.id) });
    else first.set(one.id, one.at);
  }
  const said = [...shop.said.values()].flat();
  const missing = said.filter((id) => !isBad(id) && !first.has(id));
  t.diagnostic(`${said.length} events, ${kills.length} kills, ${receiver.calls} calls, ${repeats.length} repeats`);
  assert.deepEqual(missing, []);
  assert.equal(receiver.authorization, `Basic ${btoa('key-w:')}`);
  assert.ok(forward.refused >= said.filter(isBad).length, 'the bad ones are counted, some of them again after a kill');
  assert.deepEqual([...first.keys()].filter(isBad), []);

  // Each person's events, as they came first, are in the order in which they were said.
  const came = new Map();
  for (const { id, user, at } of receiver.taken) if (first.get(id) === at) came.set(user, [...(came.get(user) ?? []), id]);
  for (const [user, ids] of shop.said) assert.deepEqual([...new Set(came.get(user))], ids.filter((id) => !isBad(id)), user);

  // What came again came first within the time of a note before a kill, or was never answered.
  const isExplained = ({ first: at }) => kills.some((kill) => at > kill - kNoteMs - kMarginMs && at < kill + kMarginMs)
    || receiver.unanswered.some((when) => Math.abs(when - at) < kMarginMs);
  assert.deepEqual(repeats.filter((one) => !isExplained(one)).slice(0, 3), []);
});

test('who answers after half a minute delays nobody but himself', { timeout: 120_000 }, async (t) => {
  const slow = await new Receiver().open();
  const fast = await new Receiver().open();
  t.after(() => Promise.all([slow.close(), fast.close()]));
  slow.hung = [];
  slow.fault = () => 'hang';
  const server = await Server.start();
  t.after(() => server.discard());
  const shop = new Shop(server, seededRandom(7));
  // The best of five: others use the machine, too.
  const timed = async () => {
    const rounds = [];
    for (let round = 0; round < 5; round += 1) {
      const began = Date.now();
      for (let i = 0; i < 20; i += 1) await shop.send(shop.batch().map((event) => ({ ...event, messageId: event.messageId.replace('-bad', '') })));
      rounds.push(Date.now() - began);
    }
    return Math.min(...rounds);
  };
  await write(server, 'fast', fast);
  const alone = await timed();
  await current(server, 'fast');
  await write(server, 'slow', slow);
  const beside = await timed();
  await current(server, 'fast', 10_000);
  t.diagnostic(`400 events: ${alone} ms alone, ${beside} ms beside the slow one`);
  assert.equal(new Set(fast.taken.map((one) => one.id)).size, 4000);
  assert.equal(fast.taken.length, 4000);
  assert.ok(beside < 3 * alone + 200, `${beside} ms, ${alone} ms without`);
  await waitFor(() => slow.hung.length === 1);
  const forward = await forwardOf(server, 'slow');
  assert.equal(forward.state, 'sending');
  assert.ok(forward.lag_records >= 2000, 'it is told how far behind it is');

  // And it does not keep the program from stopping.
  const began = Date.now();
  assert.equal((await server.stop()).code, 0);
  assert.ok(Date.now() - began < 8_000);
  slow.fault = () => '';
  await server.launch();
  await current(server, 'slow');
  assert.equal(new Set(slow.taken.map((one) => one.id)).size, 2000);
});
