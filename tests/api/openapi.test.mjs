// The document at /openapi.json against the server that publishes it: every example is of its own
// schema, and every operation answers its example with a status, a type and a body that stand there.
import assert from 'node:assert/strict';
import test from 'node:test';

import {serve, temporaryDirectory} from '../cli/program.mjs';
import {Document} from './document.mjs';
import {walk} from './walk.mjs';

const admin = 'tl_admin_api_tests_0123456789';

test('every example of the document is of its schema', async (t) => {
  const server = await start(t);
  const document = await Document.read(server.url);
  const wrong = [...document.examples()].map(({where, schema, example}) => ({where, faults: document.faults(schema, example)}));
  assert.deepEqual(wrong.filter(({faults}) => faults.length > 0), []);
});

test('every operation answers its example as the document says', async (t) => {
  const server = await start(t);
  const document = await Document.read(server.url);
  const walked = new Set();
  const wrong = [];
  for await (const {operationId, answer, status} of walk(server, document, {admin, directory: temporaryDirectory(t)})) {
    const faults = document.faultsOfAnswer(operationId, answer, status);
    if (faults.length > 0) wrong.push({operationId, faults, status: answer.status, answered: answer.text.slice(0, 400)});
    walked.add(operationId);
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual(document.operationIds().filter((id) => !walked.has(id)), [], 'not tried');
});

function start(t) {
  return serve(t, temporaryDirectory(t), {env: {THROUGHLINE_ADMIN_TOKEN: admin, THROUGHLINE_WRITE_KEY: 'wk_api_tests_0123456789'}});
}
