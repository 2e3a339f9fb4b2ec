// Clients that know what they said and what was acknowledged, and the checks against the server.

import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const kBatch = 20;
const kPeople = 25;    // Of each client at a time...
const kEvents = 2000;  // ...who are followed by others after so many events, so that timelines stay
                       // short and those from before earlier kills are looked at too.
const kPauseMs = 10;

/** Numbers in [0, 1) that a seed decides (mulberry32). */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One connection that sends batches, each until it is acknowledged. */
export class Client {
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #stopped = false;
  #abandoned = false;

  said = 0;      // Events with a message id of their own.
  resent = 0;    // Tries of a batch after its first.
  settled = new Map();  // Person -> message ids acknowledged.
  open = [];     // Message ids of the batch that is on its way.

  constructor(server, source, index, random) {
    Object.assign(this, { server, source, index, random });
  }

  people() {
    return [...this.settled.keys()];
  }

  /** Makes the batch on its way the last. */
  stop() {
    this.#stopped = true;
  }

  /** Ends at once, whatever is on its way: the test has failed. */
  abandon() {
    this.#stopped = true;
    this.#abandoned = true;
  }

  // A connection to a process that is gone serves nobody.
  noteKill() {
    this.#agent.destroy();
  }

  async run() {
    while (!this.#stopped) {
      await this.#deliver(this.#makeBatch());
      await sleep(kPauseMs);
    }
    this.#agent.destroy();
  }

  #makeBatch() {
    const generation = Math.floor(this.said / kEvents);
    return Array.from({ length: kBatch }, () => {
      const user = `c${this.index}-g${generation}-p${Math.floor(this.random() * kPeople)}`;
      return { type: 'track', event: 'Killed', userId: user, messageId: `c${this.index}-${(this.said += 1)}`, properties: { n: this.said } };
    });
  }

  async #deliver(batch) {
    this.open = batch.map(({ messageId }) => messageId);
    const body = JSON.stringify({ batch });
    while (!(await this.#send(body, batch.length))) {
      if (this.#abandoned) return;
      ++this.resent;
      await sleep(kPauseMs);
    }
    for (const { userId, messageId } of batch) {
      if (!this.settled.has(userId)) this.settled.set(userId, new Set());
      this.settled.get(userId).add(messageId);
    }
    this.open = [];
  }

  // Whether it was acknowledged. A refusal would be a fault of the server: nothing here is refused.
  #send(body, count) {
    const headers = { authorization: `Basic ${Buffer.from(`${this.source.writeKey}:`).toString('base64')}`, 'content-length': Buffer.byteLength(body) };
    return new Promise((done, failed) => {
      const outgoing = request({ host: '127.0.0.1', port: this.server.port, method: 'POST', path: '/v1/batch', headers, agent: this.#agent }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece) => { text += piece; }).on('error', () => done(false)).on('end', () => {
          if (!answer.complete || answer.statusCode === 503) return done(false);
          try {
            assert.equal(answer.statusCode, 200, text);
            const { accepted, duplicates, rejected } = JSON.parse(text);
            assert.deepEqual([accepted + duplicates, rejected], [count, []]);
            done(true);
          } catch (error) {
            failed(error);
          }
        });
      });
      outgoing.on('error', () => done(false));
      outgoing.end(body);
    });
  }
}

const sum = (clients, of) => clients.reduce((total, client) => total + of(client), 0);

/** Holds that the count lies between what was acknowledged before and what was said until after. */
export async function checkTotals(server, source, clients, when) {
  const settled = sum(clients, (client) => client.said - client.open.length);
  const counted = await server.eventsOf(source);
  const said = sum(clients, (client) => client.said);
  assert.ok(counted >= settled, `${when}: ${settled} events were acknowledged, ${counted} are there`);
  assert.ok(counted <= said, `${when}: ${said} events were said, ${counted} are there`);
}

/** Holds for people taken by chance that each acknowledged event is on the timeline, and no event
 *  is twice. */
export async function checkPeople(server, clients, random, count, when) {
  const all = clients.flatMap((client) => client.people().map((user) => [client, user]));
  const chosen = count >= all.length ? all : Array.from({ length: count }, () => all[Math.floor(random() * all.length)]);
  for (const [client, user] of chosen) {
    const acknowledged = [...client.settled.get(user)];
    const events = await server.timeline('user_id', user);
    const there = new Set(events.map((event) => event.message_id));
    assert.equal(there.size, events.length, `${when}: an event of ${user} is there twice`);
    const lost = acknowledged.filter((id) => !there.has(id));
    assert.deepEqual(lost, [], `${when}: acknowledged events of ${user} are gone`);
    if (count === Infinity) assert.equal(there.size, acknowledged.length, `${when}: events of ${user}`);
  }
}
