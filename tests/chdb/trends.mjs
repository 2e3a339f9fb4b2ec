// Trends: counts, people, sums and quantiles by interval, value and currency.
import assert from 'node:assert/strict';

const kRange = {from: '2026-01-05', to: '2026-03-06'};
const kStarts = {
  hour: (zone) => `toStartOfHour(at, '${zone}')`,
  day: (zone) => `toStartOfDay(at, '${zone}')`,
  week: (zone) => `toTimezone(toDateTime(toMonday(at, '${zone}'), '${zone}'), 'UTC')`,
  month: (zone) => `toTimezone(toDateTime(toStartOfMonth(at, '${zone}'), '${zone}'), 'UTC')`,
};
const inRange = (zone) =>
  `source != 'letters' AND at >= toDateTime64('${kRange.from} 00:00:00', 3, '${zone}')
   AND at < toDateTime64('${kRange.to} 00:00:00', 3, '${zone}')`;

/** (value, currency, instant in ms or "total") -> number, without zeros and nulls. */
function cells(answer) {
  const found = new Map();
  const put = (key, value) => value === 0 || value === null || found.set(key, value);
  for (const line of answer.series) {
    const head = `${line.breakdown ?? ''}|${line.currency ?? ''}|`;
    put(`${head}total`, line.total);
    for (const {at, value} of line.points) put(head + Date.parse(at), value);
  }
  return found;
}

function cellsOf(rows) {
  const found = new Map();
  for (const {line, money, cell, number} of rows) {
    if (Number(number) !== 0) found.set(`${line}|${money}|${cell}`, Number(number));
  }
  return found;
}

/** The same keys, and numbers that differ by no more than the rounding of one double. */
function assertSame(ours, theirs, what) {
  assert.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort(), what);
  assert.ok(ours.size > 0, what);
  for (const [key, value] of ours) {
    const other = theirs.get(key);
    assert.ok(Math.abs(value - other) <= 1e-12 * Math.abs(other), `${what}, ${key}: ${value}, ClickHouse ${other}`);
  }
}

/** Rows of an aggregate by interval, and in all: {line, money, cell, number}. */
function aggregate(world, {number, where = '1', interval, zone, value = `''`, currency = `''`}) {
  const select = (cell) => `
    SELECT ${value} AS line, ${currency} AS money, ${cell} AS cell, ${number} AS number FROM events
    WHERE ${inRange(zone)} AND (${where}) GROUP BY ALL`;
  const start = `toString(toInt64(toUnixTimestamp(${kStarts[interval](zone)})) * 1000)`;
  return world.rows(`${select(start)} UNION ALL ${select(`'total'`)}`);
}

async function compare(world, {series, breakdown, interval, zone, known = false, sql}) {
  const question = {
    kind: 'trend', ...kRange, timezone: zone, interval, known, series: [series],
    ...(breakdown && {breakdown: {property: breakdown}}),
    where: {not: {property: 'group', op: 'exists'}},  // The letters are another world.
  };
  const theirs = aggregate(world, {interval, zone, ...sql});
  assertSame(cells(await world.ask(question)), cellsOf(theirs), JSON.stringify(question));
}

export async function trends(t, world) {
  const orders = {event: 'Order Completed'};
  const isOrder = `type = 'track' AND name = 'Order Completed'`;

  await t.test('events and people of every zone and interval', async () => {
    for (const zone of ['UTC', 'Europe/Istanbul', 'America/New_York']) {
      for (const interval of ['hour', 'day', 'week', 'month']) {
        await compare(world, {series: {measure: 'events'}, interval, zone, sql: {number: 'count()'}});
        await compare(world, {series: {...orders, measure: 'people'}, interval, zone,
                              sql: {number: 'uniqExact(profile)', where: isOrder}});
      }
    }
  });

  await t.test('people by event, source and property; known ones alone', async () => {
    const shared = {interval: 'week', zone: 'Europe/Bucharest', series: {measure: 'people'}};
    const number = 'uniqExact(profile)';
    await compare(world, {...shared, breakdown: 'source', sql: {number, value: 'source'}});
    await compare(world, {...shared, breakdown: 'event', sql: {number, value: 'name'}});
    await compare(world, {...shared, series: {...orders, measure: 'people'}, breakdown: 'payment_method',
                          sql: {number, value: 'payment', where: isOrder}});
    await compare(world, {...shared, series: {...orders, measure: 'people'}, known: true,
                          sql: {number, where: `${isOrder} AND known`}});
  });

  await t.test('sums and averages are of the same decimals, currency by currency', async () => {
    for (const [measure, number] of [['sum', 'sum(revenue)'], ['avg', 'sum(revenue)::Float64 / count(revenue)']]) {
      for (const interval of ['day', 'month']) {
        await compare(world, {series: {...orders, measure, property: 'revenue'}, interval, zone: 'Europe/Istanbul',
                              sql: {number, where: `${isOrder} AND revenue IS NOT NULL`, currency: 'currency'}});
      }
    }
  });

  await t.test('quantiles interpolate between the two neighbours, as quantileExactInclusive does', async () => {
    for (const [measure, share] of [['p50', 0.5], ['p90', 0.9], ['p99', 0.99]]) {
      await compare(world, {series: {...orders, measure, property: 'revenue'}, interval: 'week', zone: 'Europe/Istanbul',
                            sql: {number: `quantileExactInclusive(${share})(revenue::Float64)`,
                                  where: `${isOrder} AND revenue IS NOT NULL`, currency: 'currency'}});
    }
  });

  await t.test('conditions', async () => {
    const conditions = [
      [{property: 'revenue', op: 'gte', value: 1000}, 'revenue >= 1000'],
      [{property: 'payment_method', op: 'in', value: ['card', 'cash']}, `payment IN ('card', 'cash')`],
      [{not: {property: 'payment_method', op: 'eq', value: 'card'}}, `payment != 'card'`],
      [{or: [{property: 'currency', op: 'eq', value: 'RON'}, {property: 'revenue', op: 'lt', value: 500}]},
       `currency = 'RON' OR revenue < 500`],
      [{property: 'order_id', op: 'starts_with', value: 'S-'}, `startsWith(order_id, 'S-')`],
      [{property: 'products[].category', op: 'eq', value: 'Lighting'}, `has(categories, 'Lighting')`],
      [{property: 'products[].category', op: 'ne', value: 'Lighting', quantifier: 'all'},
       `notEmpty(categories) AND NOT has(categories, 'Lighting')`],
    ];
    for (const [where, sql] of conditions) {
      await compare(world, {series: {...orders, measure: 'events', where}, interval: 'week', zone: 'UTC',
                            sql: {number: 'count()', where: `${isOrder} AND (${sql})`}});
    }
  });
}
