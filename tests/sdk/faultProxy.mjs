// Stands between a client and the server and does what networks and overloaded servers do.
//
// Each event request takes the next fault of `plan`, or none. `delivered` of a fault says on which
// side it strikes: false: the server never sees the request; true: the server has it and has
// answered, and the client is told of a failure all the same. Everything else passes.
//
//   {status: 429, retryAfter: 2}   answered with this status
//   {reset: true}                  the connection is reset (RST), no answer
//   {stallMs: 3000}                nothing for this long, then the request goes its way
//
// When the server is away the client's connection is reset too. Every attempt is kept in
// `attempts`: what the client sent, whether the server was given it, and what the client saw.

import { Agent, createServer, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';

const eventPath = /^(\/v1)?\/(track|identify|page|screen|group|alias|batch|[tipsgab])\/?(\?|$)|^\/beacon\//;
const corsHeader = /^access-control-|^vary$/;

function parsed(headers, body) {
  try {
    return JSON.parse(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
  } catch {
    return null;
  }
}

async function bytesOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export class FaultProxy {
  #server;
  #target;
  #agent = new Agent({ keepAlive: true });

  plan = [];
  attempts = [];
  preflights = [];

  static async start(target) {
    const proxy = new FaultProxy();
    proxy.#target = new URL(target);
    proxy.#server = createServer((incoming, outgoing) => proxy.#serve(incoming, outgoing).catch(() => outgoing.destroy()));
    proxy.#server.listen(0, '127.0.0.1');
    await new Promise((done) => proxy.#server.once('listening', done));
    proxy.host = `127.0.0.1:${proxy.#server.address().port}`;
    proxy.url = `http://${proxy.host}`;
    return proxy;
  }

  async close() {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #serve(incoming, outgoing) {
    const body = await bytesOf(incoming);
    if (incoming.method === 'POST' && eventPath.test(incoming.url)) return this.#serveEvents(incoming, body, outgoing);
    let answer;
    try {
      answer = await this.#forward(incoming, incoming.method, body);
    } catch {
      return incoming.socket.resetAndDestroy();
    }
    if (incoming.method === 'OPTIONS') this.preflights.push({ path: incoming.url, headers: incoming.headers, answer });
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  }

  async #serveEvents(incoming, body, outgoing) {
    const fault = this.plan.shift() ?? {};
    const attempt = { at: Date.now(), path: incoming.url, headers: incoming.headers, json: parsed(incoming.headers, body), forwarded: false, status: 0, fault };
    this.attempts.push(attempt);
    if (fault.stallMs && !fault.delivered) await sleep(fault.stallMs);
    let answer = null;
    if (fault.delivered || fault.stallMs || !(fault.status || fault.reset)) {
      attempt.forwarded = true;
      try {
        answer = await this.#forward(incoming, 'POST', body);
      } catch {
        return incoming.socket.resetAndDestroy();  // The server is away: nobody answers.
      }
    }
    if (fault.stallMs && fault.delivered) await sleep(fault.stallMs);
    if (fault.reset) return incoming.socket.resetAndDestroy();
    if (fault.status) answer = await this.#failure(incoming, fault, answer);
    attempt.status = answer.status;
    attempt.answer = answer;
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  }

  // A failure as the server itself would say it: its CORS headers are the server's own.
  async #failure(incoming, fault, answer) {
    const said = answer ?? (await this.#forward(incoming, 'OPTIONS', Buffer.alloc(0)));
    const headers = Object.fromEntries(Object.entries(said.headers).filter(([name]) => corsHeader.test(name)));
    headers['content-type'] = 'application/json';
    if (fault.retryAfter) headers['retry-after'] = String(fault.retryAfter);
    return { status: fault.status, headers, body: JSON.stringify({ code: 'injected', message: 'a fault of the test' }) };
  }

  #forward(incoming, method, body) {
    const headers = { ...incoming.headers };
    for (const name of ['transfer-encoding', 'content-length', 'connection']) delete headers[name];
    if (method === 'POST') headers['content-length'] = String(body.length);
    else delete headers['content-encoding'];
    return new Promise((done, failed) => {
      const { hostname, port } = this.#target;
      const onward = request({ hostname, port, method, path: incoming.url, headers, agent: this.#agent }, async (answer) => {
        try {
          const bytes = await bytesOf(answer);
          const kept = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !['connection', 'transfer-encoding', 'content-length', 'keep-alive'].includes(name)));
          done({ status: answer.statusCode, headers: kept, body: bytes });
        } catch (error) {
          failed(error);
        }
      });
      onward.on('error', failed);
      onward.end(body);
    });
  }
}
