// The table of figures, in Markdown.
import {execFileSync} from 'node:child_process';
import {cpus, totalmem} from 'node:os';
import {isDeepStrictEqual} from 'node:util';

import {kQuestions} from './questions.mjs';

const kDate = new Date().toISOString().slice(0, 10);

const inMs = (ms) => (ms < 100 ? ms.toFixed(1) : Math.round(ms).toLocaleString('en'));
const inTimes = (ratio) => `${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio)} ×`;
const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];

function agreement(ours, peers) {
  const compared = peers.filter((peer) => peer?.answers.every((answer) => answer !== null));
  if (compared.length === 0) return '';
  if (compared.every(({answers}) => isDeepStrictEqual(answers, ours.answers))) return 'equal';
  // The peers take any currency of a person: one of the tail's may have two.
  const inAll = (answers) => answers.map((answer) => answer[''] ?? answer);
  return compared.every(({answers}) => isDeepStrictEqual(inAll(answers), inAll(ours.answers))) ? 'equal in all' : '**differ**';
}

function commit() {
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {cwd: import.meta.dirname, encoding: 'utf8'}).trim();
}

export function printTable({ours, clickhouse, duckdb}) {
  const lines = kQuestions.map(({name}, number) => {
    const mine = ours.questions[number];
    const middle = mine ? median(mine.ms) : null;
    const own = mine ? `${inMs(mine.ms[0])} | ${inMs(middle)}` : 'none in 30 s | ';
    const peers = [clickhouse?.questions[number], duckdb?.questions[number]];
    const against = peers.map((peer) => (peer ? `${inMs(peer.ms)} | ${mine ? inTimes(peer.ms / middle) : ''}` : ' | '));
    return `| ${name} | ${own} | ${against.join(' | ')} | ${mine ? agreement(mine, peers) : ''} |`;
  });
  const bytes = (peer) => (peer.bytes / ours.events).toFixed(1);
  return [
    `${ours.events.toLocaleString('en')} events of ${ours.people.toLocaleString('en')} people, ${kDate}, commit ${commit()}; ` +
      `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB of memory; ClickHouse ${clickhouse?.version} (chdb), DuckDB ${duckdb?.version}.`,
    '',
    '| question | ours, first ask, ms | median of 5 | ClickHouse, ms | ratio | DuckDB, ms | ratio | answers |',
    '|---|---|---|---|---|---|---|---|',
    ...lines,
    '',
    `Their tables, with the columns that the questions need, take ${bytes(clickhouse)} (ClickHouse) and ${bytes(duckdb)} bytes an event (DuckDB).`,
  ].join('\n');
}
