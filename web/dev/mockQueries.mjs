// Questions to the mock server: trends by event and source, and what there is to choose from. Other
// kinds of questions are refused: they need the real server.

import { Refusal } from './mockAnswers.mjs';
import { keyOf } from './mockWorld.mjs';

const kWidthMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 7 * 86_400_000, month: 30 * 86_400_000 };
const kUnitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000, mo: 30 * 86_400_000 };

export function queries(state, on) {
  on('POST', '/api/query', ({ json }) => ({ body: trend(state, json()) }));
  on('GET', '/api/schema/events', () => {
    const items = counted(state.events.map((event) => JSON.stringify([event.name, event.type]))).map(([key, count]) => ({ event: JSON.parse(key)[0], type: JSON.parse(key)[1], count }));
    return { body: { items, total: items.length, since: null, partial: false, unnamed: 0 } };
  });
  const sample = (url) => state.events.filter((event) => [null, '*', event.name].includes(url.searchParams.get('event'))).map(fieldsOf);
  on('GET', '/api/schema/properties', ({ url }) => {
    const events = sample(url);
    const items = counted(events.flatMap((fields) => Object.keys(fields))).map(([property, count]) => {
      const values = events.filter((one) => property in one).map((one) => one[property]);
      const kind = kindOf(values[0]);
      return { property, kind, count, ...(kind === 'list' ? {} : { distinct: new Set(values).size, distinct_exact: true }) };
    });
    return { body: { items, total: items.length, events: events.length, uncounted: 0 } };
  });
  on('GET', '/api/schema/values', ({ url }) => {
    const events = sample(url);
    const values = events.map((fields) => fields[url.searchParams.get('property')]).filter((value) => ['string', 'number', 'boolean'].includes(typeof value));
    const typed = (url.searchParams.get('q') ?? '').toLowerCase();
    const items = counted(values.map((value) => JSON.stringify(value))).map(([value, count]) => ({ value: JSON.parse(value), count }));
    return { body: { items: items.filter((one) => String(one.value).toLowerCase().startsWith(typed)), events: events.length } };
  });
}

const fieldsOf = (event) => event.body.properties ?? event.body.traits ?? {};
const kindOf = (value) => ({ number: 'number', boolean: 'bool', string: 'text' })[typeof value] ?? 'list';

/** Each of some texts with how often it comes, most frequent first. */
function counted(texts) {
  const counts = new Map();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** The start of a date in a zone. Good for zones whose day has no change of the clock. */
function midnight(date, timezone) {
  const utc = Date.parse(`${date}T00:00:00Z`);
  const shown = new Date(new Date(utc).toLocaleString('en-US', { timeZone: timezone }) + ' UTC').getTime();
  return utc - (shown - utc);
}

function instant(text, timezone) {
  const relative = /^-(\d+)(s|m|h|d|w|mo)$/.exec(text);
  if (relative) return Date.now() - Number(relative[1]) * kUnitMs[relative[2]];
  return text.length === 10 ? midnight(text, timezone) : Date.parse(text);
}

function trend(state, query) {
  if (query.kind !== 'trend') throw new Refusal(400, 'invalid_argument', `query: kind: the mock server answers trends, not ${query.kind}`);
  const timezone = query.timezone ?? 'Europe/Istanbul';
  const width = kWidthMs[query.interval];
  const from = instant(query.from, timezone);
  const to = query.to ? instant(query.to, timezone) : Date.now();
  const inside = state.events.filter((event) => Date.parse(event.at) >= from && Date.parse(event.at) < to);
  const personOf = (event) => keyOf(event.identifiers[0]);
  const series = query.series.flatMap(({ event, measure }) => {
    const own = inside.filter((one) => event === '*' || one.name === event);
    const values = query.breakdown?.property === 'source' ? [...new Set(own.map((one) => one.source))] : [null];
    const count = (events) => (measure === 'people' ? new Set(events.map(personOf)).size : events.length);
    return values.map((value) => {
      const chosen = own.filter((one) => value === null || one.source === value);
      const points = [];
      for (let at = from; at < Math.min(to, Date.now()); at += width) points.push({ at: new Date(at).toISOString(), value: count(chosen.filter((one) => Date.parse(one.at) >= at && Date.parse(one.at) < at + width)) });
      return { label: value ?? event, breakdown: value, event, total: count(chosen), points };
    });
  });
  const people = new Set(inside.map(personOf)).size;
  return { kind: 'trend', series, meta: { from: new Date(from).toISOString(), to: new Date(to).toISOString(), timezone, interval: query.interval, known: false, people, people_known: people, events_scanned: inside.length, profiles_scanned: people, elapsed_ms: 0.4 } };
}
