// Segments to begin from, made of events that there are. Pure.

import type { Deed, Group } from '../explore/condition';

export const kExamples = ['regulars', 'quiet', 'unmet'] as const;
export type Example = (typeof kExamples)[number];

const kUsualEvent = 'Order Completed';

/** The event that examples are about: an order where there are any, else what happens most. */
export function eventOfExamples(events: readonly { event: string; type: string }[]): string {
  const names = events.filter((one) => one.type === 'track').map((one) => one.event);
  return names.find((name) => name === kUsualEvent) ?? names.find((name) => /order|purchase|checkout/i.test(name)) ?? names[0] ?? kUsualEvent;
}

const deed = (did: string, fields: Partial<Deed>): Deed => ({ did, where: { join: 'and', parts: [] }, times: 'gte', count: 1, within: '', ...fields });

/** The conditions of an example. */
export function exampleOf(example: Example, event: string): Group {
  switch (example) {
    case 'regulars':
      return { join: 'and', parts: [deed(event, { count: 3, within: '90d' })] };
    case 'quiet':
      return { join: 'and', parts: [deed(event, {}), deed(event, { times: 'eq', count: 0, within: '90d' })] };
    case 'unmet':
      return { join: 'and', parts: [{ subject: 'identifier', name: 'email', op: 'exists' }, deed(event, { times: 'eq', count: 0 })] };
  }
}
