import { describe, expect, it } from 'vitest';
import { countOf, decisionsOf, filterOf, journeyChoices, jumpOf, paramsOf, type Sending } from './messagesData';

describe('filters of messages', () => {
  it('stand in the address as far as they ask for something', () => {
    const filter = { person: 'user_id:u1', state: 'refused', reason: 'capped', journey: '' };
    expect(filterOf(new URLSearchParams(paramsOf(filter)))).toEqual(filter);
    expect(paramsOf(filterOf(new URLSearchParams('')))).toEqual({});
    expect(paramsOf(filterOf(new URLSearchParams('state=lost&reason=none&journey=cart')))).toEqual({ journey: 'cart' });
  });
});

describe('journeys to choose from', () => {
  it('are told apart, and hold the chosen one also when it is gone', () => {
    const all = [{ key: 'cart', name: 'Cart' }, { key: 'cart-2', name: 'Cart' }, { key: 'late', name: 'Late' }];
    expect(journeyChoices(all, 'late')).toEqual([{ value: 'cart', label: 'Cart (cart)' }, { value: 'cart-2', label: 'Cart (cart-2)' }, { value: 'late', label: 'Late' }]);
    expect(journeyChoices(all.slice(2), 'gone')).toEqual([{ value: 'late', label: 'Late' }, { value: 'gone', label: 'gone' }]);
  });
});

describe('sending', () => {
  it('is counted over all channels', () => {
    const sending = { channels: [{ uncertain: 2, sent: 5 }, { uncertain: 1, sent: 0 }] } as unknown as Sending;
    expect([countOf(sending, 'uncertain'), countOf(sending, 'sent'), countOf(undefined, 'sent')]).toEqual([3, 5, 0]);
  });

  it('tells a jump of the clock in the largest unit that says enough', () => {
    expect([0, 11, 119, 120, 7199, 7200, 86_400, 172_800, 40 * 86_400].map((seconds) => jumpOf({ clock_ahead_seconds: seconds }))).toEqual([null, '11s', '119s', '2m', '120m', '2h', '24h', '2d', '40d']);
  });

  it('asks only about what is not over', () => {
    expect(decisionsOf({ state: 'uncertain' })).toEqual(['was_sent', 'again', 'give_up']);
    expect(decisionsOf({ state: 'waiting' })).toEqual(['give_up']);
    for (const state of ['sent', 'refused', 'expired', 'failed', 'sending'] as const) expect(decisionsOf({ state })).toEqual([]);
  });
});
