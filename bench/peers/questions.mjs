// The questions, each as ours takes it and as statements of the peers, and how answers are compared.
//
// A chart is {ours, clickhouse, duckdb, read, given}: `ours` goes to POST /api/query, the others are
// SQL over the tables of clickhouse.mjs and duckdb.mjs; read(answer) and given(rows) make the same
// plain object of both answers. `given` is missing where the peer's meaning is another one.
const kRange = {from: '2026-01-01', to: '2026-04-01', timezone: 'UTC'};
export const kFromMs = Date.parse(kRange.from);
export const kToMs = Date.parse(kRange.to);

const kDayMs = 86_400_000;
const kWeekMs = 7 * kDayMs;
const kMondayMs = Date.parse('2025-12-29');  // Of the week in which the range begins.
const kPeriods = 12;
const kOrder = 'Order Completed';
const kSteps = ['Product Viewed', 'Product Added', 'Checkout Started', kOrder];

// --- funnels

const reachedOf = ({steps}) => steps.map(({count}) => count);

function readFunnel(answer) {
  const lines = answer.lines?.filter(({breakdown}) => breakdown !== null) ?? [];
  return {'': reachedOf(answer), ...Object.fromEntries(lines.map((line) => [line.breakdown, reachedOf(line)]))};
}

/** From rows {line, level, people}: who came to a level came to those before. */
function fromLevels(steps) {
  return (rows) => {
    const counted = {'': Array(steps).fill(0)};
    for (const {line, level, people} of rows) {
      for (let step = 0; step < level; ++step) {
        counted[''][step] += Number(people);
        if (line) (counted[line] ??= Array(steps).fill(0))[step] += Number(people);
      }
    }
    return counted;
  };
}

const conditionOf = (step) => `name = '${step.name}'` + (step.price ? ` AND price >= ${step.price}` : '');

function orderedFunnel({steps: given, days = 7, line = null}) {
  const steps = given.map((step) => (typeof step === 'string' ? {name: step} : step));
  const ms = days * kDayMs;
  const names = steps.map(({name}) => `'${name}'`).join(', ');
  // Whose latest first step before it is near enough reaches a step: joins to the row before.
  const joins = steps.slice(1).map((step, i) => `
    s${i + 2} AS (SELECT e.person, e.ms, s.start, s.line FROM events AS e
      ASOF JOIN s${i + 1} AS s ON e.person = s.person AND e.ms >= s.ms
      WHERE ${conditionOf(step).replaceAll(/\b(name|price)\b(?= [=>])/g, 'e.$1')} AND e.ms - s.start <= ${ms})`);
  const counts = steps.map((_, i) => `SELECT line, person, ${i + 1} AS level FROM s${i + 1}`);
  return {
    ours: {
      kind: 'funnel', ...kRange, window: `${days}d`,
      steps: steps.map(({name, price}) =>
        ({event: name, ...(price && {where: {property: 'price', op: 'gte', value: price}})})),
      ...(line && {breakdown: {property: line, at: 'first'}}),
    },
    clickhouse: `
      SELECT line, level, count() AS people FROM (
        SELECT person, ${line ? `any(${line})` : `''`} AS line,
               windowFunnel(${ms})(ms, ${steps.map(conditionOf).join(', ')}) AS level
        FROM events WHERE name IN (${names}) GROUP BY person)
      WHERE level > 0 GROUP BY line, level`,
    duckdb: `
      WITH s1 AS (SELECT person, ms, ms AS start, ${line ?? `''`} AS line FROM events WHERE ${conditionOf(steps[0])}),
      ${joins.join(',')}
      SELECT line, level, count(*) AS people FROM (
        SELECT person, any_value(line) AS line, max(level) AS level FROM (${counts.join(' UNION ALL ')}) GROUP BY person)
      GROUP BY line, level`,
    read: readFunnel,
    given: fromLevels(steps.length),
  };
}

/**
 * Every event counts. Runs of one name follow each other, from the last event of the first to the
 * first of the last; ClickHouse's own `strict_order` means something else (docs/semantics.md).
 */
function strictFunnel(steps) {
  const ms = 7 * kDayMs;
  const place = steps.map((_, i) => `name${i} = '${steps[i]}'`);
  const near = steps.map((_, i) => (i === 0 ? '1 = 1' : `ms${i} - before1 <= ${ms}`));
  const term = (k) => `(${[...place.slice(0, k), ...near.slice(1, k)].join(' AND ')})`;
  const levels = steps.map((_, i) => `CASE WHEN ${term(i + 1)} THEN 1 ELSE 0 END`).join(' + ');
  const ahead = steps.slice(1).map((_, i) => `
    lead(name, ${i + 1}) OVER person AS name${i + 1}, lead(ms, ${i + 1}) OVER person AS ms${i + 1}`);
  const definition = (isOther) => `
    SELECT '' AS line, level, count(*) AS people FROM (
      SELECT person, max(${levels}) AS level FROM (
        SELECT person, name AS name0, ${ahead.join(', ')}, lead(before) OVER person AS before1 FROM (
          SELECT person, ms, id, name, lag(ms) OVER person AS before, lag(name) OVER person AS name_before FROM events
          WINDOW person AS (PARTITION BY person ORDER BY ms, id))
        WHERE ${isOther}
        WINDOW person AS (PARTITION BY person ORDER BY ms, id))
      GROUP BY person)
    WHERE level > 0 GROUP BY level`;
  return {
    ours: {kind: 'funnel', ...kRange, window: '7d', order: 'strict', steps: steps.map((event) => ({event}))},
    clickhouse: definition('name != name_before'),
    duckdb: definition('name IS DISTINCT FROM name_before'),
    read: readFunnel,
    given: fromLevels(steps.length),
  };
}

/** The same steps by ClickHouse's own function, whose strictness is another one. */
function strictOrder(steps) {
  return {
    ...strictFunnel(steps),
    clickhouse: `
      SELECT level, count() AS people FROM (
        SELECT person, windowFunnel(${7 * kDayMs}, 'strict_order')(ms, ${steps.map((name) => `name = '${name}'`).join(', ')}) AS level
        FROM events GROUP BY person)
      WHERE level > 0 GROUP BY level`,
    duckdb: null,
    given: null,
  };
}

// --- attribution

function readAttribution(answer) {
  const lines = {};
  for (const {channel, models} of answer.rows) {
    for (const [model, {conversions, values}] of Object.entries(models)) {
      if (conversions === 0) continue;
      const value = Object.fromEntries(values.map((each) => [each.currency, each.value]));
      lines[`${model} ${channel}`] = {conversions, ...value};
    }
  }
  return lines;
}

/** From rows {first, last, currency, conversions, value}. */
function fromTouches(rows) {
  const lines = {};
  for (const row of rows) {
    for (const model of ['first', 'last']) {
      const line = (lines[`${model} ${row[model]}`] ??= {conversions: 0});
      line.conversions += Number(row.conversions);
      line[row.currency] = Math.round(100 * ((line[row.currency] ?? 0) + Number(row.value))) / 100;
    }
  }
  return lines;
}

// First and last session that began in the 30 days before an order; its own is among them.
const attributed = (oldest, sessions) => `
  SELECT f.channel AS first, l.channel AS last, o.currency AS currency, count(*) AS conversions, sum(o.revenue) AS value
  FROM (SELECT person, ms, ${oldest} AS oldest, currency, revenue FROM events WHERE name = '${kOrder}') AS o
  ASOF JOIN ${sessions} AS l ON o.person = l.person AND o.ms >= l.begins
  ASOF JOIN ${sessions} AS f ON o.person = f.person AND o.oldest <= f.begins
  GROUP BY f.channel, l.channel, o.currency`;

function attribution({makesSessions}) {
  const sessions = makesSessions ? 'made_sessions' : 'sessions';
  return {
    makesSessions,  // Whether that is part of the question.
    ours: {
      kind: 'attribution', ...kRange, known: false, lookback: '30d', models: ['first', 'last'], by: 'channel',
      conversion: {event: kOrder, value: 'revenue'},
    },
    clickhouse: attributed(`toUInt64(ms - ${30 * kDayMs})`, sessions),
    duckdb: attributed(`ms - ${30 * kDayMs}`, sessions),
    read: readAttribution,
    given: fromTouches,
  };
}

const kSilenceMs = 30 * 60_000;
const kSettlingMs = 60_000;

/**
 * Made from events: sessions {person, begins, channel} by docs/attribution.md: after silence, or with another campaign,
 * unless that comes within the first minute of a session without a touch.
 */
function sessionsFrom({head, campaignBefore, passedBefore, firstChannel}) {
  const before = 'ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING';
  return `${head}
    SELECT person, min(ms) AS begins, ${firstChannel} AS channel FROM (
      SELECT person, ms, touch, channel, sum(begins_one) OVER person AS session FROM (
        SELECT *, CASE WHEN is_silent = 1 THEN 1 WHEN touch != 2 THEN 0
                       WHEN campaign_before = 0 THEN CASE WHEN passed > 0 OR ms - stretch_begins > ${kSettlingMs} THEN 1 ELSE 0 END
                       WHEN campaign_before != campaign + 1 THEN 1 ELSE 0 END AS begins_one
        FROM (
          SELECT *, ${campaignBefore} OVER earlier AS campaign_before, ${passedBefore} OVER earlier AS passed,
                 min(ms) OVER (PARTITION BY person, stretch) AS stretch_begins
          FROM (
            SELECT *, sum(is_silent) OVER person AS stretch FROM (
              SELECT person, ms, id, touch, campaign, channel,
                     CASE WHEN ms - lag(ms, 1, 0) OVER person >= ${kSilenceMs} THEN 1 ELSE 0 END AS is_silent
              FROM events WHERE activity = 1
              WINDOW person AS (PARTITION BY person ORDER BY ms, id))
            WINDOW person AS (PARTITION BY person ORDER BY ms, id))
          WINDOW earlier AS (PARTITION BY person, stretch ORDER BY ms, id ${before})))
      WINDOW person AS (PARTITION BY person ORDER BY ms, id))
    GROUP BY person, session`;
}

export const kSessions = {
  clickhouse: sessionsFrom({
    head: 'CREATE OR REPLACE TABLE made_sessions ENGINE = MergeTree ORDER BY (person, begins) AS',
    campaignBefore: 'anyLastIf(campaign + 1, touch = 2)',
    passedBefore: 'countIf(touch = 1)',
    firstChannel: `if(countIf(touch > 0) = 0, 'direct', argMinIf(channel, ms, touch > 0))`,
  }),
  duckdb: `${sessionsFrom({
    head: 'CREATE OR REPLACE TABLE made_sessions AS',
    campaignBefore: 'coalesce(last_value(CASE WHEN touch = 2 THEN campaign + 1 END IGNORE NULLS)',
    passedBefore: 'sum(CASE WHEN touch = 1 THEN 1 ELSE 0 END)',
    firstChannel: `coalesce(arg_min(channel, ms) FILTER (touch > 0)::VARCHAR, 'direct')`,
  }).replace('OVER earlier AS campaign_before', 'OVER earlier, 0) AS campaign_before')} ORDER BY person, begins`,
};

// --- retention

function readRetention(answer) {
  const weeks = {};
  for (const {start, size, returned} of answer.cohorts) {
    // Period 0 is left out: the peers would have to look at single events once more for it.
    if (size > 0) weeks[(Date.parse(start) - kMondayMs) / kWeekMs] = [size, ...returned.slice(1)];
  }
  return weeks;
}

/** From rows {first, mask, people}: a bit a week in which a person did it. */
function fromMasks(rows) {
  const weeks = {};
  for (const {first, mask, people} of rows) {
    const cells = (weeks[first] ??= Array(1 + kPeriods).fill(0));
    cells[0] += Number(people);
    for (let period = 1; period <= kPeriods; ++period) {
      if (Math.floor(Number(mask) / 2 ** (Number(first) + period)) % 2 === 1) cells[period] += Number(people);
    }
  }
  return weeks;
}

function retention(event) {
  const where = event === '*' ? '' : `WHERE name = '${event}'`;
  const masks = (week, bit, or) => `
    SELECT first, mask, count(*) AS people FROM (
      SELECT person, min(${week}) AS first, ${or}(${bit}) AS mask FROM events ${where} GROUP BY person)
    GROUP BY first, mask`;
  const clickhouseWeek = `intDiv(ms - ${kMondayMs}, ${kWeekMs})`;
  const duckdbWeek = `(ms - ${kMondayMs}) // ${kWeekMs}`;
  return {
    ours: {kind: 'retention', ...kRange, interval: 'week', periods: kPeriods, cohort: {event}, return: {event}},
    clickhouse: masks(clickhouseWeek, `bitShiftLeft(toUInt32(1), ${clickhouseWeek})`, 'groupBitOr'),
    duckdb: masks(duckdbWeek, `1 << (${duckdbWeek})::INTEGER`, 'bit_or'),
    read: readRetention,
    given: fromMasks,
  };
}

// --- trends

function readTrend(answer) {
  const points = {};
  for (const {currency, breakdown, points: given} of answer.series) {
    for (const {at, value} of given) if (value > 0) points[`${currency ?? ''} ${breakdown ?? ''} ${Date.parse(at)}`] = value;
  }
  return points;
}

function fromPoints(rows) {
  return Object.fromEntries(rows.map(({currency, begins, value}) => [`${currency}  ${begins}`, Number(value)]));
}

function trend({event, measure, interval}) {
  const [width, origin] = interval === 'week' ? [kWeekMs, kMondayMs] : [kDayMs, kFromMs];
  const value = {events: 'count(*)', people: 'count(DISTINCT person)', sum: 'sum(revenue)'}[measure];
  const isMoney = measure === 'sum';
  const where = event === '*' ? '' : `WHERE name = '${event}'`;
  const statement = (divide) => `
    SELECT ${isMoney ? 'currency' : `''`} AS currency, ${divide} * ${width} + ${origin} AS begins, ${value} AS value
    FROM events ${where} GROUP BY ${isMoney ? 'currency, begins' : 'begins'}`;
  return {
    ours: {kind: 'trend', ...kRange, interval, series: [{event, measure, ...(isMoney && {property: 'revenue'})}]},
    clickhouse: statement(`intDiv(ms - ${origin}, ${width})`).replaceAll('count(DISTINCT person)', 'uniqExact(person)'),
    duckdb: statement(`((ms - ${origin}) // ${width})`),
    read: readTrend,
    given: fromPoints,
  };
}

const kStrictSteps = ['Checkout Started', 'Payment Info Entered', kOrder];

/** Name, charts asked in one request, and what the history's issue asks of it. */
export const kQuestions = [
  {name: 'funnel of 4 steps, 7 days', charts: [orderedFunnel({steps: kSteps})]},
  {
    name: 'the same, a step by price, by currency',
    charts: [orderedFunnel({steps: [{name: kSteps[0], price: 500}, ...kSteps.slice(1)], line: 'currency'})],
  },
  {name: 'strict funnel of 3 steps over all events', charts: [strictFunnel(kStrictSteps)]},
  {name: '… beside `strict_order`, which means less', charts: [strictOrder(kStrictSteps)]},
  {name: 'first and last touch, 30 days, sessions given to peers', charts: [attribution({makesSessions: false})]},
  {name: '… sessions made from events by all', charts: [attribution({makesSessions: true})]},
  {name: 'retention by week, 12 weeks', charts: [retention('*')]},
  {
    name: 'dashboard of 12 charts, one request',
    charts: [
      orderedFunnel({steps: kSteps}),
      orderedFunnel({steps: [{name: kSteps[0], price: 500}, ...kSteps.slice(1)], line: 'currency'}),
      orderedFunnel({steps: ['Product List Viewed', 'Product Viewed', 'Product Added'], days: 1}),
      orderedFunnel({steps: ['Cart Viewed', 'Checkout Started', kOrder], days: 1}),
      orderedFunnel({steps: ['Email Sent', 'Email Opened', 'Email Link Clicked'], days: 7}),
      strictFunnel(kStrictSteps),
      attribution({makesSessions: false}),
      retention('*'),
      retention(kOrder),
      trend({event: '*', measure: 'people', interval: 'week'}),
      trend({event: 'Product Viewed', measure: 'events', interval: 'day'}),
      trend({event: kOrder, measure: 'sum', interval: 'week'}),
    ],
  },
];
