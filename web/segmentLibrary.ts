// The browser library that sites load from `/analytics.js/v1/:writeKey/analytics.min.js`: Segment's
// own, as its package ships it, with its licence. Rarely needed parts are files of their own, which
// it asks for under `/analytics-next/bundles/`.

import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';

export function segmentLibrary(): Plugin {
  const root = dirname(createRequire(import.meta.url).resolve('@segment/analytics-next/package.json'));
  const umd = join(root, 'dist/umd');
  return {
    name: 'segment-library',
    apply: 'build',
    generateBundle() {
      const emit = (fileName: string, file: string) => this.emitFile({ type: 'asset', fileName, source: readFileSync(file) });
      emit('sdk/analytics.min.js', join(umd, 'standalone.js'));
      emit('sdk/LICENSE.txt', join(root, 'LICENSE.MD'));
      for (const name of readdirSync(umd)) {
        if (/\.bundle\.[0-9a-f]+\.js$/.test(name)) emit(`analytics-next/bundles/${name}`, join(umd, name));
      }
    },
  };
}
