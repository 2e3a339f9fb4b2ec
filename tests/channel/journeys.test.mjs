// People run through three journeys while the program is killed again and again, and while a real
// SMTP server and a webhook's receiver fail now and then. Nothing goes out twice, nothing is lost,
// whatever nobody can know is listed, and the end is that of a run nobody disturbed.
//
//   TL_JOURNEY_PEOPLE  how many; default 60
//   TL_JOURNEY_KILLS   kills in a row; default 3
//   TL_JOURNEY_SEED    default from the clock, told on failure

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { seededRandom } from '../kill/load.mjs';
import { Server, waitFor, writeKey } from '../sdk/server.mjs';
import { refusal, startServer } from './peer.mjs';

const kPeople = Number(process.env.TL_JOURNEY_PEOPLE ?? 60);
const kKills = Number(process.env.TL_JOURNEY_KILLS ?? 3);
const kSeed = Number(process.env.TL_JOURNEY_SEED ?? Date.now() % 2 ** 31);
const kSettleMsMax = 90_000 + kPeople * 60;
const kAliveMsMax = Math.max(2_500, kPeople * 2);  // Kills lie all over the time that sending takes.
const kReadersAtOnce = 8;

const cart = {
  key: 'cart',
  name: 'Abandoned cart',
  trigger: { event: 'Product Added' },
  goals: [{ name: 'ordered', event: 'Order Completed' }],
  steps: [
    { id: 'quiet', type: 'wait_for', events: [{ event: 'Product Removed', next: 'quiet' }], timeout: '2s' },
    { id: 'holdout', type: 'split', salt: 'cart', parts: [
      { name: 'reminded', share: 90, next: 'reminder' },
      { name: 'nobody', share: 10, holdout: true, next: 'end' }] },
    { id: 'reminder', type: 'message', channel: 'email', template: 'reminder', purpose: 'marketing' },
    { id: 'answer', type: 'wait', for: '1s' },
    { id: 'last', type: 'message', channel: 'email', template: 'last', purpose: 'marketing' },
  ],
};
const ready = {
  key: 'ready',
  name: 'Order ready',
  trigger: { event: 'Order Ready', key: 'order_id' },
  reentry: 'never',
  steps: [
    { id: 'told', type: 'message', channel: 'email', template: 'told', purpose: 'orders' },
    { id: 'call', type: 'webhook', url: 'URL' },
    { id: 'while', type: 'wait', for: '2s' },
    { id: 'reminder', type: 'message', channel: 'email', template: 'reminder', purpose: 'orders' },
  ],
};
const late = {
  key: 'late',
  name: 'Late delivery',
  trigger: { event: 'Shipment Late', key: 'shipment_id' },
  reentry: 'never',
  steps: [
    { id: 'hold', type: 'update', traits: { survey_held_back: true } },
    { id: 'sorry', type: 'message', channel: 'email', template: 'told', purpose: 'orders' },
    { id: 'arrival', type: 'wait_for', events: [{ event: 'Delivered', hold: ['shipment_id'], next: 'release' }], timeout: '4s' },
    { id: 'release', type: 'update', traits: { survey_held_back: null } },
    { id: 'survey', type: 'message', channel: 'email', template: 'last', purpose: 'orders' },
  ],
};

// When something comes decides what follows, and a kill moves everything that comes after it. So
// what ends a wait comes in one request with what began it, or when all waits are over.
const kSoon = 'soon';
const kLate = 'late';
const kNever = 'never';
const oneOf = (chance, soon, late) => (chance < soon ? kSoon : chance < soon + late ? kLate : kNever);

/** What one person does and allows, by her number alone. */
function personOf(number) {
  const random = seededRandom(1_000 + number);
  return { user: `u${number}`, consents: random() < 0.8, orders: oneOf(random(), 0.2, 0.2), gets: oneOf(random(), 0.5, 0.4) };
}

/** What she does in the first part or the second: one request. */
function eventsOf(run, i, part) {
  const { user, consents, orders, gets } = personOf(i);
  const events = [];
  const say = (type, more) => events.push({ type, userId: user, messageId: `${run}-${part}-${i}-${events.length}`, ...more });
  const track = (event, properties = {}) => say('track', { event, properties });
  if (part === kSoon) {
    say('identify', { traits: { email: `${user}@shop.example`, firstName: `Person ${i}` } });
    if (consents) track('Consent Given', { purpose: 'marketing', basis: 'consent', notice_version: '1', channel: 'web', evidence: 'form' });
    track('Product Added', { name: 'Shirt', price: 10 });
    track('Order Ready', { order_id: `o${i}` });
    track('Shipment Late', { shipment_id: `s${i}` });
  }
  if (orders === part) track('Order Completed', { revenue: 10 });
  if (gets === part) track('Delivered', { shipment_id: `s${i}` });
  return events;
}

/** Sends what everybody does in one part, some people a request, each until it is acknowledged. */
async function sendPart(server, run, part) {
  const send = async (batch) => {
    const body = JSON.stringify({ batch, sentAt: new Date().toISOString() });
    for (;;) {
      try {
        const answer = await fetch(`${server.url}/v1/batch`, {
          method: 'POST',
          headers: { Authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`, 'Content-Type': 'application/json' },
          body,
        });
        if (answer.ok) break;
      } catch { /* killed: again */ }
      await sleep(20);
    }
    await sleep(5);
  };
  for (let i = 0; i < kPeople; i += 4) {
    const people = Array.from({ length: Math.min(4, kPeople - i) }, (_, k) => i + k);
    const batch = people.flatMap((person) => eventsOf(run, person, part));
    if (batch.length > 0) await send(batch);
  }
}

async function sendAll(server, run) {
  await sendPart(server, run, kSoon);
  await waitFor(async () => {
    try {
      return (await runsUnderWay(server)) === 0;
    } catch {
      return false;  // Killed.
    }
  }, { ms: kSettleMsMax, every: 300, describe: () => 'runs are on their way for too long' });
  await sendPart(server, run, kLate);
}

async function setUp(server, smtp, hook) {
  await server.api('PUT', '/api/purposes/marketing', { name: 'Offers', basis: 'consent', capped: false, quiet: false });
  await server.api('PUT', '/api/purposes/orders', { name: 'Orders', basis: 'contract', capped: false, quiet: false });
  await server.api('PUT', '/api/settings/links', { base_url: 'https://news.shop.example/', clicks: false, opens: false });
  await server.api('PUT', '/api/settings/senders', {
    email: { type: 'smtp', host: '127.0.0.1', port: smtp.port, tls: 'none', connections: 4 },
    webhook: { type: 'webhook', secret: 'whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0', heeds_key: true, allows_private: true },
  });
  for (const [key, text] of [['reminder', 'Still there'], ['last', 'Last chance'], ['told', 'Hello']]) {
    await server.api('PUT', `/api/templates/${key}`, {
      name: key, channel: 'email', subject: `${text} {{ person.traits.firstName }}`, text, from: 'shop@shop.example',
    });
  }
  for (const journey of [cart, ready, late]) {
    const document = JSON.parse(JSON.stringify(journey).replace('"URL"', JSON.stringify(hook.url)));
    await server.api('PUT', `/api/journeys/${journey.key}`, { name: journey.name, document });
    await server.api('POST', `/api/journeys/${journey.key}/publish`, {});
  }
}

async function startHook(context, faults) {
  const calls = new Set();
  const server = createServer((request, answer) => {
    request.resume();
    request.on('end', () => {
      const key = request.headers['idempotency-key'];
      const fault = faults();
      if (fault === 'drop') return request.socket.destroy();
      calls.add(key);
      if (fault === 'dropAfter') return request.socket.destroy();
      answer.writeHead(204).end();
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  context.after(() => server.closeAllConnections() ?? server.close());
  return { url: `http://127.0.0.1:${server.address().port}/`, calls };
}

async function runsUnderWay(server) {
  const reports = await Promise.all([cart, ready, late].map((one) => server.api('GET', `/api/journeys/${one.key}/report`)));
  return reports.reduce((sum, one) => sum + one.on_their_way, 0);
}

const isOpen = ({ state }) => state === 'waiting' || state === 'sending';

async function hasOpen(server) {
  const pages = await Promise.all(['waiting', 'sending'].map((state) => server.api('GET', `/api/messages?state=${state}&limit=1`)));
  return pages.some(({ items }) => items.length > 0);
}

/** Waits until no run is on its way and nothing waits to go out; answers all messages. */
async function settled(server) {
  let last = '';
  return waitFor(async () => {
    const running = await runsUnderWay(server);
    const open = await hasOpen(server);
    last = `${running} runs on their way, messages ${open ? 'wait' : 'are out'}`;
    if (running > 0 || open) return null;
    const messages = await server.all('/api/messages');
    return messages.some(isOpen) ? null : messages;  // One may have gone from list to list meanwhile.
  }, { ms: kSettleMsMax, every: 500, describe: () => last });
}

/** What was asked for, without what differs from run to run. */
async function asked(server, messages) {
  const profiles = [...new Set(messages.map((one) => one.profile))];
  const names = new Map();
  const read = async () => {
    for (let profile = profiles.pop(); profile; profile = profiles.pop()) {
      const { identifiers } = await server.api('GET', `/api/profiles/${profile}`);
      names.set(profile, identifiers.find((one) => one.namespace === 'user_id').value);
    }
  };
  await Promise.all(Array.from({ length: kReadersAtOnce }, read));
  return messages.map((one) => `${names.get(one.profile)} ${one.journey} ${one.step} ${one.state === 'refused' ? one.reason : ''}`).sort();
}

/** How runs ended, of which journey. */
async function endsOf(server) {
  const reports = await Promise.all([cart, ready, late].map((one) => server.api('GET', `/api/journeys/${one.key}/report`)));
  return reports.map(({ versions }) => versions);
}

// All that is looked at of a mail is its key.
const keyOfMail = (raw) => ({ messageId: /^Message-ID: *(\S+)/im.exec(raw)?.[1] ?? '' });

async function run(context, name, { kills, onMail, hookFaults }) {
  const begun = Date.now();
  const smtp = await startServer(context, { parse: keyOfMail, onMail: (mail) => onMail(mail, smtp) });
  const hook = await startHook(context, hookFaults);
  const server = await Server.start();
  context.after(() => server.discard());
  await setUp(server, smtp, hook);
  const sending = sendAll(server, name);
  const random = seededRandom(kSeed);
  for (let kill = 0; kill < kills; kill += 1) {
    await sleep(500 + random() * kAliveMsMax);
    await server.kill();
    await server.launch();
  }
  await sending;
  const messages = await settled(server);
  const seconds = Math.round((Date.now() - begun) / 1000);
  context.diagnostic(`${name}: ${kPeople} people, ${kills} kills, ${messages.length} messages in ${seconds} s`);
  return { server, smtp, hook, messages };
}

const idOf = (mail) => mail.messageId.replace(/^<|@.*$/g, '');
const byId = (mails) => mails.reduce((counts, mail) => counts.set(idOf(mail), (counts.get(idOf(mail)) ?? 0) + 1), new Map());

test('kills and faults of providers send nothing twice, lose nothing, and hide nothing', { timeout: 3 * kSettleMsMax }, async (t) => {
  t.diagnostic(`TL_JOURNEY_SEED=${kSeed}`);
  const random = seededRandom(kSeed + 1);
  const calm = await run(t, 'calm', { kills: 0, onMail: () => {}, hookFaults: () => '' });
  assert.deepEqual(calm.messages.filter((one) => one.state !== 'sent' && one.state !== 'refused').slice(0, 3), []);

  const taken = [];
  const stormy = await run(t, 'stormy', {
    kills: kKills,
    hookFaults: () => { const chance = random(); return chance < 0.01 ? 'drop' : chance < 0.02 ? 'dropAfter' : ''; },
    async onMail(mail, smtp) {
      if (random() < 0.005) throw refusal(451, 'later');
      taken.push(mail);
      if (random() >= 0.01) return;
      smtp.dropAll();  // It is taken, and nobody is told.
      await new Promise(() => {});
    },
  });

  const counts = byId(taken);
  assert.deepEqual([...counts].filter(([, count]) => count > 1), [], 'mails that were taken twice');
  const states = new Map(stormy.messages.map((one) => [one.id, one]));
  for (const id of counts.keys()) assert.ok(states.has(id), `a mail that nobody asked for: ${id}`);
  const taking = { sent: [1, 1], uncertain: [0, 1], refused: [0, 0] };  // How often, by what is said.
  for (const one of stormy.messages.filter((each) => each.channel === 'email')) {
    assert.ok(one.state in taking, `${one.id} is ${one.state}`);
    const [least, most] = taking[one.state];
    const count = counts.get(one.id) ?? 0;
    assert.ok(count >= least && count <= most, `${one.id} is ${one.state} and was taken ${count} times`);
  }
  for (const one of stormy.messages.filter((each) => each.channel === 'webhook')) {
    assert.equal(one.state, 'sent', 'a receiver that heeds the key is called until it is known');
    assert.ok(stormy.hook.calls.has(one.id), `${one.id} never arrived`);
  }
  const uncertain = await stormy.server.all('/api/messages?state=uncertain');
  const silent = uncertain.filter(({ id }) => !counts.has(id));
  t.diagnostic(`${taken.length} mails, ${stormy.hook.calls.size} calls, ${uncertain.length} uncertain, ${silent.length} of them never taken`);
  assert.deepEqual(await endsOf(stormy.server), await endsOf(calm.server));
  assert.deepEqual(await asked(stormy.server, stormy.messages), await asked(calm.server, calm.messages));
});
