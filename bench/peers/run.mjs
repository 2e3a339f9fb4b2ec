// The questions of the history, asked of ours, of ClickHouse and of DuckDB over the same events.
//
//   node bench/peers/run.mjs [STEP...] [--events N] [--people N] [--work DIR] [--build DIR] [--only K] [--write PAGE]
//
// Steps, all of them in this order unless some are named: fill (a store by `throughline simulate`),
// ask (ours), load (the peers), peers (ask them), table (print it; --write puts it into a page).
// README.md beside tells what each does and how to read the figures.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {parseArgs} from 'node:util';

import {kWriteKey, post, sendEvent, withServer} from '../server.mjs';
import {kQuestions} from './questions.mjs';
import {printTable} from './table.mjs';

const {values: options, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    events: {type: 'string', default: '1000000'},
    people: {type: 'string'},
    work: {type: 'string', default: 'peers-work'},
    build: {type: 'string', default: 'build/bench'},
    only: {type: 'string'},  // Number of a question, from 1.
    write: {type: 'string'},
  },
});
const kEvents = Number(options.events);
const kPeople = Number(options.people ?? Math.max(1, Math.round(kEvents / 50)));
const kWork = path.resolve(options.work);
const kStore = path.join(kWork, 'store');
const kProgram = path.resolve(options.build, 'src/cli/throughline');
const kRounds = 5;

const say = (text) => console.error(text);
const inWork = (name) => path.join(kWork, name);
const readJson = (name, otherwise) => (existsSync(inWork(name)) ? JSON.parse(readFileSync(inWork(name), 'utf8')) : otherwise);
const writeJson = (name, value) => writeFileSync(inWork(name), `${JSON.stringify(value)}\n`);
const isAsked = (number) => options.only === undefined || Number(options.only) === number + 1;

function fill() {
  if (existsSync(kStore)) return say(`fill: ${kStore} is there already`);
  const begin = performance.now();
  execFileSync(kProgram, ['simulate', '--data', kStore, '--people', String(kPeople), '--events', String(kEvents),
                          '--days', '90', '--from', '2026-01-01', '--seed', '1'], {stdio: ['ignore', 2, 2]});
  say(`fill: ${((performance.now() - begin) / 1000).toFixed(0)} s`);
}

async function askOnce(url, charts) {
  await sendEvent(url, 'Bench Touched');  // Outside of every range: no answer is kept past it.
  const isOne = charts.length === 1;
  const body = isOne ? charts[0].ours : {queries: charts.map(({ours}) => ours)};
  const {ms, text} = await post(`${url}/api/${isOne ? 'query' : 'queries'}`, body);
  const answers = isOne ? [JSON.parse(text)] : JSON.parse(text).answers;
  return {ms, answers: answers.map((answer, i) => charts[i].read(answer))};
}

// Once: events of the same range, many of the same people, that no checkpoint has written yet.
function fillTail(url) {
  if (existsSync(inWork('tail'))) return;
  for (const seed of [2, 3]) {
    execFileSync(kProgram, ['simulate', '--server', url, '--write-key', kWriteKey, '--people', String(Math.min(kPeople, 2000)),
                            '--events', String(Math.min(100_000, Math.ceil(kEvents / 100))), '--days', '90', '--from', '2026-01-01',
                            '--seed', String(seed), '--rate', '0'], {stdio: ['ignore', 2, 2]});
  }
  writeFileSync(inWork('tail'), '');
}

function readIntoCache() {
  const history = path.join(kStore, 'p0000/history');
  for (const name of readdirSync(history)) readFileSync(path.join(history, name));
}

async function ask() {
  const questions = readJson('ours.json', {questions: []}).questions;
  await withServer({program: kProgram, store: kStore, log: inWork('serve.log'), keepsTail: true}, async ({url}) => {
    fillTail(url);
    readIntoCache();
    for (const [number, {name, charts}] of kQuestions.entries()) {
      if (!isAsked(number)) continue;
      const times = [];
      let answers = null;
      for (let round = 0; round < kRounds; ++round) {
        const one = await askOnce(url, charts).catch((error) => say(`ours: ${name}: ${error.message}`));
        if (one === undefined) break;
        times.push(one.ms);
        answers ??= one.answers;
        if (one.ms > 10_000) break;
      }
      say(`ours: ${name}: ${times.map((ms) => ms.toFixed(1)).join(' ')} ms`);
      questions[number] = times.length > 0 ? {ms: times, answers} : null;
    }
  });
  writeJson('ours.json', {events: kEvents, people: kPeople, questions});
}

function peer(engine, extra = {}) {
  return JSON.parse(execFileSync(process.execPath, [path.join(import.meta.dirname, `${engine}.mjs`), kWork],
                                 {stdio: ['ignore', 'pipe', 2], env: {...process.env, ...extra}, maxBuffer: 1 << 28}));
}

function load() {
  rmSync(inWork('csv'), {recursive: true, force: true});
  mkdirSync(inWork('csv'));
  execFileSync(path.resolve(options.build, 'bench/peer_rows'), [kStore, inWork('csv')], {stdio: ['ignore', 2, 2]});
  for (const engine of ['clickhouse', 'duckdb']) {
    rmSync(inWork(engine), {recursive: true, force: true});
    peer(engine, {PEER_ONLY: '0'});
  }
  rmSync(inWork('csv'), {recursive: true});
}

function askPeers() {
  for (const engine of ['clickhouse', 'duckdb']) {
    const before = readJson(`${engine}.json`, {questions: []});
    const asked = peer(engine, {PEER_ONLY: options.only ?? ''});
    asked.questions = asked.questions.map((question, number) => (isAsked(number) ? question : before.questions[number] ?? null));
    writeJson(`${engine}.json`, asked);
  }
}

function table() {
  const text = printTable({ours: readJson('ours.json'), clickhouse: readJson('clickhouse.json'), duckdb: readJson('duckdb.json')});
  console.log(text);
  if (options.write === undefined) return;
  // Between two marks, so that what is written around the table stays.
  const marks = [`<!-- peers ${kEvents} -->`, '<!-- end -->'];
  const page = readFileSync(options.write, 'utf8');
  const begin = page.indexOf(marks[0]) + marks[0].length;
  const end = page.indexOf(marks[1], begin);
  if (begin < marks[0].length || end < 0) throw new Error(`${options.write}: no ${marks.join(' … ')}`);
  writeFileSync(options.write, `${page.slice(0, begin)}\n\n${text}\n\n${page.slice(end)}`);
}

const kSteps = {fill, ask, load, peers: askPeers, table};
mkdirSync(kWork, {recursive: true});
for (const step of positionals.length > 0 ? positionals : Object.keys(kSteps)) {
  if (kSteps[step] === undefined) throw new Error(`${step}: no such step; ${Object.keys(kSteps).join(', ')}`);
  await kSteps[step]();
}
