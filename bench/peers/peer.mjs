// What both peers do: load once, then answer every question some times over.
//
// Prints a line of JSON: {engine, version, bytes, questions: [{ms, answers}]}, milliseconds of the
// fastest round, a question of several charts being as long as all of them.
import path from 'node:path';

import {kFromMs, kQuestions, kToMs} from './questions.mjs';

export const kThreads = 2;
const kRounds = 3;
const kOnly = process.env.PEER_ONLY ?? '';  // Number of the one question to ask; 0: none.
const kSessionsMadeMax = 20_000_000;  // Events: of more, making sessions takes many minutes and gigabytes.
const now = () => performance.now();

async function answer(peer, engine, charts) {
  const answers = [];
  const begin = now();
  for (const chart of charts) {
    if (chart.makesSessions) await peer.makeSessions();
    answers.push(chart[engine] === null ? null : await peer.rows(chart[engine]));
  }
  return {ms: now() - begin, answers};
}

/** The fastest of some rounds, fewer where one takes long; nothing where the peer is not asked. */
async function measure(peer, engine, charts) {
  if (charts.some((chart) => chart[engine] === null)) return null;
  let best = null;
  for (let round = 0; round < kRounds; ++round) {
    const one = await answer(peer, engine, charts);
    if (best === null || one.ms < best.ms) best = one;
    if (one.ms > 20_000) break;
  }
  best.answers = best.answers.map((rows, i) => (charts[i].given === null ? null : charts[i].given(rows)));
  return best;
}

export async function runPeer(engine, open) {
  const [work] = process.argv.slice(2);
  const peer = await open(path.join(work, engine));
  if (!(await peer.isLoaded())) {
    const begin = now();
    await peer.load(path.join(work, 'csv/rows-*.csv'), kFromMs, kToMs);
    await peer.loadSessions(path.join(work, 'csv/sessions-*.csv'));
    console.error(`${engine}: loaded in ${Math.round((now() - begin) / 1000)} s`);
  }
  const questions = [];
  for (const [number, {name, charts}] of kQuestions.entries()) {
    const isTooMuch = charts.some((chart) => chart.makesSessions) && (await peer.events()) > kSessionsMadeMax;
    if (isTooMuch || (kOnly !== '' && Number(kOnly) !== number + 1)) {
      questions.push(null);
      continue;
    }
    const measured = await measure(peer, engine, charts);
    console.error(`${engine}: ${name}: ${measured === null ? 'not asked' : `${measured.ms.toFixed(0)} ms`}`);
    questions.push(measured);
  }
  console.log(JSON.stringify({engine, version: await peer.version(), bytes: Number(await peer.bytes()), questions}));
  await peer.close();
}
