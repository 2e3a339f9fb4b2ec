// The server is killed at random moments under load, again and again. What it acknowledged is
// there each time it comes back, and nothing is there twice, although a client whose batch was not
// acknowledged sends it again, as SDKs do.
//
//   TL_KILLS      kills in a row; default 15
//   TL_KILL_SEED  seed of the moments and of the people; default from the clock, told on failure
//
// A kill leaves the page cache alive: what it cannot show about fsync, the power cuts of the file
// layer's own tests do.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Server } from '../sdk/server.mjs';
import { Client, checkPeople, checkTotals, seededRandom } from './load.mjs';

const kKills = Number(process.env.TL_KILLS ?? 15);
const kSeed = Number(process.env.TL_KILL_SEED ?? Date.now() % 2 ** 31);
const kClients = 4;
const kAliveMsMax = 1500;  // The longest life of a server between two kills.
const kPeopleToCheck = 12;

let server;
let backups;

before(async () => {
  backups = mkdtempSync(join(tmpdir(), 'throughline-backups-'));
  server = await Server.start();
});
after(async () => {
  await server?.discard();
  rmSync(backups, { recursive: true, force: true });
});

// A backup makes a checkpoint. It is begun at a random moment, so that kills meet checkpoints in
// every state, and recovery starts from them. Answers `done`, `killed`, or what the server said.
async function backUp(name, delayMs) {
  await sleep(delayMs);
  const directory = join(backups, name);
  try {
    await server.api('POST', '/api/backup', { directory });
    return 'done';
  } catch (error) {
    return error instanceof assert.AssertionError ? error.message : 'killed';
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test(`${kKills} kills in a row lose nothing and double nothing`, async (t) => {
  const random = seededRandom(kSeed);
  t.diagnostic(`TL_KILL_SEED=${kSeed}`);
  const source = await server.makeSource('kill');
  const clients = Array.from({ length: kClients }, (_, i) => new Client(server, source, i, seededRandom(kSeed + i + 1)));
  t.after(() => { for (const client of clients) client.abandon(); });
  const running = clients.map((client) => client.run());
  const begun = Date.now();
  let slowest = 0;
  const checkpoints = [];

  for (let kill = 1; kill <= kKills; ++kill) {
    // Short lives are as likely as long ones: recovery itself is interrupted too.
    const aliveMs = random() ** 2 * kAliveMsMax;
    if (random() < 0.7) checkpoints.push(backUp(String(kill), random() * aliveMs));
    await sleep(aliveMs);
    await server.kill();
    for (const client of clients) client.noteKill();
    const restarted = Date.now();
    await server.launch();
    slowest = Math.max(slowest, Date.now() - restarted);
    await checkTotals(server, source, clients, `after kill ${kill}`);
    await checkPeople(server, clients, random, kPeopleToCheck, `after kill ${kill}`);
  }

  for (const client of clients) client.stop();
  await Promise.all(running);
  const said = clients.reduce((sum, client) => sum + client.said, 0);
  const resent = clients.reduce((sum, client) => sum + client.resent, 0);
  assert.equal(await server.eventsOf(source), said, 'events are as many as message ids');
  await checkPeople(server, clients, random, Infinity, 'at the end');
  assert.ok(resent > 0, 'some batches met a kill');
  const ends = await Promise.all(checkpoints);
  assert.deepEqual(ends.filter((end) => end !== 'done' && end !== 'killed'), [], 'backups that failed');
  t.diagnostic(`${kKills} kills in ${Math.round((Date.now() - begun) / 1000)} s; ${said} events, ${resent} tries again, ${await server.metric('duplicates_total')} events had been kept though not acknowledged; ${ends.filter((end) => end === 'done').length} of ${ends.length} checkpoints ended before their kill; slowest start ${slowest} ms`);
});
