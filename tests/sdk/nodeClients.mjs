// The client libraries for servers, as their users would set them up, all made to say the calls of
// traffic.mjs. Only what shortens waiting differs from their defaults.

import { Analytics as SegmentNode } from '@segment/analytics-node';
import RudderNode from '@rudderstack/rudder-sdk-node';
import SegmentNode6 from 'analytics-node';

const kBatch = 5;
const kFlushMs = 200;

// The arguments that all three take in one object.
function message({ user, kind, event, name, properties, traits, groupId, previousId }) {
  return {
    userId: user,
    ...(event ? { event } : {}),
    ...(name ? { name } : {}),
    ...(groupId ? { groupId } : {}),
    ...(previousId ? { previousId } : {}),
    ...(properties ? { properties } : {}),
    ...(traits && kind !== 'track' ? { traits } : {}),
  };
}

function segmentNode({ url, writeKey }) {
  const client = new SegmentNode({ writeKey, host: url, flushAt: kBatch, flushInterval: kFlushMs, maxRetries: 8, httpRequestTimeout: 2000 });
  client.on('error', () => {});
  return {
    call: (each) => client[each.kind](message(each)),
    close: () => client.closeAndFlush({ timeout: 20_000 }),
  };
}

// analytics-node and RudderStack's fork of it.
function queueing(client) {
  return {
    call: (each) => client[each.kind](message(each)),
    close: async () => {
      while (client.queue.length > 0) await client.flush().catch(() => {});
    },
  };
}

const retries = { retryCount: 8, flushAt: kBatch, flushInterval: kFlushMs, errorHandler: () => {} };

/** `honoursRetryAfter`: the library waits as long as it was told. */
export const nodeClients = [
  { name: '@segment/analytics-node', open: segmentNode, honoursRetryAfter: true, hasScreens: true },
  { name: 'analytics-node 6', open: ({ url, writeKey }) => queueing(new SegmentNode6(writeKey, { host: url, ...retries })), hasScreens: true },
  { name: '@rudderstack/rudder-sdk-node', open: ({ url, writeKey }) => queueing(new RudderNode(writeKey, { dataPlaneUrl: url, logLevel: 'none', ...retries })), honoursRetryAfter: true, hasScreens: true },
];
