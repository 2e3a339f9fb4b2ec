// E-mails reach a real SMTP server as they were meant, and every fault leaves the right verdict:
// what the server can have taken is never called retryable.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {mail, makeCertificate, refusal, send, startScript, startServer} from './peer.mjs';

const brief = ({verdict, stage, code}) => `${verdict} ${stage} ${code}`;

test('mails arrive as they were meant, over one connection', async (context) => {
  const server = await startServer(context);
  const texts = [
    {subject: 'Your cart', text: 'Hi\n.\n..dots\nand a blank \n', html: '<p>Hi</p>\n.\n'},
    {subject: 'Sepetiniz sizi bekliyor, Işıl! Bugün %20 indirim ve ücretsiz kargo var, kaçırmayın',
      from_name: 'Mağaza "İstanbul"', text: 'Merhaba Işıl,\n\nürünleriniz: 1=1 €20'},
    {subject: 'Coșul tău te așteaptă 🛒🛒🛒🛒🛒🛒🛒🛒🛒🛒🛒🛒🛒🛒🛒🛒', from_name: 'Magazin, Cluj',
      html: `<p>${'țară '.repeat(400)}</p>`, reply_to: 'help@shop.example'},
    {subject: 'A plain subject that is much longer than one line of a header may be, so it is folded',
      from_name: 'The very long name of a shop that also does not fit into a single line of a header',
      text: 'x'.repeat(3000), unsubscribe: 'https://news.shop.example/l/dQECAwQFBgcICQ-_'},
    {subject: '=?UTF-8?Q?not_encoded?=', text: ' '},
  ];
  const told = await send({port: server.port}, texts.map((one, key) => mail(key, one)));
  texts.forEach((wanted, key) => {
    assert.equal(brief(told[key]), 'delivered content 250');
    const got = server.mails[key];
    const full = mail(key, wanted);
    assert.equal(got.messageId, `<${key.toString(16).padStart(32, '0')}@shop.example>`);
    assert.equal(got.subject, wanted.subject);
    assert.deepEqual(got.to.value, [{address: full.to, name: ''}]);
    assert.deepEqual(got.from.value, [{address: full.from, name: wanted.from_name ?? ''}]);
    assert.equal(got.replyTo?.text, wanted.reply_to);
    // A line end closes the part: of the last line or of the boundary.
    assert.equal((got.text ?? '').trimEnd(), (full.text ?? '').trimEnd());
    if (wanted.html) assert.equal(got.html.trimEnd(), wanted.html.trimEnd());
    assert.equal(got.envelope.mailFrom.address, full.from);
    assert.ok(Math.abs(got.date - Date.now()) < 60_000);
    for (const line of got.raw.split('\r\n')) assert.ok(line.length <= 100, line);
  });
  const list = server.mails[3].headers.get('list');
  assert.equal(list.unsubscribe.url, texts[3].unsubscribe);
  assert.equal(list['unsubscribe-post'].name, 'List-Unsubscribe=One-Click');
  assert.match(server.mails[3].raw, /^List-Unsubscribe: <https:[^\s]+>\r$/m);
  assert.equal(server.connections, 1);
});

test('a connection that the server closed meanwhile is made anew', async (context) => {
  const server = await startServer(context, {onMail: () => {
    if (server.mails.length % 5 === 4) setTimeout(() => server.dropAll(), 10);  // Once it answered.
  }});
  const mails = Array.from({length: 20}, (_, key) => [mail(key), {wait: 40}]).flat();
  const told = await send({port: server.port}, mails);
  for (let key = 0; key < 20; ++key) assert.equal(brief(told[key]), 'delivered content 250');
  assert.equal(new Set(server.mails.map(({messageId}) => messageId)).size, 20);
  assert.equal(server.mails.length, 20);
  assert.equal(server.connections, 4);
});

test('what the server says decides, at each step', async (context) => {
  const server = await startServer(context, {
    onMailFrom: ({address}, session, done) => done(
      address.startsWith('m4') ? refusal(451) : address.startsWith('m5') ? refusal(550) : null),
    onRcptTo: ({address}, session, done) => done(
      address.startsWith('r4') ? refusal(450) :
        address.startsWith('r5') ? refusal(550, `5.1.1 <${address}> unknown`) : null),
    onMail: ({subject}) => {
      if (subject === 'd4') throw refusal(452);
      if (subject === 'd5') throw refusal(554);
    },
  });
  const told = await send({port: server.port}, [
    mail(0, {from: 'm4@shop.example'}), mail(1, {from: 'm5@shop.example'}),
    mail(2, {to: 'r4@example.org'}), mail(3, {to: 'r5@example.org'}),
    mail(4, {subject: 'd4'}), mail(5, {subject: 'd5'}), mail(6)]);
  assert.equal(brief(told[0]), 'retryable address 451');
  assert.equal(brief(told[1]), 'refused address 550');
  assert.equal(brief(told[2]), 'retryable address 450');
  assert.equal(brief(told[3]), 'refused address 550');
  assert.equal(told[3].detail, '5.1.1 <…> unknown');
  assert.equal(brief(told[4]), 'retryable content 452');
  assert.equal(brief(told[5]), 'refused content 554');
  assert.equal(brief(told[6]), 'delivered content 250');
  assert.equal(server.mails.length, 1);
});

const faults = [
  ['greeting', 'drop', 'retryable connect 0'],
  ['greeting', 'hang', 'retryable connect 0'],
  ['greeting', '421 busy', 'retryable connect 421'],
  ['greeting', '554 no service', 'retryable connect 554'],
  ['EHLO', 'drop', 'retryable connect 0'],
  ['MAIL', 'drop', 'retryable address 0'],
  ['MAIL', 'hang', 'retryable address 0'],
  ['MAIL', '421 busy', 'retryable address 421'],
  ['MAIL', '530 login first', 'retryable address 530'],
  ['RCPT', 'drop', 'retryable address 0'],
  ['RCPT', '421 busy', 'retryable address 421'],
  ['RCPT', '553 no', 'refused address 553'],
  ['DATA', 'drop', 'retryable content 0'],
  ['DATA', 'hang', 'retryable content 0'],
  ['DATA', '451 later', 'retryable content 451'],
  ['DATA', '554 never', 'refused content 554'],
  ['.', 'drop', 'uncertain content 0'],
  ['.', 'hang', 'uncertain content 0'],
  ['.', '421 busy', 'retryable content 421'],
  ['.', '450 later', 'retryable content 450'],
  ['.', '552 full', 'refused content 552'],
];

for (const [step, answer, wanted] of faults) {
  test(`${answer} at ${step} is ${wanted}`, async (context) => {
    const server = await startScript(context, {[step]: answer});
    const told = await send({port: server.port, answer_timeout_ms: 1000, timeout_ms: 4000}, [mail(1)]);
    assert.equal(brief(told[1]), wanted, JSON.stringify(told[1]));
    if (wanted.startsWith('retryable') && step !== '.') assert.ok(!server.said.includes('.'));
  });
}

test('dropped in the middle of a long message is retryable', async (context) => {
  const server = await startScript(context, {body: 'drop'});
  const told = await send({port: server.port}, [mail(1, {text: 'line\n'.repeat(600_000)})]);
  assert.equal(brief(told[1]), 'retryable content 0');
});

test('nobody listening is retryable', async () => {
  const told = await send({port: 1}, [mail(1)]);
  assert.equal(brief(told[1]), 'retryable connect 0');
});

test('TLS is what was asked for', async (context) => {
  const certificate = makeCertificate(context);
  const {key, cert, path: authorities} = certificate;
  const offering = await startServer(context, {key, cert});
  const plain = await startServer(context);
  const implicit = await startServer(context, {key, cert, secure: true});
  const outcome = async (how) => brief((await send(how, [mail(1)]))[1]);
  const at = (server, tls, more = {authorities}) => ({port: server.port, tls, ...more});

  assert.equal(await outcome(at(offering, 'required')), 'delivered content 250');
  assert.equal(await outcome(at(offering, 'optional')), 'delivered content 250');
  assert.ok(offering.mails.every(({secure}) => secure));
  assert.equal(await outcome(at(implicit, 'implicit')), 'delivered content 250');

  assert.equal(await outcome(at(plain, 'required')), 'retryable connect 0');
  assert.equal(plain.mails.length, 0);
  assert.equal(await outcome(at(plain, 'optional')), 'delivered content 250');
  // A certificate that nobody vouches for.
  assert.equal(await outcome(at(offering, 'required', {})), 'retryable connect 0');
  assert.equal(offering.mails.length, 2);
});

test('an encrypted connection that breaks ends a message, not the program', async (context) => {
  const {key, cert, path: authorities} = makeCertificate(context);
  const server = await startServer(context, {key, cert, secure: true, onData: () => server.dropAll()});
  const how = {port: server.port, tls: 'implicit', authorities};
  const told = await send(how, [mail(1, {text: 'line\n'.repeat(800_000)}), mail(2)]);
  assert.equal(brief(told[1]), 'retryable content 0');
  assert.match(told[2].verdict, /^(retryable|uncertain)$/);
});

test('logs in, and a wrong password is no reason to give a message up', async (context) => {
  const {key, cert, path: authorities} = makeCertificate(context);
  const server = await startServer(context, {key, cert, authOptional: false,
    onAuth: ({username, password}, session, done) => (
      username === 'shop' && password === 'right' ? done(null, {user: 'shop'}) :
        done(new Error('no')))});
  const how = {port: server.port, tls: 'required', authorities, user: 'shop'};
  assert.equal(brief((await send({...how, password: 'right'}, [mail(1)]))[1]), 'delivered content 250');
  assert.equal(brief((await send({...how, password: 'wrong'}, [mail(2)]))[2]), 'retryable connect 535');
  assert.equal(server.mails.length, 1);
});

test('a slow server is waited for, by each sender on its own', async (context) => {
  const server = await startServer(context, {
    onMail: () => new Promise((resolve) => setTimeout(resolve, 300))});
  const began = Date.now();
  const told = await send({port: server.port, senders: 8},
    Array.from({length: 16}, (_, key) => mail(key)));
  assert.ok(Object.values(told).every(({verdict}) => verdict === 'delivered'));
  assert.equal(server.connections, 8);
  assert.ok(Date.now() - began < 4_000, 'one after the other would take 4.8 s');
});

test('nobody waits for an answer to a goodbye', async (context) => {
  const {port, said} = await startScript(context, {QUIT: 'hang'});
  const began = Date.now();
  assert.equal((await send({port}, [mail(1)]))[1].verdict, 'delivered');
  assert.ok(Date.now() - began < 20_000, `it took ${Date.now() - began} ms`);  // libcurl would wait for a minute.
  assert.equal(said.at(-1), 'QUIT');
});

test('1,000 mails through faults by chance: nothing twice, nothing lost, the rest uncertain', async (context) => {
  // Decided by a hash of the address, so that a run can be repeated.
  const hash = (text) => [...text].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 1009, 7);
  const server = await startServer(context, {
    onRcptTo: ({address}, session, done) => done(
      hash(address) % 20 === 1 ? refusal(450) : hash(address) % 20 === 2 ? refusal(550) : null),
    onMail: ({to}) => {
      const chance = hash(to.value[0].address) % 20;
      if (chance === 3) throw refusal(452);
      if (chance === 4) throw refusal(554);
      if (chance === 5) return new Promise(() => {});  // It took the mail, and says nothing.
      return null;
    },
  });
  const mails = Array.from({length: 1000}, (_, key) => mail(key));
  const told = await send({port: server.port, senders: 16, answer_timeout_ms: 1000}, mails);
  const arrived = new Map();
  for (const {messageId} of server.mails) arrived.set(messageId, (arrived.get(messageId) ?? 0) + 1);
  const counts = {};
  for (const {key, to} of mails) {
    const chance = hash(to) % 20;
    const {verdict} = told[key];
    counts[verdict] = (counts[verdict] ?? 0) + 1;
    const wanted = {1: 'retryable', 2: 'refused', 3: 'retryable', 4: 'refused', 5: 'uncertain'};
    assert.equal(verdict, wanted[chance] ?? 'delivered', JSON.stringify(told[key]));
    const id = `<${key.toString(16).padStart(32, '0')}@shop.example>`;
    assert.equal(arrived.get(id) ?? 0, verdict === 'delivered' ? 1 : 0);
  }
  assert.ok(counts.uncertain > 20 && counts.refused > 50 && counts.retryable > 50);
});
