import { describe, expect, it } from 'vitest';
import { placeOf, placesOf, textAt, withTextAt } from './places';

const kText = `# why
key: cart
trigger: {event: "A, {b}", where: {property: a, op: eq}}   # {not: this}
reentry:
  after: 3d
goals:
- {name: ordered, event: Order Completed}
- name: other   # steps: no
  event: B
steps:
  # a comment
  - id: one
    type: wait_for
    events:
      - {event: C, next: two}
      - event: D
        hold: [x, y]
        next: three
    timeout: 1h
  - {id: two, type: split, parts: [{name: a, share: 50},
      {name: b,
       share: 50}]}
  - id: three
    type: task
    title: |
      steps: of text
        - no list
    team: it's: fine

  -
    id: "four"
    'type': end
`;

describe('places of paths', () => {
  const places = placesOf(kText);
  const lineOf = (path: string) => placeOf(places, path).line;

  it('finds keys by indentation, in brackets and in lists', () => {
    const lines = {
      key: 2, trigger: 3, 'trigger.where.op': 3, 'reentry.after': 5, 'goals[0].event': 7, 'goals[1]': 8, 'goals[1].event': 9,
      'steps[0]': 12, 'steps[0].events[0].next': 15, 'steps[0].events[1]': 16, 'steps[0].events[1].hold[1]': 17, 'steps[0].events[1].next': 18, 'steps[0].timeout': 19,
      'steps[1].parts[0].share': 20, 'steps[1].parts[1].name': 21, 'steps[1].parts[1].share': 22, 'steps[2].title': 25, 'steps[2].team': 28, 'steps[3].id': 31, 'steps[3].type': 32,
    };
    for (const [path, line] of Object.entries(lines)) expect(lineOf(path), path).toBe(line);
    expect(places.get('trigger.where.op')).toEqual({ line: 3, column: 49 });
    expect(places.has('steps[2].title.steps')).toBe(false);
    expect(places.has('not')).toBe(false);
  });

  it('shows what is missing at what it is missing in', () => {
    expect(lineOf('steps[0].next')).toBe(12);
    expect(lineOf('steps[1].parts[1].next')).toBe(21);
    expect(lineOf('goals: ordered.segment')).toBe(6);
    expect(lineOf('steps[9].id')).toBe(10);
    expect(lineOf('nowhere')).toBe(1);
    expect(lineOf('')).toBe(1);
  });

  it('reads JSON as well', () => {
    const text = JSON.stringify({ key: 'a', steps: [{ id: 'x', events: [{ event: 'A' }, { event: 'B' }] }, { id: 'y' }] }, null, 2);
    const lines = text.split('\n');
    const json = placesOf(text);
    expect(lines[placeOf(json, 'steps[0].events[1].event').line - 1]).toContain('"B"');
    expect(lines[placeOf(json, 'steps[1].id').line - 1]).toContain('"y"');
  });

  it('ends with whatever is written', () => {
    for (const text of ['', '-', '- - a', '{{{', ']]', 'a: [b, {c', ': :', '"', "k: 'x", '- {', '\t- a: |\n\t b']) expect(placesOf(text).size).toBeLessThan(9);
  });
});

describe('values of the whole', () => {
  it('are read without quotes and comments', () => {
    expect(textAt(kText, 'key')).toBe('cart');
    expect(textAt('name: "Cart # \\"1\\""  # x\n', 'name')).toBe('Cart # "1"');
    expect(textAt("name: 'it''s'", 'name')).toBe("it's");
    expect(textAt('name: Cart  # x', 'name')).toBe('Cart');
    expect(textAt('name:   # none', 'name')).toBe('');
    expect(textAt('  name: inner', 'name')).toBe('');
  });

  it('are put in place of what stands there', () => {
    expect(withTextAt('# a\nkey: b  # c\nname: d', 'key', 'e')).toBe('# a\nkey: e\nname: d');
    expect(withTextAt('name: d', 'key', 'e')).toBe('key: e\nname: d');
  });
});
