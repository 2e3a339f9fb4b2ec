// A real SMTP server with faults, and the program that sends to it.
import {execFileSync, spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import net from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {simpleParser} from 'mailparser';
import {SMTPServer} from 'smtp-server';

const build = process.env.TL_BUILD ?? fileURLToPath(new URL('../../build/dev', import.meta.url));

/** A certificate for localhost that nobody else trusts; removed when the test ends. */
export function makeCertificate(context) {
  const folder = mkdtempSync(join(tmpdir(), 'channel-'));
  context.after(() => rmSync(folder, {recursive: true}));
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj',
    '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out',
    cert], {stdio: 'ignore'});
  return {path: cert, key: readFileSync(key), cert: readFileSync(cert)};
}

export function refusal(code, text = 'no') {
  return Object.assign(new Error(text), {responseCode: code});
}

/**
 * Starts smtp-server on loopback. `mails` are those it took, parsed, with `raw`; `connections` how
 * many there were. `onMail(mail)` may throw, or hang by a promise that never ends. `parse` reads the
 * text of one; the usual one takes a millisecond.
 */
export async function startServer(context, {onMail = () => {}, parse = simpleParser, ...options} = {}) {
  const mails = [];
  const sockets = new Set();
  let connections = 0;
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    disabledCommands: options.key ? [] : ['STARTTLS'],
    onConnect(session, done) {
      connections += 1;
      done();
    },
    onData(stream, session, done) {
      const chunks = [];
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', async () => {
        try {
          const raw = Buffer.concat(chunks).toString('latin1');
          const {envelope, secure} = session;  // The session itself goes on to the next mail.
          const mail = Object.assign(await parse(raw), {raw, envelope, secure});
          await onMail(mail);
          mails.push(mail);
          done();
        } catch (error) {
          done(error);
        }
      });
    },
    ...options,
  });
  server.on('error', () => {});
  server.server.on('connection', (socket) => sockets.add(socket));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return {
    port: server.server.address().port,
    mails,
    dropAll() { for (const socket of sockets) socket.destroy(); },
    get connections() { return connections; },
  };
}

/**
 * A server that says what a script tells it: `answers` maps the first word of a line (or `greeting`,
 * `.`) to an answer, to `hang` or to `drop`.
 */
export async function startScript(context, answers) {
  const said = [];
  const defaults = {greeting: '220 hi', EHLO: '250 hi', MAIL: '250 ok', RCPT: '250 ok',
    DATA: '354 go', '.': '250 ok', QUIT: '221 bye', RSET: '250 ok'};
  const server = net.createServer((socket) => {
    let buffer = '';
    let isData = false;
    const answer = (word) => {
      const what = answers[word] ?? defaults[word] ?? '500 what';
      if (what === 'drop') socket.destroy();
      else if (what !== 'hang') socket.write(`${what}\r\n`);
    };
    socket.on('error', () => {});
    context.after(() => socket.destroy());
    answer('greeting');
    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1');
      for (let end; (end = buffer.indexOf('\r\n')) >= 0;) {
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        if (isData && answers.body === 'drop') socket.destroy();
        if (isData && line !== '.') continue;
        const word = isData ? '.' : line.split(' ')[0].toUpperCase();
        isData = word === 'DATA' && !/^[45]/.test(answers.DATA ?? '');
        said.push(word);
        answer(word);
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => new Promise((resolve) => server.close(resolve)));
  return {port: server.address().port, said};
}

export function mail(key, more = {}) {
  return {key, to: `p${key}@example.org`, from: 'shop@shop.example', subject: `Mail ${key}`,
    text: `Text ${key}`, ...more};
}

/** Sends mails and gives their outcomes by key. `how` is the first line of send_lines. */
export async function send(how, mails) {
  const program = spawn(join(build, 'tests/channel/send_lines'),
    {stdio: ['pipe', 'pipe', 'inherit']});
  let output = '';
  program.stdout.on('data', (chunk) => { output += chunk; });
  const ended = new Promise((resolve) => program.on('close', resolve));
  const lines = [{host: '127.0.0.1', tls: 'none', ...how}, ...mails];
  program.stdin.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  program.stdin.end();
  const code = await ended;
  if (code !== 0) throw new Error(`send_lines ended with ${code}`);
  const told = output.trim().split('\n').map((line) => JSON.parse(line));
  const byKey = Object.fromEntries(told.map((outcome) => [outcome.key, outcome]));
  if (told.length !== Object.keys(byKey).length) throw new Error('an outcome was told twice');
  return byKey;
}
