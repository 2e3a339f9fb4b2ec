// Sessions, and first and last touch: by windows and joins in SQL.
import assert from 'node:assert/strict';

const kRange = {from: '2026-01-12', to: '2026-03-06', timezone: 'UTC', known: false};
const kSilenceMs = 30 * 60_000;
const kSettlingMs = 60_000;

/**
 * A view of sessions {profile, begins, campaign} and one of orders. A session begins with a person's
 * first event, after silence, or with another campaign; a campaign within the first minute of a
 * session without a touch belongs to it.
 */
function makeViews(world) {
  const campaignPart = (key, parameter) => `
    if(campaign != '', JSONExtractString(campaign, '${key}'),
       decodeURLFormComponent(extractURLParameter(concat('http://x/', search), 'utm_${parameter}')))`;
  world.rows(`
    CREATE VIEW touches AS
    SELECT profile, ms, id, events.name = 'Order Completed' AS orders, ${campaignPart('name', 'campaign')} AS name,
           concat(name, '|', lower(${campaignPart('source', 'source')}), '|', lower(${campaignPart('medium', 'medium')}), '|',
                  ${campaignPart('content', 'content')}, '|', ${campaignPart('term', 'term')}) AS parts,
           if(parts = '||||', '', parts) AS key,
           key = '' AND (source = 'stores' OR (referrer != '' AND cutToFirstSignificantSubdomain(referrer) != 'meridian.example')) AS passes
    FROM events WHERE source != 'letters' AND type IN ('track', 'page', 'screen')`);
  world.rows(`
    CREATE VIEW stretches AS
    SELECT *, sum(is_silent) OVER person AS stretch FROM (
      SELECT *, ms - lagInFrame(ms, 1, 0) OVER (PARTITION BY profile ORDER BY ms, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) >= ${kSilenceMs} AS is_silent
      FROM touches)
    WINDOW person AS (PARTITION BY profile ORDER BY ms, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`);
  world.rows(`
    CREATE VIEW sessions AS
    SELECT profile, min(ms) AS begins, argMinIf(name, (ms, id), key != '' OR passes) AS campaign, sum(orders) AS orders FROM (
      SELECT *, sum(begins_session) OVER (PARTITION BY profile ORDER BY ms, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS session FROM (
        SELECT *,
          anyLastIf(key, key != '') OVER before AS campaign_before, countIf(passes) OVER before AS passed,
          min(ms) OVER (PARTITION BY profile, stretch) AS stretch_begins,
          is_silent OR (key != '' AND if(campaign_before = '', passed > 0 OR ms - stretch_begins > ${kSettlingMs},
                                         key != campaign_before)) AS begins_session
        FROM stretches
        WINDOW before AS (PARTITION BY profile, stretch ORDER BY ms, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)))
    GROUP BY profile, session`);
}

const at = (date) => `toUnixTimestamp64Milli(toDateTime64('${date} 00:00:00', 3, 'UTC'))`;
const inRange = (ms) => `${ms} >= ${at(kRange.from)} AND ${ms} < ${at(kRange.to)}`;

function byCampaign(rows) {
  return Object.fromEntries(rows.map(({campaign, ...rest}) => [campaign, rest]));
}

export async function touches(t, world) {
  makeViews(world);
  const answer = await world.ask({
    kind: 'attribution', ...kRange, by: 'campaign', lookback: '366d', models: ['first', 'last'],
    conversion: {event: 'Order Completed', value: 'revenue'},
    where: {not: {property: 'group', op: 'exists'}},
  });
  const ours = Object.fromEntries(answer.rows.map((row) => [row.campaign ?? '', row]));

  await t.test('sessions begin where SQL says, under the campaign of their first touch', () => {
    const theirs = byCampaign(world.rows(`
      SELECT campaign, toUInt32(count()) AS sessions FROM sessions WHERE ${inRange('begins')} GROUP BY campaign`));
    const counted = Object.fromEntries(Object.entries(ours).filter(([, row]) => row.sessions > 0)
      .map(([campaign, {sessions}]) => [campaign, {sessions}]));
    assert.deepEqual(counted, theirs);
    assert.ok(Object.keys(theirs).length > 5);
  });

  await t.test('a trend counts the same sessions, in all and with an order', async () => {
    const trend = await world.ask({
      kind: 'trend', ...kRange, interval: 'day', where: {not: {property: 'group', op: 'exists'}},
      series: [{event: '*', measure: 'sessions'}, {event: 'Order Completed', measure: 'sessions'}],
    });
    const days = world.rows(`
      SELECT toUnixTimestamp64Milli(toDateTime64(toStartOfDay(fromUnixTimestamp64Milli(toInt64(begins), 'UTC')), 3, 'UTC')) AS day,
             count() AS sessions, countIf(orders > 0) AS ordering
      FROM sessions WHERE ${inRange('begins')} GROUP BY day ORDER BY day`);
    const valuesOf = (line) => line.points.filter(({value}) => value > 0).map(({at: day, value}) => [Date.parse(day), value]);
    const theirs = (column) => days.map((row) => [Number(row.day), Number(row[column])]).filter(([, value]) => value > 0);
    assert.deepEqual(valuesOf(trend.series[0]), theirs('sessions'));
    assert.deepEqual(valuesOf(trend.series[1]), theirs('ordering'));
  });

  await t.test('people stand under the campaign of their first session', () => {
    const theirs = byCampaign(world.rows(`
      SELECT campaign, toUInt32(count()) AS people FROM (
        SELECT s.profile, argMin(campaign, begins) AS campaign, any(first_ms) AS first_ms FROM sessions AS s
        JOIN (SELECT profile, min(ms) AS first_ms FROM events GROUP BY profile) AS f USING profile GROUP BY s.profile)
      WHERE ${inRange('first_ms')} GROUP BY campaign`));
    const counted = Object.fromEntries(Object.entries(ours).filter(([, row]) => row.people > 0)
      .map(([campaign, {people}]) => [campaign, {people}]));
    assert.deepEqual(counted, theirs);
  });

  for (const [model, pick] of [['first', 'argMin'], ['last', 'argMax']]) {
    await t.test(`${model} touch: conversions and value by currency`, () => {
      const rows = world.rows(`
        SELECT campaign, currency, toUInt32(count()) AS conversions, sum(revenue) AS value FROM (
          SELECT e.id, any(e.currency) AS currency, any(e.revenue) AS revenue, ${pick}(s.campaign, s.begins) AS campaign
          FROM events AS e JOIN sessions AS s ON e.profile = s.profile
          WHERE e.type = 'track' AND e.name = 'Order Completed' AND ${inRange('e.ms')} AND s.begins <= e.ms
          GROUP BY e.id)
        GROUP BY campaign, currency`);
      const theirs = {};
      for (const {campaign, currency, conversions, value} of rows) {
        const line = (theirs[campaign] ??= {conversions: 0, values: {}});
        line.conversions += conversions;
        line.values[currency] = Number(value);
      }
      const given = {};
      for (const [campaign, row] of Object.entries(ours)) {
        const {conversions, values} = row.models[model];
        if (conversions === 0) continue;
        given[campaign] = {conversions, values: Object.fromEntries(values.map(({currency, value}) => [currency, value]))};
      }
      assert.deepEqual(given, theirs);
      assert.ok(Object.keys(theirs).length > 5);
    });
  }
}
