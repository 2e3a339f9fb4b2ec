// The program under test as a process of its own: started, killed and started again on the same
// directory and port, and read back through its own API.
//
//   TL_BINARY  the program; default: ../../build/throughline, else that of the preset dev

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const writeKey = 'wk_testtesttest';
const adminToken = 'tl_admin_testtesttesttest';
const kStartMsMax = 60_000;

const usualSettings = {
  keep_ip: false, late_after_hours: 24, phone_region: 'TR', party: 'first', purpose: null, trust: 50, allow_alias_of_user_ids: false, webhook_mapping: null,
};

function binary() {
  if (process.env.TL_BINARY) return process.env.TL_BINARY;
  const built = ['throughline', 'dev/src/cli/throughline'].map((path) => fileURLToPath(new URL(`../../build/${path}`, import.meta.url)));
  const found = built.find((path) => existsSync(path));
  assert.ok(found, 'TL_BINARY: the program to test is needed; none is built');
  return found;
}

/** A port that was free a moment ago. */
export async function freePort() {
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => holder.once('listening', done));
  const { port } = holder.address();
  await new Promise((done) => holder.close(done));
  return port;
}

/** Calls `probe` until it answers something true; throws what `describe` says when time is up. */
export async function waitFor(probe, { ms = 30_000, every = 50, describe = () => 'nothing came' } = {}) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(await describe());
    await sleep(every);
  }
}

export class Server {
  #process = null;
  #log = [];

  constructor(directory, port, args) {
    this.directory = directory;
    this.port = port;
    this.args = args;
    this.url = `http://127.0.0.1:${port}`;
    this.authorization = { Authorization: `Bearer ${adminToken}` };
  }

  static async start({ args = [] } = {}) {
    const server = new Server(mkdtempSync(join(tmpdir(), 'throughline-')), await freePort(), args);
    try {
      await server.launch();
    } catch (error) {
      await server.discard();
      throw error;
    }
    return server;
  }

  /** Starts the process and waits until it takes events. */
  async launch() {
    const child = spawn(binary(), ['serve', '--data', this.directory, '--listen', `127.0.0.1:${this.port}`, ...this.args], {
      env: { ...process.env, THROUGHLINE_WRITE_KEY: writeKey, THROUGHLINE_ADMIN_TOKEN: adminToken },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => this.#log.push(text));
    }
    child.ended = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
    await waitFor(() => this.#isReady(child), { ms: kStartMsMax, every: 10, describe: () => `the server is not ready: ${this.log}` });
  }

  async #isReady(child) {
    assert.equal(child.exitCode, null, `the server ended by itself: ${this.log}`);
    try {
      return (await fetch(`${this.url}/readyz`, { headers: { Connection: 'close' } })).ok;
    } catch {
      return false;
    }
  }

  /** What the process wrote last, over all its lives. */
  get log() {
    return this.#log.join('').slice(-4000);
  }

  /** Ends it as a power switch would end the process: nothing is flushed, nothing is closed. */
  async kill() {
    this.#process.kill('SIGKILL');
    return this.#process.ended;
  }

  /** Asks it to stop and says how it ended. */
  async stop() {
    this.#process.kill('SIGTERM');
    return this.#process.ended;
  }

  /** Ends it and removes its directory. */
  async discard() {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** One call of the management API as administrator; throws what the server said. */
  async api(method, path, body) {
    const answer = await fetch(this.url + path, {
      method,
      headers: { ...this.authorization, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** A source of its own for a test: {key, writeKey}. */
  async makeSource(key, settings = {}) {
    const source = await this.api('PUT', `/api/sources/${key}`, { name: key, settings: { ...usualSettings, ...settings } });
    return { key, writeKey: source.write_keys[0].key };
  }

  /** Every page of a list. */
  async all(path) {
    const items = [];
    let cursor = null;
    do {
      const page = await this.api('GET', `${path}${path.includes('?') ? '&' : '?'}limit=500${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
      items.push(...page.items);
      cursor = page.next;
    } while (cursor);
    return items;
  }

  /** The whole timeline of a person. */
  timeline(namespace, value) {
    return this.all(`/api/profiles/${encodeURIComponent(`${namespace}:${value}`)}/events`);
  }

  /** The value of a metric, by its name without the prefix and its labels as written. */
  async metric(name) {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`throughline_${name} `));
    return line ? Number(line.split(' ')[1]) : 0;
  }

  eventsOf(source) {
    return this.metric(`source_events_total{source="${source.key}"}`);
  }
}
