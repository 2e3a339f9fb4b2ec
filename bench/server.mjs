// A server over a data directory, and requests to it, for benchmarks that look from outside.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, openSync} from 'node:fs';
import {Agent, request as httpRequest} from 'node:http';

// Of stores that benchmarks make: the first start takes them.
export const kWriteKey = 'peers-bench-write-key';
export const kToken = 'peers-bench-administrator-token';
export const kKeys = {THROUGHLINE_WRITE_KEY: kWriteKey, THROUGHLINE_ADMIN_TOKEN: kToken};
const kWriter = `Basic ${Buffer.from(`${kWriteKey}:`).toString('base64')}`;
const agent = new Agent({keepAlive: true});

/**
 * Calls use({url, pid}) with a server that is ready, and stops it afterwards. One that keeps its tail
 * is killed: what it held in memory is read from the log by the next and is in memory again.
 */
export async function withServer({program, store, log, keepsTail = false}, use) {
  const out = openSync(log, 'a');
  const child = spawn(program, ['serve', '--data', store, '--listen', '127.0.0.1:0'],
                      {env: {...process.env, ...kKeys}, stdio: ['ignore', 'pipe', out]});
  closeSync(out);
  const ended = once(child, 'close');
  let text = '';
  const ready = new Promise((resolve) => child.stdout.on('data', (piece) => {
    text += piece;
    if (text.includes(' is ready: ')) resolve(true);
  }));
  if (!await Promise.race([ready, ended.then(() => false)])) throw new Error(`serve ended, see ${log}`);
  try {
    return await use({url: text.match(/http:[^\s]+/)[0], pid: child.pid});
  } finally {
    child.kill(keepsTail ? 'SIGKILL' : 'SIGTERM');
    await ended;
    agent.destroy();
  }
}

/** {ms, text} of a request, the whole answer read. `signal` hangs up. */
export async function post(url, body, {authorization = `Bearer ${kToken}`, signal} = {}) {
  const begin = performance.now();
  const request = httpRequest(url, {method: 'POST', agent, signal, headers: {Authorization: authorization, 'Content-Type': 'application/json'}});
  request.end(JSON.stringify(body));
  const [response] = await once(request, 'response');
  let text = '';
  for await (const piece of response) text += piece;
  if (response.statusCode !== 200) throw new Error(`${url}: ${response.statusCode} ${text}`);
  return {ms: performance.now() - begin, text};
}

/** Sends one track event of now. */
export function sendEvent(url, event) {
  const messageId = `bench-${Date.now()}-${Math.random()}`;
  return post(`${url}/v1/batch`, {batch: [{type: 'track', event, userId: 'bench', messageId}]}, {authorization: kWriter});
}
