// ClickHouse in this process: node clickhouse.mjs WORK
//
// Loads the rows of the work directory if it has none yet, then times every question; see peer.mjs.
import {Session} from 'chdb';

import {kSessions} from './questions.mjs';
import {kThreads, runPeer} from './peer.mjs';

await runPeer('clickhouse', (directory) => {
  const session = new Session(directory);
  const rows = (sql) => {
    const text = session.query(`${sql} SETTINGS max_threads = ${kThreads}, optimize_aggregation_in_order = 1`, 'JSONEachRow');
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  };
  return {
    version: () => rows('SELECT version() AS version')[0].version,
    isLoaded: () => rows(`SELECT count() AS tables FROM system.tables WHERE database = currentDatabase() AND name = 'sessions'`)[0].tables > 0,
    load(file, from, to) {
      session.query(`
        CREATE OR REPLACE TABLE events (
          person UInt32, ms UInt64, id UInt32, name LowCardinality(String), activity UInt8, touch UInt8, campaign UInt32,
          channel LowCardinality(String), price Decimal(18, 2), revenue Decimal(18, 2), currency LowCardinality(String))
        ENGINE = MergeTree ORDER BY (person, ms, id)`);
      session.query(`
        INSERT INTO events SELECT * FROM file('${file}', CSVWithNames) WHERE ms >= ${from} AND ms < ${to}
        SETTINGS max_insert_threads = ${kThreads}, input_format_csv_empty_as_default = 1`);
      session.query('OPTIMIZE TABLE events FINAL');
    },
    loadSessions: (file) => session.query(`
      CREATE TABLE sessions ENGINE = MergeTree ORDER BY (person, begins) AS
      SELECT * FROM file('${file}', CSVWithNames, 'person UInt32, begins UInt64, channel LowCardinality(String)')`),
    events: () => Number(rows('SELECT count() AS events FROM events')[0].events),
    makeSessions: () => session.query(`${kSessions.clickhouse} SETTINGS max_threads = ${kThreads}`),
    rows,
    bytes: () => rows(`SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND table = 'events'`)[0].bytes,
    close: () => session.close(),
  };
});
