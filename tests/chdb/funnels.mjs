// Funnels: windowFunnel in its modes, and definitions in SQL where it has none of ours.
import assert from 'node:assert/strict';

const kShop = {from: '2026-01-05', to: '2026-03-06', timezone: 'UTC'};
const kLetters = {from: '2025-01-01', to: '2025-01-02', timezone: 'UTC'};

/** How many reached each step, as the server says: one row a line of the breakdown. */
async function reached(world, question) {
  const answer = await world.ask({kind: 'funnel', ...question});
  const counts = ({steps}) => steps.map((step) => step.count);
  const lines = answer.lines?.filter(({breakdown}) => breakdown !== null) ?? [];
  return {all: counts(answer), lines: Object.fromEntries(lines.map((line) => [line.breakdown, counts(line)]))};
}

/** The same from one level a person. */
function countLevels(rows, steps) {
  const counted = {all: Array(steps).fill(0), lines: {}};
  for (const {line, level, people} of rows) {
    for (let step = 0; step < level; ++step) {
      counted.all[step] += Number(people);
      if (line) (counted.lines[line] ??= Array(steps).fill(0))[step] += Number(people);
    }
  }
  return counted;
}

/** Levels by ClickHouse's own function: rows {line, level, people}. */
function windowFunnel(world, {steps, seconds, mode, where, line = `''`}) {
  const conditions = steps.map((name) => `name = '${name}'`).join(', ');
  return world.rows(`
    SELECT line, level, count() AS people FROM (
      SELECT profile, any(${line}) AS line, windowFunnel(${1000 * seconds}${mode ? `, '${mode}'` : ''})(ms, ${conditions}) AS level
      FROM events WHERE ${where} GROUP BY profile)
    WHERE level > 0 GROUP BY ALL`);
}

const stepsOf = (names) => names.map((event) => ({event}));

/** Every way to choose `count` different letters, in order. */
function choices(count, from = 'ABCDE') {
  if (count === 0) return [[]];
  return [...from].flatMap((letter) =>
    choices(count - 1, from.replace(letter, '')).map((rest) => [letter, ...rest]));
}

/**
 * Levels by a definition in SQL: `condition(k)` holds of a person who reached k steps. It sees
 * `line`, her (ms, name) in order.
 */
function levels(world, condition, steps, where = '1') {
  const terms = Array.from({length: steps}, (_, i) => `(${condition(i + 1)})`);
  return world.rows(`
    SELECT '' AS line, level, count() AS people FROM (
      SELECT ${terms.join(' + ')} AS level FROM (
        SELECT profile, arraySort(groupArray((toInt64(ms), name))) AS events FROM events
        WHERE source = 'letters' AND (${where}) GROUP BY profile))
    WHERE level > 0 GROUP BY ALL`);
}

/** Some choice of events, each later than the one before, the last within `ms` of the first. */
function risingChain(steps, ms) {
  return steps.reduceRight((inner, name, i) => {
    const before = i === 0 ? '1' : `e${i}.1 > e${i - 1}.1 AND e${i}.1 - e0.1 <= ${ms}`;
    return `arrayExists(e${i} -> e${i}.2 = '${name}' AND ${before} AND ${inner}, events)`;
  }, '1');
}

/** Runs of equal names follow each other: from the last of the first run to the first of the last. */
function adjacentRuns(steps, ms) {
  const names = steps.map((name) => `'${name}'`).join(', ');
  const runs = `arraySplit((e, i) -> i > 1 AND e.2 != events[i - 1].2, events, arrayEnumerate(events))`;
  return `arrayExists(i -> arrayMap(run -> run[1].2, arraySlice(${runs}, i, ${steps.length})) = [${names}]
          AND ${runs}[i + ${steps.length - 1}][1].1 - ${runs}[i][-1].1 <= ${ms}, arrayEnumerate(${runs}))`;
}

/** As many different steps within `ms` of some event. */
function differentWithin(steps, count, ms) {
  const names = steps.map((name) => `'${name}'`).join(', ');
  return `arrayExists(first -> length(arrayDistinct(arrayMap(e -> e.2, arrayFilter(
            e -> e.2 IN (${names}) AND e.1 >= first.1 AND e.1 <= first.1 + ${ms}, events)))) >= ${count}, events)`;
}

const isBelow = (ours, theirs) => ours.every((count, step) => count <= theirs[step]);

export async function funnels(t, world) {
  await t.test('ordered funnels of the shop', async () => {
    const steps = ['Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed'];
    for (const [window, seconds] of [['10m', 600], ['1d', 86_400], ['7d', 604_800], ['60d', 5_184_000]]) {
      for (const [ties, mode] of [['in_step_order', ''], ['strict', 'strict_increase']]) {
        const ours = await reached(world, {...kShop, steps: stepsOf(steps), window, ties});
        const theirs = windowFunnel(world, {steps, seconds, mode, where: `source != 'letters' AND type = 'track'`});
        assert.deepEqual(ours.all, countLevels(theirs, 4).all, `${window} ${ties}`);
        assert.ok(ours.all[3] > 0);
      }
    }
  });

  await t.test('ordered funnels of random letters with many ties', async () => {
    const where = `source = 'letters'`;
    const shared = {...kLetters, breakdown: {property: 'group', at: 'first'}};
    for (const steps of [...choices(2), ...choices(3).filter((_, i) => i % 3 === 0), ...choices(5).filter((_, i) => i % 12 === 0)]) {
      for (const seconds of [2, 6]) {
        const window = `${seconds}s`;
        const ours = await reached(world, {...shared, steps: stepsOf(steps), window});
        const theirs = windowFunnel(world, {steps, seconds, mode: '', where, line: 'letters'});
        assert.deepEqual(ours, countLevels(theirs, steps.length), `${steps} ${window}`);
      }
    }
  });

  await t.test('where time has to rise, ours are those of a plain definition; strict_increase finds no more', async () => {
    for (const steps of choices(3).filter((_, i) => i % 3 === 0)) {
      const ours = await reached(world, {...kLetters, steps: stepsOf(steps), window: '6s', ties: 'strict'});
      assert.deepEqual(ours, countLevels(levels(world, (k) => risingChain(steps.slice(0, k), 6000), 3), 3), `${steps}`);
      const theirs = windowFunnel(world, {steps, seconds: 6, mode: 'strict_increase', where: `source = 'letters'`});
      assert.ok(isBelow(countLevels(theirs, 3).all, ours.all), `${steps}`);
    }
  });

  await t.test('strict funnels are those of a plain definition', async () => {
    const where = {property: 'ties', op: 'eq', value: false};
    for (const steps of choices(3).filter((_, i) => i % 3 === 0)) {
      const ours = await reached(world, {...kLetters, where, steps: stepsOf(steps), window: '4s', order: 'strict'});
      const theirs = levels(world, (k) => adjacentRuns(steps.slice(0, k), 4000), 3, 'NOT has_ties');
      assert.deepEqual(ours, countLevels(theirs, 3), `${steps}`);
    }
  });

  await t.test('funnels in any order are those of a plain definition', async () => {
    for (const steps of choices(3).filter((_, i) => i % 6 === 0)) {
      const ours = await reached(world, {...kLetters, steps: stepsOf(steps), window: '4s', order: 'any'});
      const theirs = levels(world, (k) => differentWithin(steps, k, 4000), 3);
      assert.deepEqual(ours, countLevels(theirs, 3), `${steps}`);
    }
  });

  await t.test('a property held constant is a funnel of each of its values', async () => {
    const steps = ['Product Viewed', 'Product Added'];
    const conditions = steps.map((name) => `name = '${name}'`).join(', ');
    const theirs = world.rows(`
      SELECT '' AS line, level, count() AS people FROM (
        SELECT max(level) AS level FROM (
          SELECT profile, windowFunnel(600000)(ms, ${conditions}) AS level FROM events
          WHERE source != 'letters' AND product_id != '' GROUP BY profile, product_id)
        GROUP BY profile) WHERE level > 0 GROUP BY ALL`);
    const question = {...kShop, steps: stepsOf(steps), window: '10m'};
    const ours = await reached(world, {...question, hold: ['product_id']});
    assert.deepEqual(ours, countLevels(theirs, 2));
    assert.notDeepEqual(ours, await reached(world, question));  // It does make a difference.
  });

  await t.test('strict_deduplication stops at a repeated step; ours goes on', async () => {
    for (const steps of choices(3).filter((_, i) => i % 10 === 0)) {
      const ours = await reached(world, {...kLetters, steps: stepsOf(steps), window: '6s'});
      const theirs = windowFunnel(world, {steps, seconds: 6, mode: 'strict_deduplication', where: `source = 'letters'`});
      assert.ok(isBelow(countLevels(theirs, 3).all, ours.all), `${steps}`);
    }
  });
}
