// A template as the editor holds it: its parts by language. Pure.

import type { Schemas } from '../../data/client';

export type Template = Schemas['Template'];
export type TemplateWrite = Schemas['TemplateWrite'];
export type Channel = Template['channel'];
export type Part = 'subject' | 'html' | 'text' | 'body';
export type Parts = Partial<Record<Part, string>>;
export type Problem = Schemas['TemplateProblem'];

/** The parts of a channel, in the order in which they are written. */
export const kParts: Record<Channel, readonly Part[]> = { email: ['subject', 'html', 'text'], sms: ['text'], webhook: ['body'] };
export const kChannels = Object.keys(kParts) as Channel[];

export interface Draft {
  name: string;
  description: string;
  channel: Channel;
  locale: string; // The language of who speaks none of the others.
  parts: Record<string, Parts>; // By language.
  required: string[];
  from: string;
  from_name: string;
  reply_to: string;
}

const kUsualLocale = 'en';

export const kEmptyDraft: Draft = { name: '', description: '', channel: 'email', locale: kUsualLocale, parts: { [kUsualLocale]: {} }, required: [], from: '', from_name: '', reply_to: '' };

const partsOf = (of: Parts, channel: Channel): Parts => Object.fromEntries(kParts[channel].flatMap((part) => (of[part] ? [[part, of[part]]] : [])));

export function draftOf(template: Template): Draft {
  const { channel, locale = kUsualLocale, locales = {} } = template;
  const others = Object.entries(locales).map(([key, parts]) => [key, partsOf(parts, channel)] as const);
  return {
    name: template.name, description: template.description, channel, locale, parts: { [locale]: partsOf(template, channel), ...Object.fromEntries(others) },
    required: template.required ?? [], from: template.from ?? '', from_name: template.from_name ?? '', reply_to: template.reply_to ?? '',
  };
}

/** A draft as the API takes it; what says nothing is left out. */
export function writeOf({ name, description, channel, locale, parts, required, ...sender }: Draft): TemplateWrite {
  const { [locale]: usual = {}, ...others } = parts;
  const said = Object.entries(sender).filter(([, value]) => value.trim() !== '').map(([key, value]) => [key, value.trim()]);
  return {
    name: name.trim(), description: description.trim(), channel, ...partsOf(usual, channel),
    ...(locale === kUsualLocale ? {} : { locale }),
    ...(Object.keys(others).length > 0 ? { locales: Object.fromEntries(Object.entries(others).map(([key, one]) => [key, partsOf(one, channel)])) } : {}),
    ...(required.length > 0 ? { required } : {}), ...(channel === 'email' ? Object.fromEntries(said) : {}),
  };
}

/** Whether the usual language says all that its channel needs, so that there is a message to show. */
export function isWhole({ channel, locale, parts }: Draft): boolean {
  const says = (part: Part) => (parts[locale]?.[part] ?? '').trim() !== '';
  return channel === 'email' ? says('subject') && (says('html') || says('text')) : kParts[channel].every(says);
}

/** How problems name a part of a language. */
export function pathOf(draft: Draft, locale: string, part: Part): string {
  return locale === draft.locale ? part : `locales.${locale}.${part}`;
}

/** The language that a problem is in; null for one of the whole. */
export function localeOf(draft: Draft, problem: Problem): string | null {
  const [head = '', locale] = problem.path.split('.');
  if (head === 'locales') return locale && locale in draft.parts ? locale : null;
  return kParts[draft.channel].some((part) => part === head) ? draft.locale : null;
}
