// What live segments cost events over HTTP: a simulated world is sent as fast as the server takes it,
// to a new server without segments and to one with some of the demo's kind, in turn.
//
//   node bench/segments.mjs [--program build/throughline] [--segments 100] [--events 400000] [--rounds 2]
//
// Told are events a second, and of each thread of the server the processor time of an event, which
// says more where the machine is shared. Segments take the conditions of the demo with other windows and
// other counts each.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {Agent, request} from 'node:http';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';

import {kToken, kWriteKey, withServer} from './server.mjs';

const {values: options} = parseArgs({options: {
  program: {type: 'string', default: 'build/throughline'},
  segments: {type: 'string', default: '100'},
  events: {type: 'string', default: '400000'},
  rounds: {type: 'string', default: '2'},
}});
const kConnections = 8;
const kBatch = 100;
const kTicksASecond = 100;

/** Bodies of requests: events in the order of each source. */
function readBodies(folder) {
  const bodies = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl')).sort()) {
    const lines = readFileSync(path.join(folder, file), 'utf8').trimEnd().split('\n');
    for (let i = 0; i < lines.length; i += kBatch) {
      bodies.push(Buffer.from(`{"batch":[${lines.slice(i, i + kBatch).join(',')}]}`));
    }
  }
  return bodies;
}

/** Conditions of the demo's segments; `i` makes each another one. */
function conditionsOf(i) {
  const days = `${7 + (i % 40)}d`;
  const kinds = [
    [{did: 'Order Completed', count: {gte: 1 + (i % 5)}, within: days}],
    [{did: 'Signed Up', count: {gte: 1}, within: days}],
    [{did: 'Product Added', count: {gte: 1}, within: days}, {did: 'Order Completed', count: {eq: 0}, within: days}],
    [{did: 'Order Completed', count: {gte: 1}}, {did: 'Order Completed', count: {eq: 0}, within: days}],
    [{did: 'Order Delivered', where: {property: 'late', op: 'eq', value: true}, count: {gte: 1}, within: days}],
    {or: [{did: 'Survey Answered', where: [{property: 'survey', op: 'eq', value: 'nps'}, {property: 'score', op: 'lte', value: i % 10}], within: days},
          {did: 'Ticket Opened', count: {gte: 1 + (i % 3)}, within: days}]},
  ];
  return kinds[i % kinds.length];
}

/** Processor seconds of each thread of a process, by the thread's name. */
function threadSeconds(pid) {
  const found = new Map();
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    found.set(name, (found.get(name) ?? 0) + (Number(fields[11]) + Number(fields[12])) / kTicksASecond);
  }
  return found;
}

function send(agent, url, target, method, body, authorization) {
  return new Promise((done, failed) => {
    const outgoing = request(url + target, {method, agent, headers: {
      'Authorization': authorization, 'Content-Type': 'application/json', 'Content-Length': body.length,
    }}, (answer) => {
      answer.resume();
      answer.on('end', () => (answer.statusCode < 300 ? done() : failed(new Error(`${target}: ${answer.statusCode}`))));
    });
    outgoing.on('error', failed);
    outgoing.end(body);
  });
}

async function measure(bodies, segments) {
  const store = mkdtempSync(path.join(tmpdir(), 'throughline-segments-'));
  const agent = new Agent({keepAlive: true, maxSockets: kConnections});
  try {
    return await withServer({program: options.program, store: `${store}/data`, log: `${store}/log`}, async ({url, pid}) => {
      for (let i = 0; i < segments; ++i) {
        const body = Buffer.from(JSON.stringify({name: `Segment ${i}`, conditions: conditionsOf(i)}));
        await send(agent, url, `/api/segments/s${i}`, 'PUT', body, `Bearer ${kToken}`);
      }
      const before = threadSeconds(pid);
      const begin = performance.now();
      let next = 0;
      const work = async () => {
        const writer = `Basic ${Buffer.from(`${kWriteKey}:`).toString('base64')}`;
        while (next < bodies.length) await send(agent, url, '/v1/batch', 'POST', bodies[next++], writer);
      };
      await Promise.all(Array.from({length: kConnections}, work));
      const seconds = (performance.now() - begin) / 1000;
      const after = threadSeconds(pid);
      agent.destroy();
      const spent = [...after].map(([name, all]) => [name, all - (before.get(name) ?? 0)]).sort((a, b) => b[1] - a[1]);
      return {seconds, spent};
    });
  } finally {
    rmSync(store, {recursive: true, force: true});
  }
}

const folder = mkdtempSync(path.join(tmpdir(), 'throughline-world-'));
try {
  const from = new Date(Date.now() - 91 * 86_400_000).toISOString().slice(0, 10);
  const people = String(Math.ceil(Number(options.events) / 50));
  execFileSync(options.program, ['simulate', '--people', people, '--events', options.events, '--from', from, '--out', `${folder}/world`]);
  const bodies = readBodies(`${folder}/world`);
  const events = Number(options.events);
  for (let round = 0; round < Number(options.rounds); ++round) {
    for (const segments of [0, Number(options.segments)]) {
      const {seconds, spent} = await measure(bodies, segments);
      const all = spent.reduce((sum, [, one]) => sum + one, 0);
      const threads = spent.slice(0, 4).map(([name, one]) => `${name} ${(one / events * 1e6).toFixed(2)}`).join(', ');
      console.log(`${segments} segments: ${Math.round(events / seconds)} events/s; processor time of an event ${(all / events * 1e6).toFixed(2)} us (${threads})`);
    }
  }
} finally {
  rmSync(folder, {recursive: true, force: true});
}
