// What questions and ingest do to each other, seen from outside:
//
//   node bench/under_load.mjs STORE [--build build/bench] [--rate 100000] [--seconds 20]
//
// 1. Events are offered at a rate, alone, then with one question after the other: throughput, p99.
// 2. A question is hung up on: until when its threads still use the processor.
// 3. An event is sent and counted right after its 200, while events are offered.
//
// STORE is a data directory made by bench/peers/run.mjs; the events stay in it, so take a copy.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';

import {kQuestions} from './peers/questions.mjs';
import {kWriteKey, post, sendEvent, withServer} from './server.mjs';

const {values: options, positionals: [store]} = parseArgs({
  allowPositionals: true,
  options: {
    build: {type: 'string', default: 'build/bench'},
    rate: {type: 'string', default: '100000'},
    seconds: {type: 'string', default: '20'},
  },
});
const kCancelRounds = 20;
const kBreathRounds = 100;
const kBusyMs = 2;  // Of processor time in a look, of a thread that works on a question.

const maximum = (numbers) => Math.max(...numbers);
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Offers events for some seconds; {events, p50, p99} as the generator tells them. */
async function offer(url, seconds) {
  const child = spawn(path.resolve(options.build, 'bench/ingest_load'), [url, kWriteKey, 'mixed', String(seconds), options.rate],
                      {stdio: ['ignore', 'pipe', 'inherit']});
  let text = '';
  child.stdout.on('data', (piece) => (text += piece));
  await once(child, 'close');
  const [, events, p50, p99] = text.match(/events\/s (\d+).*p50 ([\d.]+) ms +p99 ([\d.]+) ms/).map(Number);
  return {events, p50, p99};
}

const tellLoad = (what, {events, p50, p99}) => console.log(`${what}: ${events} events/s, p50 ${p50} ms, p99 ${p99} ms`);

async function measureLoad(url) {
  const alone = await offer(url, options.seconds);
  tellLoad('events alone', alone);
  for (const {name, charts} of kQuestions) {
    if (charts.length > 1 || charts[0].makesSessions || charts[0].given === null) continue;
    const times = [];
    let isOver = false;
    const load = offer(url, options.seconds).finally(() => (isOver = true));
    while (!isOver) {
      // Another millisecond to begin at, so that no answer is kept from the one before.
      const from = new Date(Date.parse(charts[0].ours.from) + times.length).toISOString();
      times.push((await post(`${url}/api/query`, {...charts[0].ours, from})).ms);
    }
    const beside = await load;
    tellLoad(`beside "${name}", one at a time`, beside);
    console.log(`  ${times.length} answers, median ${median(times).toFixed(0)} ms; ` +
                `throughput ${(100 * (beside.events / alone.events - 1)).toFixed(1)} %`);
  }
}

/** Nanoseconds that each thread of a process has run. */
function runTimes(pid) {
  const times = new Map();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      times.set(thread, Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]));
    } catch {
      continue;  // It has ended.
    }
  }
  return times;
}

/** Milliseconds from hanging up until the threads that worked on the question stand still. */
async function cancelAfter(url, pid, question, ms) {
  const hangUp = new AbortController();
  const asked = post(`${url}/api/query`, question, {signal: hangUp.signal}).then(() => true, () => false);
  const before = runTimes(pid);
  await sleep(ms);
  const during = runTimes(pid);
  const workers = [...during.keys()].filter((thread) => during.get(thread) - (before.get(thread) ?? 0) > kBusyMs * 1e6);
  hangUp.abort();
  const begin = performance.now();
  if (await asked || workers.length === 0) return null;  // It was answered before.
  let last = runTimes(pid);
  let stood = 0;
  for (let now = begin; now < begin + 500; now = performance.now()) {
    await sleep(1);
    const times = runTimes(pid);
    // What a thread does for anything else in a millisecond is less than a tenth of it.
    if (workers.some((thread) => (times.get(thread) ?? 0) - last.get(thread) > 1e5)) stood = performance.now() - begin;
    last = times;
  }
  return stood;
}

async function measureCancel(url, pid) {
  for (const {name, charts} of kQuestions) {
    if (charts.length > 1 || charts[0].makesSessions || charts[0].given === null) continue;
    const times = [];
    for (let round = 0; round < kCancelRounds; ++round) {
      await sendEvent(url, 'Bench Touched');
      const stopped = await cancelAfter(url, pid, charts[0].ours, 10 + 4 * round);
      if (stopped !== null) times.push(stopped);
    }
    if (times.length === 0) continue;
    console.log(`hung up on "${name}": ${times.length} times, its threads stand still after ` +
                `${median(times).toFixed(0)} ms (median), ${maximum(times).toFixed(0)} ms (longest)`);
  }
}

async function measureBreath(url) {
  const day = new Date().toISOString().slice(0, 10);
  const to = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
  const question = {kind: 'trend', from: day, to, timezone: 'UTC', interval: 'day', series: [{event: 'Bench Breath', measure: 'events'}]};
  const count = async () => JSON.parse((await post(`${url}/api/query`, question)).text).series[0].total;
  const load = offer(url, options.seconds);
  const first = await count();
  let missed = 0;
  for (let round = 1; round <= kBreathRounds; ++round) {
    await sendEvent(url, 'Bench Breath');
    if (await count() !== first + round) ++missed;
  }
  console.log(`an event counted in the first question after its 200: ${kBreathRounds - missed} of ${kBreathRounds}`);
  await load;
}

const program = path.resolve(options.build, 'src/cli/throughline');
await withServer({program, store, log: path.join(store, 'under-load.log')}, async ({url, pid}) => {
  await measureCancel(url, pid);
  await measureBreath(url);
  await measureLoad(url);
});
