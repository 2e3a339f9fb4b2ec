// Retention: by the calendar and rolling, on, on or after and in brackets.
import assert from 'node:assert/strict';

const kRange = {from: '2026-01-05', to: '2026-02-16'};
const kZone = 'Europe/Istanbul';
const kPeriods = 5;

const start = (date) => `toDateTime64('${date} 00:00:00', 3, '${kZone}')`;
const kShop = `source != 'letters'`;

/** cohort -> people, and (cohort, period) -> people who came back, by a definition in SQL. */
function byDefinition(world, {cohort, returns, period, isLater = '>='}) {
  // An entry is the first cohort event in the range; any other event at or after it is a return.
  const rows = world.rows(`
    WITH entries AS (
      SELECT profile, min(at) AS entered, argMin(id, (at, id)) AS entry FROM events
      WHERE ${kShop} AND (${cohort}) AND at >= ${start(kRange.from)} AND at < ${start(kRange.to)} GROUP BY profile)
    SELECT toString(toMonday(entered, '${kZone}')) AS cohort, period, uniqExact(profile) AS people FROM (
      SELECT profile, entered, -1 AS period FROM entries
      UNION ALL
      SELECT profile, entered, ${period} AS period FROM entries JOIN events USING profile
      WHERE ${kShop} AND (${returns}) AND at ${isLater} entered AND id != entry)
    GROUP BY ALL`);
  const cells = {};
  for (const row of rows) (cells[row.cohort] ??= {})[row.period] = Number(row.people);
  return cells;
}

/** The server's answer as {cohort: {-1: size, 0: ..., 1: ...}}; what has not begun is left out. */
async function asked(world, question) {
  const answer = await world.ask({kind: 'retention', ...kRange, timezone: kZone, interval: 'week', periods: kPeriods,
                                  where: {not: {property: 'group', op: 'exists'}}, ...question});
  const cells = {};
  for (const {start: begin, size, returned} of answer.cohorts) {
    if (size === 0) continue;
    const monday = new Date(Date.parse(begin) + 3 * 3_600_000).toISOString().slice(0, 10);
    cells[monday] = {'-1': size};
    returned.forEach((cell, period) => {
      const people = typeof cell === 'object' && cell !== null ? cell.people ?? cell.count : cell;
      if (people) cells[monday][period] = people;
    });
  }
  return cells;
}

function only(cells, isKept) {
  return Object.fromEntries(Object.entries(cells).map(([cohort, row]) =>
    [cohort, Object.fromEntries(Object.entries(row).filter(([period]) => isKept(Number(period))))]));
}

const kCalendar = `dateDiff('week', toMonday(entered, '${kZone}'), toMonday(at, '${kZone}'))`;
const kRolling = `intDiv(toUnixTimestamp64Milli(at) - toUnixTimestamp64Milli(entered), 7 * 86400000)`;

export async function retention(t, world) {
  const upTo = (period) => period <= kPeriods;

  await t.test('who comes back in each week, by the calendar and rolling', async () => {
    const kinds = [
      [{cohort: {event: '*'}, return: {event: '*'}}, {cohort: '1', returns: '1'}],
      [{cohort: {event: 'Product Added'}, return: {event: 'Order Completed'}},
       {cohort: `type = 'track' AND name = 'Product Added'`, returns: `type = 'track' AND name = 'Order Completed'`}],
      [{cohort: {event: 'Order Completed'}, return: {event: 'Order Completed'}},
       {cohort: `type = 'track' AND name = 'Order Completed'`, returns: `type = 'track' AND name = 'Order Completed'`}],
    ];
    for (const [question, sql] of kinds) {
      for (const [mode, period] of [['calendar', kCalendar], ['rolling', kRolling]]) {
        const ours = await asked(world, {...question, mode});
        assert.deepEqual(ours, only(byDefinition(world, {...sql, period}), upTo), `${JSON.stringify(question)} ${mode}`);
      }
    }
  });

  await t.test("ClickHouse's own retention() gives the first cohort", async () => {
    const ours = await asked(world, {cohort: {event: '*'}, return: {event: '*'}});
    const weeks = Array.from({length: kPeriods + 1}, (_, i) => `toMonday(at, '${kZone}') = toDate('2026-01-05') + ${7 * i}`);
    const [{sums}] = world.rows(`
      SELECT sumForEach(r) AS sums FROM (SELECT retention(${weeks.join(', ')}) AS r FROM events WHERE ${kShop} GROUP BY profile)`);
    const {'-1': size, 0: first, ...later} = ours['2026-01-05'];
    assert.deepEqual([size, ...Object.values(later)], sums.map(Number));
    assert.ok(first <= size);  // The entry itself is no return.
  });
}
