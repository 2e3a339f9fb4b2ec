import { describe, expect, it } from 'vitest';
import { draftOf, isWhole, kEmptyDraft, localeOf, pathOf, writeOf, type Template } from './draft';
import { kExamples, exampleOf } from './examples';

const meta = { key: 'cart', version: 3, managed_by: 'screen', created_at: '', created_by: '', updated_at: '', updated_by: '' } as const;

describe('drafts of templates', () => {
  const write = { name: 'Cart', description: 'd', channel: 'email', subject: 's', html: '<p>', locales: { tr: { subject: 'k', html: '<b>' } }, required: ['event.properties.title'], from: 'a@b.c' } as const;

  it('come back as they were read', () => {
    expect(writeOf(draftOf({ ...write, ...meta, locales: write.locales, required: [...write.required] } as Template))).toEqual(write);
    const turkish = { name: 'SMS', description: '', channel: 'sms', text: 'x', locale: 'tr' } as const;
    expect(writeOf(draftOf({ ...turkish, ...meta } as Template))).toEqual(turkish);
  });

  it('leave out what says nothing, and what the channel does not have', () => {
    expect(writeOf({ ...kEmptyDraft, name: ' Cart ', parts: { en: { subject: 's', html: '', text: 't', body: '{}' } }, reply_to: ' ' })).toEqual({ name: 'Cart', description: '', channel: 'email', subject: 's', text: 't' });
    expect(writeOf({ ...kEmptyDraft, channel: 'webhook', parts: { en: { subject: 's', body: '{}' } }, from: 'a@b.c' })).toEqual({ name: '', description: '', channel: 'webhook', body: '{}' });
  });

  it('are whole with all parts that their channel needs', () => {
    const mail = (parts: object) => isWhole({ ...kEmptyDraft, parts: { en: parts, tr: { subject: 's', html: 'h' } } });
    expect([mail({}), mail({ subject: 's' }), mail({ html: 'h' }), mail({ subject: ' ', text: 't' })]).toEqual([false, false, false, false]);
    expect([mail({ subject: 's', html: 'h' }), mail({ subject: 's', text: 't' })]).toEqual([true, true]);
    const sms = (text: string) => isWhole({ ...kEmptyDraft, channel: 'sms', parts: { en: { text } } });
    expect([sms(''), sms('t')]).toEqual([false, true]);
  });

  it('find problems where they are', () => {
    const draft = { ...kEmptyDraft, parts: { en: {}, tr: {} } };
    expect([pathOf(draft, 'en', 'html'), pathOf(draft, 'tr', 'html')]).toEqual(['html', 'locales.tr.html']);
    const at = (path: string) => localeOf(draft, { path, message: '', line: 1, column: 1 });
    expect([at('html'), at('locales.tr.html'), at('locales.ro.html'), at('required'), at('')]).toEqual(['en', 'tr', null, null, null]);
  });

  it('of examples have every part in every language', () => {
    for (const one of kExamples) {
      const { parts, channel } = exampleOf(one, 'x');
      const usual = Object.keys(parts.en ?? {});
      expect(usual.length, `${one} ${channel}`).toBeGreaterThan(0);
      for (const [locale, own] of Object.entries(parts)) expect(Object.keys(own), `${one} ${locale}`).toEqual(usual);
    }
  });
});
