import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {test} from 'node:test';

import {run, succeed, temporaryDirectory} from './program.mjs';

const kCommands = [
  'serve', 'import', 'export', 'query', 'simulate', 'backup', 'restore', 'resume-sending', 'verify',
  'doctor', 'bench', 'config', 'version',
];

test('the program lists its commands, and each explains itself', async () => {
  const overview = await run(['--help']);
  assert.equal(overview.code, 0);
  for (const command of kCommands) {
    assert.match(overview.stdout, new RegExp(`^  ${command} `, 'm'));
    const help = await run([command, '--help']);
    assert.equal(help.code, 0);
    assert.match(help.stdout, new RegExp(`^Usage: throughline ${command}`));
    assert.match(help.stdout, /^Options:$/m);
  }
});

test('what makes no sense ends with 2 and says why', async () => {
  for (const [args, reason] of [
    [[], /Usage/],
    [['fly'], /fly: no such command/],
    [['serve', '--lisen', 'x'], /--lisen: no such option/],
    [['serve', '--memory', 'much'], /--memory/],
    [['import', 'a.csv'], /--mapping/],
    [['query'], /needs FILE/],
    [['query', 'a', '--format', 'xml'], /--format/],
    [['export', 'user_id:u', '--server', 'http://127.0.0.1:1'], /--token/],
    [['restore', 'a'], /--data/],
    [['simulate'], /--out/],
    [['simulate', '--out', 'a', '--from', 'May'], /--from: need a day/],
  ]) {
    const result = await run(args, {env: {THROUGHLINE_TOKEN: ''}});
    assert.equal(result.code, 2, `${args.join(' ')}: ${result.stderr}`);
    assert.match(result.stderr, reason);
    assert.equal(result.stdout, '');
  }
});

test('what fails ends with 1 and says why', async (t) => {
  const directory = temporaryDirectory(t);
  for (const [args, reason] of [
    [['verify', '--data', `${directory}/none`], /no data directory/],
    [['import', 'a.csv', '--mapping', 'cdnow', '--dry-run'], /a\.csv/],
    [['import', 'a.csv', '--mapping', 'nothing', '--dry-run'], /online-retail/],
    [['restore', directory, '--data', `${directory}/new`], /no complete backup/],
    [['config', 'explain', 'nothing'], /no such setting/],
    [['query', 'none.json', '--data', directory], /none\.json/],
  ]) {
    const result = await run(args);
    assert.equal(result.code, 1, `${args.join(' ')}: ${result.stderr}`);
    assert.match(result.stderr, reason);
  }
});

test('versions and settings are told', async () => {
  assert.match((await run(['version'])).stdout, /^Throughline \d+\.\d+\.\d+ \(data format \d+/);
  assert.equal(typeof JSON.parse((await run(['version', '--json'])).stdout).format, 'number');
  const explained = await run(['config', 'explain', 'memory']);
  assert.match(explained.stdout, /default: `4G`/);
  assert.match(explained.stdout, /variable: THROUGHLINE_MEMORY/);
});

test('bench measures where it is told, and leaves nothing there', async (t) => {
  const on = temporaryDirectory(t);
  const {stdout} = await succeed(['bench', '--events', '5000', '--on', on, '--json']);
  const {events, figures} = JSON.parse(stdout);
  assert.equal(events, 5000);
  assert.ok(figures.length >= 8);
  for (const {what, value} of figures) assert.ok(value > 0, what);
  assert.deepEqual(readdirSync(on), []);
  const text = await succeed(['bench', '--events', '1000', '--on', on]);
  assert.match(text.stdout, /events taken in, on disk and done +[\d,]+ events\/s/);
  assert.equal((await run(['bench', '--on', '/nowhere/at/all'])).code, 1);
});
