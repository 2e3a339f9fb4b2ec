// What the tests of one file share: a server, a browser, and proxies that close with them.

import { after, before } from 'node:test';

import { Browser } from './browserClients.mjs';
import { FaultProxy } from './faultProxy.mjs';
import { Server } from './server.mjs';

/** Begins before the tests of the file that calls it, and ends after them. */
export function sharedLab() {
  const proxies = [];
  let cases = 0;
  const lab = {
    server: undefined,
    browser: undefined,

    /** A source of its own behind a proxy of its own, and the number of the case. */
    async begin() {
      const number = (cases += 1);  // Before any wait: cases begin side by side.
      const source = await lab.server.makeSource(`s-${number}`);
      const proxy = await FaultProxy.start(lab.server.url);
      proxies.push(proxy);
      return { number, source, proxy };
    },
  };
  before(async () => {
    lab.server = await Server.start();
    lab.browser = await Browser.start();
  });
  after(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await lab.browser?.close();
    await lab.server?.discard();
  });
  return lab;
}
