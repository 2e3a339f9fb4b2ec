// Parts of a question in the words of the language: events, conditions, properties, ranges.

import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useLengthText } from '../../ui/useLengthText';
import { useFormat } from '../../ui/useFormat';
import { useSegments } from '../segments/segmentsData';
import { groupOf, isDeed, isGroup, type Condition, type Deed, type Group, type Leaf } from './condition';
import type { EventChoice } from './question';

const kRelative = /^-(\d+)(h|d|w|mo)$/;
const kDate = /^\d{4}-\d{2}-\d{2}$/;

/** A list in the language: a, b and c. */
export function useListed(): (items: readonly string[]) => string {
  const { i18n } = useTranslation();
  return useMemo(() => {
    const list = new Intl.ListFormat(i18n.language, { type: 'conjunction' });
    return (items) => list.format(items);
  }, [i18n.language]);
}

/** Names some properties have in everyday words. */
export function usePropertyName(): (path: string) => string {
  const { t } = useTranslation();
  return (path) => {
    switch (path) {
      case 'source': return t('property.source');
      case 'event': return t('property.event');
      case 'type': return t('property.type');
      case 'channel': return t('property.channel');
      default: return path.startsWith('$.') ? path.slice(2) : path;
    }
  };
}

/** One comparison as words. */
function useLeafText(): (leaf: Leaf) => string {
  const { t } = useTranslation();
  const name = usePropertyName();
  const listed = useListed();
  const segments = useSegments(false).data; // As far as they were read; the key says it too.
  return ({ subject, name: path, op, value, quantifier }) => {
    if (subject === 'segment') return t(op === 'ne' ? 'op.text_not_in_segment' : 'op.text_in_segment', { name: segments?.find((one) => one.key === path)?.name ?? path });
    const text = Array.isArray(value) ? listed(value.map(String)) : String(value ?? '');
    const what = subject === 'property' ? name(path) : t(`subject.text_${subject}`, { name: path });
    return t(`op.text_${op}`, { property: path.includes('[]') ? t(`op.of_${quantifier ?? 'any'}`, { property: what }) : what, value: text });
  };
}

/** A whole condition as words; one that only the API can write as it stands there. */
export function useWhereText(): (where: unknown) => string {
  const { t, i18n } = useTranslation();
  const leafText = useLeafText();
  const eventName = useEventName();
  const lengthText = useLengthText();
  const deedText = ({ did, type, where, times, count, within }: Deed): string => {
    const name = eventName(choiceOfDeed({ did, type }));
    const conditions = groupText(where);
    const event = conditions ? t('ask.event_where', { event: name, conditions }) : name;
    const often = times === 'eq' && count === 0 ? t('did.text_never', { event }) : t(`did.text_${times}`, { event, count });
    return within ? t('did.text_within', { did: often, length: lengthText(within) }) : often;
  };
  const partText = (part: Condition): string => (isGroup(part) ? groupText(part) : isDeed(part) ? deedText(part) : leafText(part));
  const groupText = ({ join, parts }: Group): string => {
    // A group within another stands in brackets; what is denied says so itself.
    const texts = parts.map((part) => (isGroup(part) && part.parts.length > 1 && (part.join === 'and' || part.join === 'or') ? `(${groupText(part)})` : partText(part)));
    const list = (type: 'conjunction' | 'disjunction') => new Intl.ListFormat(i18n.language, { type }).format(texts);
    if (join === 'and' || join === 'or') return list(join === 'or' ? 'disjunction' : 'conjunction');
    return texts.length === 1 ? t('op.not', { condition: texts[0] }) : t(`op.${join}_text`, { conditions: texts.join('; ') });
  };
  return (where) => {
    const group = groupOf(where);
    return group === null ? JSON.stringify(where) : groupText(group);
  };
}

/** The events that a deed counts, as they are chosen. */
export function choiceOfDeed({ did, type }: { did: string; type?: string | undefined }): EventChoice {
  const name = did === '' || (type && did === '*') ? {} : { event: did };
  return { ...name, ...(type ? { type: type as NonNullable<EventChoice['type']> } : {}) };
}

/** Which events are meant, without their conditions. */
export function useEventName(): (choice: EventChoice) => string {
  const { t } = useTranslation();
  return ({ event, type }) => {
    if (type && type !== 'track') return event && event !== '*' ? `${t(`type.${type}`)} “${event}”` : t(`type.${type}`);
    if (event === '*') return t('ask.any_event');
    return event || t('ask.no_event');
  };
}

/** Which events are meant, with their conditions. */
export function useEventText(): (choice: EventChoice) => string {
  const { t } = useTranslation();
  const name = useEventName();
  const whereText = useWhereText();
  return (choice) => {
    const conditions = whereText(choice.where);
    return conditions ? t('ask.event_where', { event: name(choice), conditions }) : name(choice);
  };
}

/** A range of time as words. The last day of dates is the one before `to`, as people say it. */
export function useRangeText(): (from: string, to: string | undefined) => string {
  const { t } = useTranslation();
  const format = useFormat();
  const day = (date: string) => format.date(`${date}T12:00:00Z`);
  return (from, to) => {
    const relative = kRelative.exec(from);
    if (relative && to === undefined) return t(`range.last_${relative[2] as 'h' | 'd' | 'w' | 'mo'}`, { count: Number(relative[1]) });
    if (kDate.test(from) && to !== undefined && kDate.test(to)) {
      const last = new Date(Date.parse(to) - 86_400_000).toISOString().slice(0, 10);
      return last === from ? t('range.on', { day: day(from) }) : t('range.between', { from: day(from), to: day(last) });
    }
    const told = (text: string) => (Number.isNaN(Date.parse(text)) ? text : kDate.test(text) ? day(text) : format.time(text));
    return to === undefined ? t('range.since', { from: told(from) }) : t('range.between', { from: told(from), to: told(to) });
  };
}
