// Parts of a question in the words of the language: events, conditions, properties, ranges.

import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../ui/useFormat';
import { leavesOf, type EventChoice, type Leaf } from './question';

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

/** One condition as words. */
export function useLeafText(): (leaf: Leaf) => string {
  const { t } = useTranslation();
  const name = usePropertyName();
  const listed = useListed();
  return ({ property, op, value }) => {
    const text = Array.isArray(value) ? listed(value.map(String)) : String(value ?? '');
    return t(`op.text_${op}`, { property: name(property), value: text });
  };
}

/** A whole condition as words; one that only the API can write as it stands there. */
export function useWhereText(): (where: unknown) => string {
  const leafText = useLeafText();
  const listed = useListed();
  return (where) => {
    const leaves = leavesOf(where);
    return leaves === null ? JSON.stringify(where) : listed(leaves.map(leafText));
  };
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

/** A length such as 7d as words. */
export function useLengthText(): (length: string) => string {
  const { t } = useTranslation();
  return (length) => {
    const found = /^(\d+)(s|m|h|d|w|mo)$/.exec(length);
    return found ? t(`length.${found[2] as 's' | 'm' | 'h' | 'd' | 'w' | 'mo'}`, { count: Number(found[1]) }) : length;
  };
}
