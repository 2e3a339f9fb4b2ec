import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../data/live';
import { joinVerdicts, kNewSettings, snippetsOf } from './sourcesData';

const verdict = (id: string, what: Verdict['verdict'] = 'accepted', at = 't'): Verdict => ({
  position: null, received_at: at, source: 's', verdict: what, type: null, name: null, message_id: id, profile: null,
  live: true, code: null, message: null, reject: null, reject_state: null, body: {},
});

describe('the debugger', () => {
  it('shows each arrival once, and a repeat as an arrival of its own', () => {
    const joined = joinVerdicts([verdict('2', 'duplicate', 'u'), verdict('2')], [verdict('2'), verdict('1')]);
    expect(joined.map((one) => `${one.message_id} ${one.verdict}`)).toEqual(['2 duplicate', '2 accepted', '1 accepted']);
  });
});

describe('snippets', () => {
  it('name the key and the host, the webhook only where there is a mapping', () => {
    const plain = snippetsOf({ key: 'web', settings: kNewSettings }, 'wk_1', 'https://t.example');
    expect(plain.map((one) => one.id)).toEqual(['browser', 'node', 'rudderstack', 'curl']);
    for (const { code } of plain) {
      expect(code).toContain('wk_1');
      expect(code).toContain('https://t.example');
    }
    const hooked = snippetsOf({ key: 'shop', settings: { ...kNewSettings, webhook_mapping: 'shopify-orders' } }, 'wk_1', 'https://t.example');
    expect(hooked.at(-1)?.code).toContain('/v1/webhook/shop');
  });
});
