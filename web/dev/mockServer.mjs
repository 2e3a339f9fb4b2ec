// A small stand-in for the Throughline server, in memory, used only to develop the web app and to
// run its browser tests without the C++ program: `npm run mock`. Serves ../dist too.
//
//   PORT            default 8099
//   TL_ADMIN_TOKEN  default mock-admin

import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Refusal } from './mockAnswers.mjs';
import { makeRoutes } from './mockRoutes.mjs';
import { makeState, seed } from './mockState.mjs';

const port = Number(process.env.PORT ?? 8099);
const adminToken = process.env.TL_ADMIN_TOKEN ?? 'mock-admin';
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };

const state = makeState(adminToken);
seed(state);
const routes = makeRoutes(state);

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

function file(path, response) {
  const wanted = normalize(join(dist, path));
  const found = wanted.startsWith(dist) && extname(wanted) && existsSync(wanted) ? wanted : join(dist, 'index.html');
  response.writeHead(200, { 'Content-Type': types[extname(found)] ?? 'application/octet-stream' });
  createReadStream(found).pipe(response);
}

async function bytesOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

function live(url, request, response) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const source = url.searchParams.get('source');
  const facts = url.searchParams.get('facts') === 'true';
  const send = (name, data) => response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  const listener = (fact) => facts && (!source || fact.source === source) && send('event', fact);
  state.listeners.add(listener);
  send('counts', state.counts());
  const beat = setInterval(() => send('counts', state.counts()), 1000);
  request.on('close', () => {
    clearInterval(beat);
    state.listeners.delete(listener);
  });
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://mock');
  try {
    if (!/^\/(api|v1|openapi)/.test(url.pathname)) return file(url.pathname, response);
    const actor = state.actorOf(request);
    if (url.pathname === '/api/live') return actor ? live(url, request, response) : answer(response, 401, { error: { code: 'unauthenticated', message: 'session: sign in first' } });
    const body = await bytesOf(request);
    const done = routes(request, url, body, actor);
    if (done.text !== undefined) {
      response.writeHead(200, { 'Content-Type': done.type ?? 'text/plain', ...done.headers });
      return response.end(done.text);
    }
    return answer(response, done.status ?? 200, done.body, done.headers);
  } catch (error) {
    if (error instanceof Refusal) return answer(response, error.status, { error: { code: error.code, message: error.message, ...(error.field ? { field: error.field } : {}) } });
    console.error(error);
    return answer(response, 500, { error: { code: 'internal', message: 'mock: ' + error.message } });
  }
});

server.listen(port, '127.0.0.1', () => console.log(`mock server at http://127.0.0.1:${port}/login#token=${adminToken}`));
