import { useTranslation } from 'react-i18next';
import { useChannelText } from '../../ui/useChannelText';
import { useLengthText } from '../../ui/useLengthText';
import { useStateText } from '../items/useStateText';
import { textOf, type StepDoc, type WayName } from './graph';

const kTypes = ['message', 'webhook', 'wait', 'wait_for', 'branch', 'split', 'update', 'task', 'goal', 'end'] as const;
const kDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const kMonday = Date.UTC(2024, 0, 1);
const kDayMs = 86_400_000;

type Fields = Record<string, unknown>;
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const keysOf = (value: unknown): string[] => (typeof value === 'object' && value !== null ? Object.keys(value) : []);

/** What is written in a journey, as words. */
export function useJourneyText() {
  const { t, i18n } = useTranslation();
  const lengthText = useLengthText();
  const channelText = useChannelText();
  const stateText = useStateText();
  const anyOf = new Intl.ListFormat(i18n.language, { type: 'disjunction' });
  const weekday = new Intl.DateTimeFormat(i18n.language, { weekday: 'short', timeZone: 'UTC' });
  const percent = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 2 });
  const dayText = (day: unknown) => (kDays.includes(textOf(day)) ? weekday.format(kMonday + kDays.indexOf(textOf(day)) * kDayMs) : textOf(day));
  const shareText = (share: number) => (Number.isFinite(share) ? percent.format(share / 100) : '');

  const typeText = (type: string) => {
    const known = kTypes.find((one) => one === type);
    return known ? t(`journey.type_${known}`) : type;
  };
  const dotted = (parts: string[]) => parts.filter((part) => part !== '').join(' · ');
  const names: Record<string, (doc: Fields) => string> = {
    message: (doc) => dotted([channelText(textOf(doc.channel)), textOf(doc.template)]),
    webhook: (doc) => textOf(doc.url),
    wait: (doc) => dotted([doc.for ? lengthText(textOf(doc.for)) : '', doc.until ? t('journey.until', { at: textOf(doc.until) }) : '', listOf(doc.days).map(dayText).join(' ')]),
    wait_for: (doc) => anyOf.format([...new Set(listOf(doc.events).map((one) => textOf((one as Fields | null)?.event)).filter(Boolean))]),
    branch: (doc) => t('journey.paths', { count: listOf(doc.paths).length + 1 }),
    split: (doc) => listOf(doc.parts).map((one) => shareText(Number((one as Fields | null)?.share))).join(' · '),
    update: (doc) => keysOf(doc.traits).join(' · '),
    task: (doc) => dotted([textOf(doc.team), textOf(doc.title)]),
    goal: (doc) => textOf(doc.goal),
  };
  const stepText = (doc: StepDoc | null) => (doc ? names[doc.type]?.(doc) ?? '' : '');

  /** What leads along a way. */
  const nameText = (name: WayName) => {
    if (name.kind === 'timeout') return t('journey.after', { length: lengthText(name.text) });
    if (name.kind === 'else' || name.kind === 'done' || name.kind === 'overdue') return t(`journey.way_${name.kind}`);
    if (name.kind === 'part') return dotted([name.text, name.share === undefined ? '' : shareText(name.share), name.isHoldout ? t('journey.holdout') : '']);
    return name.text;
  };

  /** What starts a run, or ends one. */
  const happeningText = (value: unknown) => {
    const doc = (typeof value === 'object' && value !== null ? value : {}) as Fields;
    const more = doc.where || doc.if ? ` ${t('journey.on_conditions')}` : '';
    if (doc.segment) return t(doc.move === 'out' ? 'journey.leaves' : 'journey.enters', { name: textOf(doc.segment) }) + more;
    if (doc.item) return (doc.overdue ? t('journey.item_overdue', { item: textOf(doc.item) }) : t('journey.item_becomes', { item: textOf(doc.item), state: stateText(textOf(doc.state)) })) + more;
    return textOf(doc.event) + more;
  };
  return { typeText, stepText, nameText, happeningText };
}
