// Our templates give what liquidjs gives: its documented tags and filters, then templates made by
// chance. TL_LIQUID_TEMPLATES says how many (the whole run is 100000), TL_LIQUID_SEED the first.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {Liquid} from 'liquidjs';

import {differences, renderOurs} from './engines.mjs';
import {examples} from './examples.mjs';
import {makeCase} from './grammar.mjs';

const count = Number(process.env.TL_LIQUID_TEMPLATES ?? 20000);
const first = Number(process.env.TL_LIQUID_SEED ?? 1);
const batch = 5000;

/** The smallest templates that differ, for whoever has to look. */
function shortest(found) {
  return found.sort((a, b) => a.template.length - b.template.length).slice(0, 3);
}

test('every filter and tag of liquidjs is known, but layouts', () => {
  const {filters, tags} = new Liquid();
  const cases = [
    ...Object.keys(filters).map((name) => ({name, template: `{{ x | ${name} }}`})),
    ...Object.keys(tags).map((name) => ({name, template: `{% ${name} %}`})),
  ];
  const answers = renderOurs(cases);
  const unknown = cases.filter((_, i) => /no (filter|tag) /.test(answers[i].error ?? ''));
  assert.deepEqual(unknown.map(({name}) => name), ['layout', 'block']);
});

test('what liquidjs documents', () => {
  assert.deepEqual(shortest(differences(examples)), []);
});

test(`${count} templates made by chance`, () => {
  const found = [];
  for (let seed = first; seed < first + count; seed += batch) {
    const size = Math.min(batch, first + count - seed);
    found.push(...differences(Array.from({length: size}, (_, i) => makeCase(seed + i))));
  }
  assert.deepEqual(shortest(found), [], `${found.length} of ${count} differ`);
});
