// Requests as bytes want them: no client library in between.

import { request } from 'node:http';
import { gzipSync } from 'node:zlib';

const basic = (key) => `Basic ${Buffer.from(key).toString('base64')}`;

/** Where a write key may stand: each adds it to a request {headers, query, body}. */
export const keyPlaces = {
  'Basic': (key, request) => { request.headers.authorization = basic(`${key}:`); },
  'Basic without a colon': (key, request) => { request.headers.authorization = basic(key); },
  'the body': (key, request) => { request.body.writeKey = key; },
  'Bearer, key in the body': (key, request) => { request.headers.authorization = 'Bearer some.token'; request.body.writeKey = key; },
  'X-Write-Key': (key, request) => { request.headers['x-write-key'] = key; },
  'the query': (key, request) => { request.query = `?writeKey=${key}`; },
};

/** Sends the bytes; answers {status, headers, text, json}. `chunked`: without Content-Length. */
export function send(server, path, body, { method = 'POST', headers = {}, gzip = false, chunked = false } = {}) {
  const bytes = gzip ? gzipSync(body) : Buffer.from(body);
  const all = { ...headers, ...(gzip ? { 'content-encoding': 'gzip' } : {}), ...(chunked ? {} : { 'content-length': String(bytes.length) }) };
  return new Promise((done, failed) => {
    const outgoing = request({ host: '127.0.0.1', port: server.port, method, path, headers: all, agent: false }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk)).on('error', failed).on('end', () => {
        const raw = Buffer.concat(chunks);
        const text = raw.toString();
        let json = null;
        try { json = JSON.parse(text); } catch { /* Not JSON: the test says whether that is right. */ }
        done({ status: answer.statusCode, headers: answer.headers, raw, text, json });
      });
    });
    outgoing.on('error', failed);
    if (!chunked) return outgoing.end(bytes);
    const half = Math.ceil(bytes.length / 2);
    outgoing.write(bytes.subarray(0, half));
    outgoing.end(bytes.subarray(half));
  });
}

/** Sends an object as JSON with the key in the Basic header. */
export function say(server, source, path, body, options = {}) {
  return send(server, path, typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body), {
    ...options, headers: { authorization: basic(`${source.writeKey}:`), 'content-type': 'application/json', ...options.headers },
  });
}
