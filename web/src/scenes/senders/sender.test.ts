import { describe, expect, it } from 'vitest';
import { draftOf, freshSecret, keepsSecret, missingOf, placeOf, senderOf, withChannel, type Sender } from './sender';
import { channelsOf } from './sendersData';

const smtp: Sender = { type: 'smtp', host: 'smtp.example.org', port: 2525, tls: 'implicit', user: 'shop', password_set: true, connections: 4, messages_per_second: 50, burst: 10 };
const gateway: Sender = { type: 'webhook', url: 'https://gateway.example/sms', secret_set: true, heeds_key: true };

describe('a sender', () => {
  it('is written as it was read, but for its secret, which stays', () => {
    const { password_set: _, ...bare } = smtp;
    expect(senderOf(draftOf('email', smtp))).toEqual(bare);
    expect(senderOf(draftOf('sms', gateway))).toEqual({ type: 'webhook', url: 'https://gateway.example/sms', heeds_key: true });
    expect(senderOf(draftOf('email', { type: 'file', burst: 3 }))).toEqual({ type: 'file', burst: 3 });
  });

  it('leaves out what is as usual, and what its type does not have', () => {
    expect(senderOf({ ...draftOf('email', undefined), host: ' smtp.example.org ', url: 'https://x' })).toEqual({ type: 'smtp', host: 'smtp.example.org', password: '' });
    expect(senderOf({ ...draftOf('webhook', undefined), url: 'https://x', secret: ' s ', host: 'h' })).toEqual({ type: 'webhook', secret: 's' });
    expect(senderOf({ ...draftOf('sms', gateway), type: 'file', connections: '4' })).toEqual({ type: 'file' });
  });

  it('asks for the secret anew where it would go to somebody else', () => {
    const draft = draftOf('email', smtp);
    expect([keepsSecret(draft, smtp), missingOf(draft, smtp)]).toEqual([true, null]);
    expect([keepsSecret({ ...draft, host: 'other.example' }, smtp), missingOf({ ...draft, host: 'other.example' }, smtp)]).toEqual([false, 'password']);
    expect(missingOf({ ...draft, host: 'other.example', password: 'p' }, smtp)).toBeNull();
    expect(missingOf({ ...draft, host: 'other.example', user: '' }, smtp)).toBeNull();
    const sms = draftOf('sms', gateway);
    expect([missingOf(sms, gateway), missingOf({ ...sms, url: 'https://other' }, gateway), missingOf(sms, undefined)]).toEqual([null, 'secret', 'secret']);
  });

  it('says what is missing', () => {
    expect(missingOf({ ...draftOf('email', undefined), channel: 'E Mail' }, undefined)).toBe('channel');
    expect(missingOf(draftOf('email', undefined), undefined)).toBe('host');
    expect(missingOf({ ...draftOf('sms', undefined), secret: 's' }, undefined)).toBe('url');
    expect(missingOf({ ...draftOf('webhook', undefined), secret: 's' }, undefined)).toBeNull();
    expect(missingOf({ ...draftOf('push', undefined), type: 'file' }, undefined)).toBeNull();
  });

  it('is one that carries its channel', () => {
    expect(withChannel(draftOf('email', smtp), 'sms').type).toBe('webhook');
    expect(withChannel(draftOf('sms', gateway), 'push').type).toBe('webhook');
    expect(withChannel(draftOf('sms', { type: 'file' }), 'email').type).toBe('file');
  });

  it('tells where messages go', () => {
    expect([placeOf('email', smtp), placeOf('email', { type: 'smtp', host: 'h' }), placeOf('sms', gateway), placeOf('webhook', { type: 'webhook' }), placeOf('push', { type: 'file' })])
      .toEqual(['smtp.example.org:2525', 'h:587', 'https://gateway.example/sms', '', 'outbox/push.jsonl']);
  });

  it('gets a secret of 32 bytes that nobody has', () => {
    expect(freshSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(freshSecret()).not.toBe(freshSecret());
  });
});

describe('channels', () => {
  it('are those with a sender, then those with messages that nobody carries', () => {
    const sending = { channels: [{ channel: 'sms' }, { channel: 'email' }, { channel: 'push' }] } as Parameters<typeof channelsOf>[1];
    expect(channelsOf({ webhook: { type: 'webhook' }, email: smtp }, sending)).toEqual(['email', 'webhook', 'push', 'sms']);
    expect(channelsOf({}, undefined)).toEqual([]);
  });
});
