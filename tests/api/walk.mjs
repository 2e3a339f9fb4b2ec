// One way through every operation of the management API: each is asked with the example that the
// document gives, on people and events that make the example true.
import path from 'node:path';

import {succeed} from '../cli/program.mjs';

const day = (time) => `2026-03-02T${time}Z`;

/** Answers of the operations, one after the other: {operationId, answer}, with the `status` of one that is to be refused. */
export async function* walk(server, document, {admin, directory}) {
  const client = new Client(server.url, document, admin);
  for (const step of [source, events, people, questions, definitions, items, journeys, consents, rejects, imports, files, settings, messages, tasks, endings]) {
    yield* step(client, directory);
  }
}

class Client {
  constructor(url, document, token) {
    Object.assign(this, {url, document, token});
  }

  /** Asks an operation: its example unless `with` says otherwise. `{path, query, headers, body}` */
  async ask(operationId, {path: parts = {}, query = {}, headers = {}, body} = {}) {
    const {path: pattern, method, operation, parameters} = this.document.operations.get(operationId);
    const example = (name) => parameters.find((one) => one.in === 'path' && one.name === name).example;
    const target = pattern.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(parts[name] ?? example(name)));
    const content = operation.requestBody?.content ?? {};
    const [type] = Object.keys(content);
    const sent = body ?? (type && JSON.stringify(content[type].example));
    const scheme = (operation.security ?? this.document.json.security)[0];
    const response = await fetch(`${this.url}${target}?${new URLSearchParams(query)}`, {
      method: method.toUpperCase(),
      headers: {
        ...(scheme?.bearer && {Authorization: `Bearer ${this.token}`}),
        ...(scheme?.write_key && {Authorization: `Basic ${btoa(`${this.writeKey}:`)}`}),
        ...(type && {'Content-Type': type}),
        ...headers,
      },
      body: sent,
      signal: AbortSignal.timeout(20_000),
    });
    const [kind] = (response.headers.get('Content-Type') ?? '').split(';');
    const text = kind === 'text/event-stream' ? await firstPiece(response) : await response.text();
    const answer = {status: response.status, type: kind, text, etag: response.headers.get('ETag'), body: kind === 'application/json' ? JSON.parse(text) : text || null};
    return {operationId, answer};
  }

  async send(writeKey, batch) {
    const response = await fetch(`${this.url}/v1/batch`, {method: 'POST', headers: {Authorization: `Basic ${btoa(`${writeKey}:`)}`}, body: JSON.stringify({batch})});
    if (response.status !== 200) throw new Error(`events: ${response.status} ${await response.text()}`);
    return response.json();
  }
}

/** The first event of a stream that goes on. */
async function firstPiece(response) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes('\n\n')) text += decoder.decode((await reader.read()).value, {stream: true});
  await reader.cancel();
  return text;
}

async function* source(client) {
  yield client.ask('createSession', {body: JSON.stringify({token: client.token})});
  yield client.ask('readSession');
  yield client.ask('writeSource');
  const made = await client.ask('createWriteKey');
  client.writeKey = made.answer.body.write_keys.at(-1).key;
  yield made;
  const {settings} = made.answer.body;
  const calls = await client.ask('writeSource', {path: {key: 'calls'}, body: JSON.stringify({name: 'Calls', settings: {...settings, webhook_mapping: 'call-centre'}})});
  client.callsKey = calls.answer.body.write_keys[0].key;
  yield calls;
  yield client.ask('listSources');
  yield client.ask('readSource');
  for (const operation of ['writeForward', 'readForward', 'listForwards']) yield client.ask(operation);
}

async function* events(client) {
  const {document, writeKey} = client;
  const send = (batch) => client.send(writeKey, batch);
  await send([
    {type: 'identify', messageId: 'm1', userId: 'u1', anonymousId: 'a-77', timestamp: day('08:00:00'), traits: {email: 'elif@example.com', plan: 'free'}},
    {type: 'group', messageId: 'm2', userId: 'u1', groupId: 'acme', timestamp: day('08:01:00'), traits: {name: 'Acme'}},
    {type: 'track', messageId: 'm3', userId: 'u1', event: 'Product Viewed', timestamp: day('08:02:00'), properties: {sku: 'a'}},
    {type: 'track', messageId: 'm4', userId: 'u1', event: 'Order Completed', timestamp: day('08:03:00'), properties: {total: 12.5}},
    {type: 'identify', messageId: 'm5', userId: 'u2', timestamp: day('08:04:00'), traits: {email: 'deniz@example.com'}},
    {type: 'track', messageId: 'm6', event: 'Nobody', timestamp: day('08:05:00')},
    {type: 'track', messageId: 'm7', event: 'Nobody Again', timestamp: day('08:06:00')},
  ]);
  for (const id of document.operationIds().filter((one) => document.operations.get(one).operation.tags.includes('ingest'))) {
    yield client.ask(id, {path: {writeKey}, headers: id === 'ingestWebhook' ? {Authorization: `Basic ${btoa(`${client.callsKey}:`)}`} : {}});
  }
  for (const id of document.operationIds().filter((one) => document.operations.get(one).operation.tags.includes('health'))) yield client.ask(id);
}

async function* people(client) {
  const ref = 'user_id:u1';
  yield client.ask('lookupProfiles');
  yield client.ask('searchProfiles');
  for (const id of ['readProfile', 'listProfileEvents', 'readProfileActivity', 'explainProfile', 'exportProfile', 'pinTrait']) yield client.ask(id, {path: {ref}});
  yield client.ask('splitProfile', {path: {ref}});
  const {answer: {body: explained}} = await client.ask('explainProfile', {path: {ref}});
  yield client.ask('liftCannotLink', {path: {ref}, body: JSON.stringify({decision: explained.cannot_links[0].decision, reason: 'it was one person after all'})});
  yield client.ask('mergeProfile', {path: {ref}, body: JSON.stringify({with: 'user_id:u2', reason: 'same person, said so on the phone'})});
  yield client.ask('readAccount');
}

async function* questions(client) {
  yield client.ask('readOverview');
  yield client.ask('streamLive');
  yield client.ask('runQuery');
  yield client.ask('runQueries');
  yield client.ask('queryPeople');
  yield {...(await client.ask('queryProgress', {path: {id: 'none'}})), status: 404};  // Nothing is under way.
  for (const id of ['listSchemaEvents', 'listSchemaProperties']) yield client.ask(id);
  yield client.ask('listSchemaValues', {query: {property: 'sku'}});
}

async function* definitions(client) {
  yield client.ask('previewMapping');
  for (const noun of ['Mapping', 'Channel', 'Token', 'SavedQuestion', 'Dashboard', 'Segment', 'Template', 'Purpose', 'Topic', 'Catalog']) {
    yield client.ask(`write${noun}`);
    yield client.ask(`read${noun}`);
    yield client.ask(`list${noun}s`);
  }
  yield client.ask('listSegmentMembers');
  yield client.ask('previewSegment');
  yield client.ask('backtestSegment');
  yield client.ask('checkTemplate');
  yield client.ask('previewTemplate');
  yield {...(await client.ask('writeTemplate', {path: {key: 'broken'}, body: JSON.stringify({name: 'x', channel: 'email', subject: '{{', html: '{% foo %}'})})), status: 400};
  yield client.ask('writeCosts');
  yield client.ask('readCosts');
  yield client.ask('listCosts');
  yield client.ask('previewChannel');
}

async function* items(client) {
  yield client.ask('listCatalogTypes');
  for (const id of ['writeItems', 'listItems', 'readItem']) yield client.ask(id);
  yield client.ask('writeItems', {body: JSON.stringify({id: 'A-1017', state: 'cancelled', if_state: 'ready'})});
}

async function* consents(client) {
  yield client.ask('writeConsent');
  yield client.ask('writeConsent', {body: JSON.stringify({items: [{profile: 'user_id:u1', topic: 'newsletter', state: 'subscribed', evidence: 'form 17'}, {profile: 'user_id:nobody', purpose: 'marketing', state: 'withdrawn'}]})});
  yield client.ask('listConsents');
  yield client.ask('addSuppression');
  yield client.ask('listSuppressions');
  const found = await client.ask('lookupSuppression');
  yield found;
  yield client.ask('removeSuppression', {path: {id: found.answer.body.id}, query: {why: 'she asked for it'}});
}

async function* rejects(client) {
  const listed = await client.ask('listRejects');
  yield listed;
  yield client.ask('summariseRejects');
  const id = listed.answer.body.items[0].id;
  yield client.ask('readReject', {path: {id}});
  yield client.ask('replayReject', {path: {id}});
  yield client.ask('replayRejects');
  yield client.ask('discardRejects', {body: JSON.stringify({ids: [listed.answer.body.items[1].id]})});
  yield client.ask('listRecentVerdicts');
}

async function* imports(client) {
  const file = 'at,card,shop\n2026-03-02T10:00:00Z,C-55,Cluj\nnever,C-56,Cluj\n';
  const wish = {file_name: 'visits.csv', mapping: 'my-visits', source: 'web'};
  yield client.ask('previewImport', {query: wish, body: file});
  const made = await client.ask('createImport', {body: JSON.stringify({...wish, size: file.length})});
  yield made;
  const id = made.answer.body.id;
  yield client.ask('uploadImportData', {path: {id}, query: {offset: 0}, body: file});
  yield client.ask('startImport', {path: {id}});
  for (let tries = 0; (await client.ask('readImport', {path: {id}})).answer.body.finished_at === null && tries < 200; ++tries) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  yield client.ask('readImport', {path: {id}});
  yield client.ask('listImports');
  yield client.ask('downloadImportRejects', {path: {id}});
  const other = await client.ask('createImport', {body: JSON.stringify({...wish, size: file.length})});
  yield client.ask('cancelImport', {path: {id: other.answer.body.id}});
}

async function* files(client, directory) {
  const made = await client.ask('makeTableFile');
  yield made;
  const {id} = made.answer.body;
  yield client.ask('readTableFile', {path: {id}});
  yield client.ask('deleteTableFile', {path: {id}});
  yield client.ask('makeBackup', {body: JSON.stringify({directory: path.join(directory, 'backup')})});
  await succeed(['verify', '--data', path.join(directory, 'backup')]);
}

async function* settings(client) {
  yield client.ask('readSettings');
  yield client.ask('writeSettings');
  yield client.ask('listAudit');
}

async function* journeys(client) {
  for (const id of ['listShippedJourneys', 'writeJourney', 'readJourney', 'listJourneys', 'checkJourney', 'publishJourney']) yield client.ask(id);
  await client.send(client.writeKey, [{type: 'track', messageId: 'j1', userId: 'u1', event: 'Signed Up'}]);
  const listed = await client.ask('listRuns');
  yield listed;
  yield client.ask('reportJourney');
  yield client.ask('backtestJourney');
  yield client.ask('backtestJourneyPeople');
  yield {...(await client.ask('backtestProgress')), status: 404}; // Nothing is under way.
  yield client.ask('listProfileJourneys', {path: {ref: 'user_id:u1'}});
  yield client.ask('stopRun', {path: {run: listed.answer.body.items[0].run}});
  const started = await client.ask('startJourney');
  yield started;
  yield client.ask('stopRun', {path: {run: started.answer.body.run}});  // Else the journey could not be deleted.
  for (const id of ['pauseJourney', 'resumeJourney', 'stopJourney']) yield client.ask(id);
}

async function* messages(client) {
  yield client.ask('listMessages');
  const nobody = {path: {id: '0123456789abcdef0123456789abcdef'}};  // No journey has asked for one.
  yield {...(await client.ask('readMessage', nobody)), status: 404};
  yield {...(await client.ask('decideMessage', nobody)), status: 404};
  yield client.ask('decideMessages');
  yield client.ask('writeSettings', {path: {key: 'senders'}, body: JSON.stringify({email: {type: 'file'}})});
  yield client.ask('testSender');
  yield client.ask('readSending');
  yield client.ask('resumeSending');
}

async function* tasks(client) {
  const chore = {name: 'Chore', document: {key: 'chore', trigger: {event: 'Chore Asked'}, steps: [{id: 'chore', type: 'task', team: 'store', title: 'Do it', due: '1d'}]}};
  yield client.ask('writeJourney', {path: {key: 'chore'}, body: JSON.stringify(chore)});
  yield client.ask('publishJourney', {path: {key: 'chore'}});
  await client.send(client.writeKey, [{type: 'track', userId: 'u1', event: 'Chore Asked', messageId: 'chore', timestamp: new Date().toISOString()}]);
  const listed = await client.ask('listTasks', {query: {team: 'store'}});
  yield listed;
  const it = {path: {id: listed.answer.body.items[0].id}};
  for (const id of ['readTask', 'claimTask', 'releaseTask', 'finishTask']) yield client.ask(id, it);
  yield client.ask('listTaskTeams');
}

async function* endings(client) {
  yield client.ask('deleteItem');
  for (const noun of ['Forward', 'Catalog', 'Journey', 'Segment', 'Template', 'Topic', 'Purpose', 'Dashboard', 'SavedQuestion', 'Costs', 'Channel', 'Mapping', 'Token']) yield client.ask(`delete${noun}`);
  const {answer: {body}} = await client.ask('readSource');
  yield client.ask('deleteWriteKey', {path: {id: body.write_keys.at(-1).id}});
  yield client.ask('eraseProfile', {path: {ref: 'user_id:u1'}});
  yield client.ask('deleteSource');
  yield client.ask('deleteSession');
}
