// Templates made by chance from a seed, with data to fill them: every tag, every filter, values of
// every kind in every place. README.md of src/template lists what we do otherwise on purpose; that
// is left out here.

/** A generator of numbers that gives the same row for the same seed (mulberry32). */
function dice(seed) {
  let state = seed >>> 0;
  const unit = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (bound) => Math.floor(unit() * bound);
  return {below, chance: (share) => unit() < share, pick: (list) => list[below(list.length)]};
}

const texts = ['', ' ', 'a', 'B', 'Hello World', 'ünïcode', 'İstanbul ışık', 'ﬁne straße', 'a,b,,c', '  padded\t',
  '<b>bold</b> & "quoted" \'s', 'line one\nline two\r\nline three', '10', '3.75', '-2', '1e3', 'true',
  'x&amp;y &lt;z&gt;', 'Hello%20World+%C3%BC', 'the quick brown fox jumps', 'snow ☃ 日本語 and κόσμος ΟΔΟΣ',
  'a.b.c', 'SGVsbG8=', '<p>one</p><script>two()</script><!-- x --> end <', 'Ａｂ', 'don\'t'];
const dates = ['2024-03-10T02:30:00Z', '2023-12-31T23:59:59.987Z', '2024-02-29', '1999-01-01T00:00:00+02:00',
  'March 14, 2016', '14 Mar 2016 10:30', 'Tue, 01 Nov 2022 00:34:00 +0300', '1700000000', '2016-11-03 10:05:09'];
const formats = ['%Y-%m-%d', '%d %B %Y, %A', '%b %-d, %y', '%H:%M:%S.%L', '%I:%M %p', '%l%P', '%j %U %W %u %w', '%e|%k|%C|%q',
  '%s %z %:z', '%a %^a %#b', '%05d %_m %-m %10Y', '%3N %N', '%%d %t %n', '%Q %', '%^B %010e'];
const names = ['user', 'items', 'order', 'n', 'f', 's', 't', 'list', 'mixed', 'flag', 'off', 'nothing', 'gone', 'when', 'deep', 'x', 'y', 'item'];
const paths = ['user.name', 'user.first', 'user.age', 'user.address.city', 'user.tags', 'user["name"]', 'user.none.deep', 'items[0].title',
  'items[1].price', 'items.first.sku', 'items.last.qty', 'items.size', 'items[-1].tags', 'order.id', 'order.total', 'order.lines', 'list[2]',
  'list.first', 's.size', 'deep[1][0]', 'user[s]', 'mixed[3]', 'items[n].title', 'list.last', 'user.size', 'deep.last.first'];
const zones = ['Europe/Istanbul', 'America/New_York', 'UTC', 'Asia/Kolkata'];

function makeData(d) {
  const text = () => d.pick(texts);
  const item = (i) => ({sku: `S${i}${d.below(5)}`, title: text(), price: d.pick([9.9, 25, 100.5, 1.005, 0, 1234.56, 7]), qty: d.below(4),
    tags: ['new', 'sale', 'eco'].slice(0, d.below(4)), on_sale: d.chance(0.5), ...(d.chance(0.5) ? {note: text()} : {note: null})});
  return {
    user: {name: text(), first: d.pick(['Ann', 'Ayşe', 'Ion', '']), age: d.below(90), vip: d.chance(0.5), tags: [text(), text()],
      address: {city: d.pick(['İzmir', 'Cluj', '']), zip: d.below(99999)}},
    items: Array.from({length: d.below(5)}, (_, i) => item(i)),
    order: {id: 1000 + d.below(1000), total: d.pick([12.5, 99, 0.1, 1e21, 1.5e-7]), lines: d.below(3), at: d.pick(dates)},
    n: d.below(7) - 2, f: d.pick([0.5, 2.25, -3.7, 100, 1.005, 0]), s: text(), t: text(),
    list: Array.from({length: d.below(6)}, () => d.below(20) - 5),
    mixed: [text(), d.below(9), null, d.chance(0.5), [1, 'two'], {k: 1}].slice(0, d.below(7)),
    flag: true, off: false, nothing: null, when: d.pick(dates), deep: [[1, 2], [text(), [3]], []],
  };
}

class Writer {
  constructor(d) {
    this.d = d;
    this.loops = 0;
  }

  quoted(text = this.d.pick(texts)) {
    const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
    return this.d.chance(0.5) ? `"${escaped.replaceAll('"', '\\"')}"` : `'${escaped.replaceAll("'", "\\'")}'`;
  }
  number() {
    return String(this.d.pick([0, 1, 2, 3, 5, 10, -1, -2, 0.5, 2.5, 100, 7.25]));
  }
  path() {
    const inLoop = this.loops > 0 && this.d.chance(0.4);
    if (inLoop) {
      return this.d.pick(['item', 'item.title', 'item.price', 'item.tags', 'item[0]', 'forloop.index', 'forloop.index0', 'forloop.first',
        'forloop.last', 'forloop.rindex', 'forloop.rindex0', 'forloop.length', 'item.sku', 'item.on_sale', 'item.note']);
    }
    return this.d.chance(0.4) ? this.d.pick(names) : this.d.pick(paths);
  }
  literal() {
    return this.d.pick([() => this.quoted(), () => this.number(), () => 'true', () => 'false'])();
  }
  value() {
    const roll = this.d.below(10);
    if (roll < 6) return this.path();
    if (roll < 9) return this.literal();
    return this.range();
  }
  range() {
    const end = this.d.pick(['3', '5', 'n', 'items.size', '1', '2.5']);
    return `(${this.d.pick(['0', '1', 'n', '-1'])}..${end})`;
  }
  list() {
    return this.d.pick(['items', 'list', 'user.tags', 'mixed', 'deep', 'nothing', 'gone', 's', 'order.lines', 'user.address', this.range()]);
  }

  filter() {
    const d = this.d;
    const q = () => (d.chance(0.8) ? this.quoted() : this.path());
    const num = () => (d.chance(0.85) ? this.number() : this.value());
    const count = () => d.pick(['0', '1', '2', '3', '5', '12', 'n', '-2']);
    const field = () => `"${d.pick(['title', 'price', 'qty', 'sku', 'on_sale', 'note', 'tags', 'k', 'tags[0]', 'none', 'name'])}"`;
    const make = {
      append: () => `append: ${q()}`, prepend: () => `prepend: ${q()}`, capitalize: () => 'capitalize', downcase: () => 'downcase',
      upcase: () => 'upcase', strip: () => d.pick(['strip', `strip: ${this.quoted()}`]), lstrip: () => d.pick(['lstrip', 'lstrip: "aH"']),
      rstrip: () => d.pick(['rstrip', 'rstrip: "dy "']), split: () => `split: ${this.quoted(d.pick([',', ' ', '', 'a', 'one', '.', '\n']))}`,
      replace: () => `replace: ${this.quoted()}, ${q()}`, replace_first: () => `replace_first: ${this.quoted(d.pick(['a', 'o', '', ' ']))}, ${q()}`,
      replace_last: () => `replace_last: ${this.quoted(d.pick(['a', 'o', '', ' ']))}, ${q()}`, remove: () => `remove: ${this.quoted()}`,
      remove_first: () => `remove_first: ${this.quoted(d.pick(['a', 'l', '', ' ']))}`, remove_last: () => `remove_last: ${this.quoted(d.pick(['a', 'l', '']))}`,
      truncate: () => d.pick(['truncate', `truncate: ${num()}`, `truncate: ${count()}, ${q()}`]),
      truncatewords: () => d.pick(['truncatewords', `truncatewords: ${count()}`, `truncatewords: ${count()}, ${q()}`]),
      strip_newlines: () => 'strip_newlines', squish: () => 'squish', normalize_whitespace: () => 'normalize_whitespace',
      number_of_words: () => d.pick(['number_of_words', 'number_of_words: "cjk"', 'number_of_words: "auto"']),
      array_to_sentence_string: () => d.pick(['array_to_sentence_string', 'array_to_sentence_string: "or"']),
      escape: () => 'escape', escape_once: () => 'escape_once', xml_escape: () => 'xml_escape', newline_to_br: () => 'newline_to_br',
      strip_html: () => 'strip_html', url_encode: () => 'url_encode', cgi_escape: () => 'cgi_escape', uri_escape: () => 'uri_escape',
      slugify: () => d.pick(['slugify', 'slugify: "raw"', 'slugify: "pretty"', 'slugify: "ascii"', 'slugify: "latin"', 'slugify: "none"', 'slugify: "default", true']),
      base64_encode: () => 'base64_encode', sha256: () => 'sha256', hmac_sha256: () => `hmac_sha256: ${q()}`,
      plus: () => `plus: ${num()}`, minus: () => `minus: ${num()}`, times: () => `times: ${num()}`, divided_by: () => d.pick([`divided_by: ${num()}`, 'divided_by: 3, true']),
      modulo: () => `modulo: ${num()}`, abs: () => 'abs', ceil: () => 'ceil', floor: () => 'floor', round: () => d.pick(['round', `round: ${count()}`]),
      at_least: () => `at_least: ${num()}`, at_most: () => `at_most: ${num()}`, to_integer: () => 'to_integer',
      join: () => d.pick(['join', `join: ${q()}`]), first: () => 'first', last: () => 'last', reverse: () => 'reverse', size: () => 'size',
      sort: () => d.pick(['sort', `sort: ${field()}`]), sort_natural: () => d.pick(['sort_natural', `sort_natural: ${field()}`]),
      map: () => `map: ${field()}`, sum: () => d.pick(['sum', `sum: ${field()}`]), compact: () => 'compact', concat: () => `concat: ${this.list()}`,
      push: () => `push: ${this.value()}`, unshift: () => `unshift: ${this.value()}`, pop: () => 'pop', shift: () => 'shift',
      slice: () => d.pick([`slice: ${count()}`, `slice: ${count()}, ${count()}`]), uniq: () => 'uniq',
      where: () => d.pick([`where: ${field()}`, `where: ${field()}, ${this.literal()}`]), reject: () => d.pick([`reject: ${field()}`, `reject: ${field()}, ${this.literal()}`]),
      has: () => d.pick([`has: ${field()}`, `has: ${field()}, ${this.literal()}`]), find: () => `find: ${field()}, ${this.literal()}`,
      find_index: () => `find_index: ${field()}, ${this.literal()}`, group_by: () => `group_by: ${field()} | ${d.pick(['size', 'map: "name" | join: ","', 'map: "items" | json'])}`,
      where_exp: () => `where_exp: "i", "${d.pick(['i.price > 10', 'i.on_sale', 'i > 2', 'i.tags contains \'new\'', 'i == n'])}"`,
      reject_exp: () => `reject_exp: "i", "${d.pick(['i.price > 10', 'i.on_sale == true', 'i > 2'])}"`,
      has_exp: () => 'has_exp: "i", "i.qty >= 2"', find_exp: () => 'find_exp: "i", "i.qty == 1"', find_index_exp: () => 'find_index_exp: "i", "i.price < 100"',
      group_by_exp: () => 'group_by_exp: "i", "i.qty | plus: 1" | json', default: () => d.pick([`default: ${this.value()}`, `default: ${this.value()}, allow_false: true`]),
      json: () => d.pick(['json', 'json: 2']), inspect: () => 'inspect', jsonify: () => 'jsonify', raw: () => 'raw',
    };
    return make[d.pick(Object.keys(make))]();
  }
  // Dates by themselves: of what is none, JavaScript makes one more often than we do.
  dated() {
    const d = this.d;
    const value = d.pick(['when', 'order.at', 'order.id', 'n', 'f', 'gone', 'nothing', '"no date"', this.quoted(d.pick(dates))]);
    const format = () => this.quoted(d.pick(formats));
    const filter = d.pick([() => `date: ${format()}`, () => `date: ${format()}, "${d.pick(zones)}"`, () => 'date',
      () => `date: ${format()}, ${d.pick(['360', '-330', '0'])}`, () => 'date_to_xmlschema', () => 'date_to_rfc822',
      () => `date_to_string${d.pick(['', ': "ordinal"', ': "ordinal", "US"'])}`, () => `date_to_long_string${d.pick(['', ': "ordinal"'])}`])();
    return `${value} | ${filter}`;
  }
  filtered() {
    if (this.d.chance(0.08)) return this.dated();
    let out = this.value();
    while (this.d.chance(0.55)) out += ` | ${this.filter()}`;
    return out;
  }
  comparison() {
    const d = this.d;
    const word = () => (d.chance(0.2) ? d.pick(['empty', 'blank', 'nil']) : this.value());
    return d.chance(0.35) ? this.value() : `${word()} ${d.pick(['==', '!=', '<', '>', '<=', '>=', 'contains'])} ${word()}`;
  }
  condition() {
    let out = this.comparison();
    if (this.d.chance(0.1)) out = `not ${out}`;
    while (this.d.chance(0.25)) out += ` ${this.d.pick(['and', 'or'])} ${this.comparison()}`;
    return out;
  }

  dash() {
    return this.d.chance(0.12) ? '-' : '';
  }
  tag(text) {
    return `{%${this.dash()} ${text} ${this.dash()}%}`;
  }
  loopOptions() {
    const d = this.d;
    let out = '';
    if (d.chance(0.25)) out += ` limit: ${d.pick(['2', '1', 'n', '0', 'order.lines'])}`;
    if (d.chance(0.2)) out += `${d.pick([' ', ', '])}offset: ${d.pick(['1', '2', 'order.lines', '0'])}`;
    if (d.chance(0.15)) out += ' reversed';
    return out;
  }
  loop(depth) {
    const jump = this.d.chance(0.15) ? this.tag(`if ${this.condition()}`) + this.tag(this.d.pick(['break', 'continue'])) + this.tag('endif') : '';
    this.loops++;
    const body = this.block(depth) + jump + this.block(depth - 1);
    this.loops--;
    const otherwise = this.d.chance(0.3) ? this.tag('else') + this.block(depth - 1) : '';
    return this.tag(`for item in ${this.list()}${this.loopOptions()}`) + body + otherwise + this.tag('endfor');
  }
  table(depth) {
    const options = this.d.pick(['', ' cols: 2', ' cols:3 limit:4', ' limit: 2, offset: 1']);
    const body = this.d.pick(['{{ item }}', '{{ tablerowloop.col }}{{ tablerowloop.row }}', '{{ tablerowloop.col_last }}{{ item.title }}', '{{ tablerowloop.col0 }}|{{ tablerowloop.rindex }}']);
    return depth > 0 ? this.tag(`tablerow item in ${this.list()}${options}`) + body + this.tag('endtablerow') : '';
  }
  caseOf(depth) {
    let out = this.tag(`case ${this.value()}`);
    for (let i = this.d.below(3); i >= 0; --i) {
      const more = this.d.chance(0.3) ? `${this.d.pick([',', ' or'])} ${this.value()}` : '';
      out += this.tag(`when ${this.value()}${more}`) + this.block(depth - 1);
    }
    if (this.d.chance(0.5)) out += this.tag('else') + this.block(depth - 1);
    return out + this.tag('endcase');
  }
  ifOf(depth) {
    const word = this.d.chance(0.2) ? 'unless' : 'if';
    let out = this.tag(`${word} ${this.condition()}`) + this.block(depth - 1);
    if (this.d.chance(0.3)) out += this.tag(`elsif ${this.condition()}`) + this.block(depth - 1);
    if (this.d.chance(0.4)) out += this.tag('else') + this.block(depth - 1);
    return out + this.tag(`end${word}`);
  }
  liquidTag() {
    const lines = ['{% liquid'];
    for (let i = this.d.below(3); i >= 0; --i) {
      lines.push(this.d.pick([() => `  assign x = ${this.filtered()}`, () => `  echo ${this.filtered()}`, () => '  # a note', () => `  if ${this.condition()}\n    echo "yes"\n  endif`])());
    }
    return `${lines.join('\n').replaceAll('%}', '')}\n%}`;
  }
  node(depth) {
    const d = this.d;
    const set = d.pick(['x', 'y', 'item']);
    const simple = [
      () => d.pick(['plain text ', '\n', ' <p>', '</p>\n', '{ not a tag }', 'ü ', '  ']), () => `{{${this.dash()} ${this.filtered()} ${this.dash()}}}`,
      () => `{{ ${this.filtered()} }}`, () => this.tag(`assign ${set} = ${this.filtered()}`), () => this.tag(`echo ${this.filtered()}`),
      () => this.tag(`${d.pick(['increment', 'decrement'])} ${d.pick(['c', 'n', 'counter'])}`),
      () => this.tag(`cycle ${d.pick(['', '"g": ', 'n: '])}"odd", ${this.quoted('even')}, "last"`), () => `${this.tag('comment')} {{ anything }} ${this.tag('endcomment')}`,
      () => '{% raw %}{{ as }} {% it %} is{% endraw %}', () => this.tag('# only a note'), () => this.liquidTag(),
    ];
    if (depth <= 0 || d.chance(0.6)) return d.pick(simple)();
    return d.pick([() => this.ifOf(depth), () => this.loop(depth - 1), () => this.caseOf(depth), () => this.table(depth),
      () => this.tag(`capture ${set}`) + this.block(depth - 1) + this.tag('endcapture')])();
  }
  block(depth) {
    let out = '';
    for (let i = this.d.below(3); i >= 0; --i) out += this.node(depth);
    return out;
  }
}

/** Makes the template and data of a seed. */
export function makeCase(seed) {
  const d = dice(seed);
  const data = makeData(d);
  const writer = new Writer(d);
  let template = '';
  for (let i = 1 + d.below(5); i > 0; --i) template += writer.node(3);
  const zone = d.chance(0.2) ? d.pick(zones) : undefined;
  return {seed, template, data, zone};
}
