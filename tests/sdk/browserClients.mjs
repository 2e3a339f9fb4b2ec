// The client libraries for browsers, in a real Chromium, on a page of another origin than the
// server's, so that every event is preflighted as on a customer's site. The libraries are the
// published files; they are told no more than where the server is.
//
//   CHROMIUM  default /usr/bin/chromium

import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const published = (path) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));
const libraries = {
  '/segment.js': published('@segment/analytics-next/dist/umd/index.js'),
  '/rudderstack.js': published('@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js'),
};

const flags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

// Run in the page: they put `call` on the window. Plain functions, since they travel as text.
const openers = {
  segment: ({ url, writeKey, strategy }) => {
    const analytics = window.AnalyticsNext.AnalyticsBrowser.load(
      { writeKey, cdnURL: url },
      { integrations: { 'Segment.io': strategy ? { deliveryStrategy: strategy } : {} } },
    );
    window.call = ({ kind, user, event, name, properties, traits, groupId, previousId }) => {
      if (kind === 'track') return void analytics.track(event, properties);
      if (kind === 'identify') return void analytics.identify(user, traits);
      if (kind === 'group') return void analytics.group(groupId, traits);
      if (kind === 'alias') return void analytics.alias(user, previousId);
      analytics[kind](name, properties);
    };
    return analytics.ready();
  },
  rudderstack: ({ url, writeKey, options }) => {
    const analytics = new window.rudderanalytics.RudderAnalytics();
    window.call = ({ kind, user, event, name, properties, traits, groupId, previousId }) => {
      if (kind === 'track') return void analytics.track(event, properties);
      if (kind === 'identify') return void analytics.identify(user, traits);
      if (kind === 'group') return void analytics.group(groupId, traits);
      if (kind === 'alias') return void analytics.alias(user, previousId);
      analytics[kind](undefined, name, properties);
    };
    return new Promise((ready) => {
      analytics.ready(ready);
      analytics.load(writeKey, url, { configUrl: url, plugins: ['XhrQueue', 'BeaconQueue', 'StorageEncryption'], logLevel: 'NONE', ...options });
    });
  },
};

export class Browser {
  static async start() {
    const self = new Browser();
    self.pages = createServer((incoming, outgoing) => {
      const file = libraries[incoming.url];
      if (file) {
        outgoing.setHeader('Content-Type', 'text/javascript; charset=utf-8');
        return createReadStream(file).pipe(outgoing);
      }
      const library = new URL(incoming.url, 'http://page').searchParams.get('library');
      outgoing.setHeader('Content-Type', 'text/html; charset=utf-8');
      outgoing.end(`<!doctype html><html lang="en"><title>A shop</title>${library ? `<script src="/${library}.js"></script>` : ''}</html>`);
    });
    self.pages.listen(0, '127.0.0.1');
    await new Promise((done) => self.pages.once('listening', done));
    self.origin = `http://127.0.0.1:${self.pages.address().port}`;
    self.chromium = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });
    return self;
  }

  async close() {
    await this.chromium.close();
    this.pages.closeAllConnections();
    await new Promise((done) => this.pages.close(done));
  }

  /** A visitor: `call(each)` says it, `visit(path)` goes to another page with the library on it. */
  async open(library, settings) {
    const context = await this.chromium.newContext();
    const page = await context.newPage();
    const load = async (path) => {
      await page.goto(`${this.origin}${path}?library=${library}`);
      await page.evaluate(openers[library], settings);
    };
    await load('/');
    return {
      page,
      visit: load,
      call: (each) => page.evaluate((said) => window.call(said), each),
      close: async () => {},
      discard: () => context.close(),
    };
  }
}

const batching = { strategy: 'batching', config: { size: 4, timeout: 300 } };
const quickRetries = { queueOptions: { minRetryDelay: 300, maxRetryDelay: 2000 } };
const rudderBatches = { queueOptions: { ...quickRetries.queueOptions, batch: { enabled: true, maxItems: 4, flushInterval: 300 } } };

/** `honoursRetryAfter` as in nodeClients.mjs. */
export const browserClients = (browser) => [
  { name: '@segment/analytics-next, standard', open: ({ url, writeKey }) => browser.open('segment', { url, writeKey }), honoursRetryAfter: true },
  { name: '@segment/analytics-next, batching', open: ({ url, writeKey }) => browser.open('segment', { url, writeKey, strategy: batching }) },
  { name: '@rudderstack/analytics-js', open: ({ url, writeKey }) => browser.open('rudderstack', { url, writeKey, options: quickRetries }) },
  { name: '@rudderstack/analytics-js, batching', open: ({ url, writeKey }) => browser.open('rudderstack', { url, writeKey, options: rudderBatches }) },
];
