// A cart mail by liquidjs on Node and by our engine, one after the other, twice; prints the ratio.
//
//   cmake --preset bench && cmake --build build/bench --target template_bench
//   npm install --prefix tests/liquid && node bench/template.mjs
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

process.env.TZ = 'UTC';
const root = fileURLToPath(new URL('..', import.meta.url));
const {Liquid} = createRequire(`${root}tests/liquid/package.json`)('liquidjs');

const seconds = 2;
const text = readFileSync(`${root}bench/template/cart.liquid`, 'utf8');
const json = readFileSync(`${root}bench/template/cart.json`, 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'template-bench-'));

/** How often a second of CPU something can be done, after a second to warm up. */
function rate(act) {
  for (const end = performance.now() + 1000; performance.now() < end;) act();
  const began = process.cpuUsage();
  let count = 0;
  let spent = 0;
  while (spent < seconds) {
    for (let i = 0; i < 100; ++i) act();
    count += 100;
    const {user, system} = process.cpuUsage(began);
    spent = (user + system) / 1e6;
  }
  return count / spent;
}

function theirs() {
  const liquid = new Liquid({outputEscape: 'escape', locale: 'en-US'});
  const compiled = liquid.parse(text);
  const data = JSON.parse(json);
  return {
    output: liquid.renderSync(compiled, data),
    compile: rate(() => liquid.parse(text)),
    render: rate(() => liquid.renderSync(compiled, data)),
    withJson: rate(() => liquid.renderSync(compiled, JSON.parse(json))),
  };
}

function ours() {
  const out = join(folder, 'out.html');
  const printed = execFileSync(`${root}build/bench/bench/template_bench`,
    [`${root}bench/template/cart.liquid`, `${root}bench/template/cart.json`, out], {encoding: 'utf8'});
  const figure = (name) => Number(printed.match(new RegExp(`^${name} (\\d+)`, 'm'))[1]);
  return {
    output: readFileSync(out, 'utf8'),
    compile: figure('compile_per_s'),
    render: figure('render_per_s'),
    withJson: figure('render_with_json_per_s'),
  };
}

// liquidjs escapes what `escape` and `newline_to_br` have escaped once more; we do not.
const comparable = (output) => output.replaceAll('&lt;br /&gt;', '<br />').replaceAll('&amp;amp;', '&amp;');

try {
  for (let run = 1; run <= 2; ++run) {
    const [their, our] = [theirs(), ours()];
    if (comparable(their.output) !== comparable(our.output)) throw new Error(`outputs differ:\n${their.output}\n${our.output}`);
    console.log(`run ${run}, ${our.output.length} characters    liquidjs        ours   ratio`);
    for (const what of ['render', 'withJson', 'compile']) {
      const columns = [their[what], our[what]].map((value) => Math.round(value).toLocaleString('en-US').padStart(10));
      console.log(`${what.padEnd(10)} a second       ${columns.join('  ')}  ${(our[what] / their[what]).toFixed(1).padStart(6)}`);
    }
  }
} finally {
  rmSync(folder, {recursive: true});
}
