// Starts the real program on an empty data directory and drives its web app in Chromium.
//
//   TL_BINARY  the program; default build/throughline
//   node run.mjs [FILE...]  these test files only
//
// Libraries come from web/ (playwright-core, axe-core), so `npm ci` there comes first.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const binary = process.env.TL_BINARY ?? join(here, '../../build/throughline');
const token = 'tl_admin_browser_tests_0123456789';
const data = mkdtempSync(join(tmpdir(), 'throughline-web-'));

const server = spawn(binary, ['serve', '--data', data, '--listen', '127.0.0.1:0'], {
  env: { ...process.env, THROUGHLINE_ADMIN_TOKEN: token, THROUGHLINE_WRITE_KEY: 'wk_browser_tests' },
  stdio: ['ignore', 'pipe', 'inherit'],
});

/** The first line says where to look. */
async function address() {
  let text = '';
  for await (const piece of server.stdout) {
    text += piece;
    const found = text.match(/https?:\/\/127\.0\.0\.1:\d+/);
    if (found) return found[0];
  }
  throw new Error(`the server ended before it said where it is: ${text}`);
}

const url = await address();
server.stdout.resume();
const files = process.argv.slice(2);
const all = readdirSync(here).filter((name) => name.endsWith('.test.mjs'));
const tests = spawn(
  process.execPath,
  ['--test', '--test-concurrency=1', ...(files.length ? files : all).map((name) => join(here, name))],
  { env: { ...process.env, TL_URL: url, TL_ADMIN_TOKEN: token }, stdio: 'inherit' },
);
const code = await new Promise((resolve) => tests.on('exit', (status) => resolve(status ?? 1)));
server.kill('SIGTERM');
await new Promise((resolve) => server.on('exit', resolve));
rmSync(data, { recursive: true, force: true });
process.exit(code);
