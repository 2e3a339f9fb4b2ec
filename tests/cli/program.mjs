// Runs the real program as a user does: TL_BINARY, or build/throughline.
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const binary = process.env.TL_BINARY ?? path.join(root, 'build/throughline');
const kReadyWithinMs = 20_000;

/** A directory that goes when the test ends. */
export function temporaryDirectory(test) {
  const directory = mkdtempSync(path.join(tmpdir(), 'throughline-cli-'));
  test.after(() => rmSync(directory, {recursive: true, force: true}));
  return directory;
}

/** Runs a command to its end, or until `stopWhen` says so: {code, stdout, stderr}. */
export function run(args, {input = '', env = {}, cwd = root, stopWhen = null} = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, {cwd, env: {...process.env, ...env}});
    const look = setInterval(() => stopWhen?.() && child.kill('SIGTERM'), 100);
    child.on('close', () => clearInterval(look));
    const out = {code: null, stdout: '', stderr: ''};
    child.stdout.on('data', (piece) => (out.stdout += piece));
    child.stderr.on('data', (piece) => (out.stderr += piece));
    child.on('error', reject);
    child.on('close', (code) => resolve({...out, code}));
    child.stdin.end(input);
  });
}

/** The same, and fails unless the exit code is 0. */
export async function succeed(args, options) {
  const result = await run(args, options);
  if (result.code !== 0) {
    throw new Error(`throughline ${args.join(' ')}: ${result.code}\n${result.stderr}`);
  }
  return result;
}

/** Starts a server on a free port and waits for its first line. */
export async function serve(test, data, {args = [], env = {}} = {}) {
  const child = spawn(binary, ['serve', '--data', data, '--listen', '127.0.0.1:0', ...args], {
    env: {...process.env, ...env},
  });
  const server = {child, lines: [], stderr: '', ended: null};
  server.ended = new Promise((resolve) => child.on('close', (code) => resolve(code)));
  child.stderr.on('data', (piece) => (server.stderr += piece));
  // A server that dies by itself says why in the output of the test.
  child.on('close', (code, signal) => {
    if (code !== 0 && signal !== 'SIGKILL') {
      console.error(`serve ended with ${code ?? signal}: ${server.stderr}`);
    }
  });
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('not ready in time')), kReadyWithinMs);
    let text = '';
    child.stdout.on('data', (piece) => {
      text += piece;
      server.lines = text.split('\n').slice(0, -1);
      if (/ is ready: /.test(text) && text.includes('\n')) {
        clearTimeout(timer);
        resolve();
      }
    });
    child.on('close', (code) => reject(new Error(`ended with ${code}: ${server.stderr}`)));
  });
  server.url = server.lines[0].match(/http:\S+/)[0];
  server.stop = async (signal = 'SIGTERM') => {
    child.kill(signal);
    return server.ended;
  };
  test.after(() => child.kill('SIGKILL'));
  return server;
}

/** The secrets of a first start: {writeKey, token}. */
export function secrets(data) {
  const file = path.join(data, 'first-login');
  const text = readFileSync(file, 'utf8');
  return {
    writeKey: text.match(/write key.*: (\S+)/)[1],
    token: text.match(/token: +(\S+)/)[1],
    mode: statSync(file).mode & 0o777,
  };
}

/** Sends events as an SDK does. */
export async function send(url, writeKey, events) {
  const response = await fetch(`${url}/v1/batch`, {
    method: 'POST',
    headers: {Authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`},
    body: JSON.stringify({batch: events}),
  });
  return {status: response.status, body: await response.json()};
}

/** A small shop's rows, with one that cannot be read. */
export function shopRows(count) {
  let text = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n';
  for (let i = 0; i < count; ++i) {
    const day = String((i % 28) + 1).padStart(2, '0');
    text += `${1000 + i},SKU${i % 7},Thing,2,2011-11-${day} 08:16:00,2.55,${17000 + (i % 5)},Romania\n`;
  }
  return `${text}9999,SKU1,Thing,2,yesterday,2.55,17000,Romania\n`;
}
