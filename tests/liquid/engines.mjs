// The two engines: liquidjs in this process, ours behind a pipe of JSON lines.
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

import {Liquid} from 'liquidjs';

process.env.TZ = 'UTC';

const root = fileURLToPath(new URL('../..', import.meta.url));
const binary = process.env.TL_RENDER_LINES ?? `${root}build/dev/tests/liquid/render_lines`;

/** Renders all cases with our engine, in one process. */
export function renderOurs(cases) {
  const input = cases.map((one) => JSON.stringify(one)).join('\n') + '\n';
  const run = spawnSync(binary, {input, maxBuffer: 1 << 30, encoding: 'utf8'});
  if (run.error) throw run.error;
  if (run.status !== 0) throw new Error(`${binary} ended with ${run.signal ?? run.status}`);
  return run.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
}

/** Renders one case with liquidjs. */
export function renderTheirs({template, data, zone, locale, escape, partials}) {
  const liquid = new Liquid({
    timezoneOffset: zone,
    locale: locale ?? 'en-US',
    outputEscape: escape === 'html' ? 'escape' : undefined,
    templates: partials,
  });
  try {
    return {output: liquid.parseAndRenderSync(template, structuredClone(data ?? {}))};
  } catch (error) {
    return {error: error.message};
  }
}

/** Where the two disagree. Both refusing is agreement. */
export function differences(cases) {
  const ours = renderOurs(cases);
  if (ours.length !== cases.length) throw new Error(`${ours.length} answers to ${cases.length}`);
  const found = [];
  cases.forEach((one, i) => {
    const theirs = renderTheirs(one);
    if (ours[i].output === theirs.output && ('error' in ours[i]) === ('error' in theirs)) return;
    found.push({...one, ours: ours[i].output ?? ours[i].error, theirs: theirs.output ?? theirs.error});
  });
  return found;
}
