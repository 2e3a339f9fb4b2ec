// DuckDB in this process: node duckdb.mjs WORK
//
// Loads the rows of the work directory if it has none yet, then times every question; see peer.mjs.
import {mkdirSync} from 'node:fs';
import path from 'node:path';

import {DuckDBInstance} from '@duckdb/node-api';

import {kSessions} from './questions.mjs';
import {kThreads, runPeer} from './peer.mjs';

await runPeer('duckdb', async (directory) => {
  mkdirSync(directory, {recursive: true});
  const file = path.join(directory, 'events.duckdb');
  const instance = await DuckDBInstance.create(file, {threads: String(kThreads), memory_limit: '10GB'});
  const connection = await instance.connect();
  const rows = async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
  return {
    version: async () => (await rows('SELECT version() AS version'))[0].version,
    isLoaded: async () => (await rows(`SELECT count(*)::INTEGER AS tables FROM duckdb_tables() WHERE table_name = 'sessions'`))[0].tables > 0,
    async load(rowsFile, from, to) {
      await connection.run(`
        CREATE TABLE raw AS SELECT * FROM read_csv('${rowsFile}', header = true, columns = {
          person: 'UINTEGER', ms: 'BIGINT', id: 'UINTEGER', name: 'VARCHAR', activity: 'UTINYINT', touch: 'UTINYINT',
          campaign: 'UINTEGER', channel: 'VARCHAR', price: 'DECIMAL(18,2)', revenue: 'DECIMAL(18,2)', currency: 'VARCHAR'})
        WHERE ms >= ${from} AND ms < ${to}`);
      for (const column of ['name', 'channel', 'currency']) {
        await connection.run(`CREATE TYPE ${column}s AS ENUM (SELECT DISTINCT ${column} FROM raw WHERE ${column} IS NOT NULL)`);
      }
      await connection.run(`
        CREATE TABLE events AS
        SELECT * REPLACE (name::names AS name, channel::channels AS channel, currency::currencys AS currency) FROM raw
        ORDER BY person, ms, id`);
      await connection.run('DROP TABLE raw');
      await connection.run('CHECKPOINT');
    },
    async loadSessions(file) {
      await connection.run(`
        CREATE TABLE sessions AS
        SELECT * FROM read_csv('${file}', header = true, columns = {person: 'UINTEGER', begins: 'BIGINT', channel: 'VARCHAR'})
        ORDER BY person, begins`);
      await connection.run('CHECKPOINT');
    },
    events: async () => Number((await rows('SELECT count(*) AS events FROM events'))[0].events),
    makeSessions: () => connection.run(kSessions.duckdb),
    rows,
    bytes: async () => (await rows('SELECT used_blocks * block_size AS bytes FROM pragma_database_size()'))[0].bytes,
    close: () => instance.closeSync(),
  };
});
