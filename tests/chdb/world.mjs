// One world, asked twice: by the real server, and by ClickHouse (chdb) over the same files.
//
// The simulator writes the events and the truth about who is who; both sides read these. A second,
// small alphabet of random events with many ties is made here, for funnels.
import {once} from 'node:events';
import {createReadStream, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {request as httpRequest} from 'node:http';
import path from 'node:path';
import {createInterface} from 'node:readline';

import {Session} from 'chdb';

import {secrets, serve, succeed, temporaryDirectory} from '../cli/program.mjs';

const kLetterPeople = 5000;
const kLetterGroups = 25;  // Fewer than the values that a breakdown answers.
const kLetterFrom = Date.UTC(2025, 0, 1);

/** Seeded, so that a difference can be found again (xorshift32). */
function random(seed) {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Up to twelve events A to E a person, in no order; every other person has many in one second. */
function writeLetters(file) {
  const draw = random(20260105);
  const lines = [];
  for (let person = 0; person < kLetterPeople; ++person) {
    const hasTies = person % 2 === 0;
    let second = 0;
    for (let left = 1 + draw(12); left > 0; --left) {
      second = hasTies ? draw(20) : second + 1 + draw(3);
      lines.push(JSON.stringify({
        type: 'track', event: 'ABCDE'[draw(5)], messageId: `letter-${lines.length}`,
        userId: `letters-${person}`, properties: {group: `g${person % kLetterGroups}`, ties: hasTies},
        timestamp: new Date(kLetterFrom + 1000 * second).toISOString(),
      }));
    }
  }
  writeFileSync(file, `${lines.join('\n')}\n`);
}

/** Rows {key, profile, known} of the truth: which identifier is whose. */
async function profilesOf(directory) {
  const rows = [];
  let profile = kLetterPeople;  // Numbers below are those of the letters.
  for await (const line of createInterface({input: createReadStream(`${directory}/truth/people.jsonl`)})) {
    for (const {known, identifiers} of JSON.parse(line).profiles) {
      ++profile;
      for (const key of identifiers) rows.push({key, profile, known: known ? 1 : 0});
    }
  }
  for (let person = 0; person < kLetterPeople; ++person) {
    rows.push({key: `user_id:letters-${person}`, profile: person, known: 1});
  }
  return rows;
}

async function fillClickHouse(session, directory) {
  session.query(`CREATE TABLE profiles (key String, profile UInt32, known UInt8) ENGINE = Memory`);
  await session.insert({table: 'profiles', values: await profilesOf(directory)});
  session.query(`
    CREATE TABLE events ENGINE = MergeTree ORDER BY (profile, at, id) AS
    SELECT profile, known, JSONExtractString(j, 'messageId') AS id,
           extract(_file, '^[a-z-]+') AS source, JSONExtractString(j, 'type') AS type,
           JSONExtractString(j, if(type = 'track', 'event', 'name')) AS name,
           parseDateTime64BestEffort(JSONExtractString(j, 'timestamp'), 3, 'UTC') AS at,
           toUInt64(toUnixTimestamp64Milli(at)) AS ms,
           JSONExtract(j, 'properties', 'revenue', 'Nullable(Decimal(18, 2))') AS revenue,
           JSONExtractString(j, 'properties', 'currency') AS currency,
           JSONExtractString(j, 'properties', 'payment_method') AS payment,
           JSONExtractString(j, 'properties', 'group') AS letters,
           JSONExtractBool(j, 'properties', 'ties') AS has_ties,
           JSONExtractString(j, 'properties', 'order_id') AS order_id,
           JSONExtractString(j, 'properties', 'product_id') AS product_id,
           JSONExtractString(j, 'context', 'page', 'referrer') AS referrer,
           JSONExtractString(j, 'context', 'page', 'search') AS search,
           JSONExtractString(j, 'context', 'campaign', 'name') AS campaign_name,
           JSONExtractRaw(j, 'context', 'campaign') AS campaign,
           arrayMap(p -> JSONExtractString(p, 'category'), JSONExtractArrayRaw(j, 'properties', 'products')) AS categories
    FROM (SELECT json AS j, _file FROM file('${directory}/*.jsonl', 'JSONAsString', 'json String')) AS raw
    JOIN profiles ON profiles.key = if(JSONExtractString(j, 'userId') != '',
                                       concat('user_id:', JSONExtractString(j, 'userId')),
                                       concat('anonymous_id:', JSONExtractString(j, 'anonymousId')))`);
}

/**
 * Asks on a connection of its own: one that is kept would have been given up by the server while
 * ClickHouse, which holds up this thread, took its time.
 */
async function post(url, token, question) {
  const request = httpRequest(url, {
    method: 'POST', agent: false,
    headers: {Authorization: `Bearer ${token}`, 'Content-Type': 'application/json'},
  });
  request.end(JSON.stringify(question));
  const [response] = await once(request, 'response');
  let text = '';
  for await (const piece of response) text += piece;
  return {status: response.statusCode, answer: JSON.parse(text)};
}

/** Sets both up: {ask, rows, events}. */
export async function makeWorld(test) {
  const directory = temporaryDirectory(test);
  const world = path.join(directory, 'world');
  const data = path.join(directory, 'data');
  await succeed(['simulate', '--people', '2000', '--events', '70000', '--days', '60', '--seed', '11',
                 '--from', '2026-01-05', '--out', world]);
  writeLetters(path.join(world, 'letters.jsonl'));
  const server = await serve(test, data);
  const {token} = secrets(data);
  for (const file of readdirSync(world).filter((name) => name.endsWith('.jsonl'))) {
    await succeed(['import', path.join(world, file), '--mapping', 'segment-archive', '--source',
                   file.replace('.jsonl', ''), '--server', server.url, '--token', token]);
  }
  const session = new Session();
  test.after(() => session.close());
  await fillClickHouse(session, world);

  return {
    summary: JSON.parse(readFileSync(path.join(world, 'truth/summary.json'), 'utf8')),
    /** The server's answer to a question. */
    async ask(question) {
      const {status, answer} = await post(`${server.url}/api/query`, token, question);
      if (status !== 200) throw new Error(`${JSON.stringify(question)}: ${JSON.stringify(answer)}`);
      return answer;
    },
    /** ClickHouse's rows as objects. */
    rows(sql) {
      const text = session.query(sql, 'JSONEachRow');
      return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    },
  };
}
