import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStateText } from '../items/useStateText';
import { useJourneyName } from '../journeys/journeysData';
import { useRowText } from '../journeys/rowWords';
import { kReasons } from '../messages/messagesData';
import { useSegments } from '../segments/segmentsData';
import { eventSummary, type TimelineEvent } from './peopleData';

const kSegmentEvents = { 'Segment Entered': 'timeline.entered', 'Segment Exited': 'timeline.exited' } as const;
const kMessageEvents = {
  'Message Sent': 'timeline.message_sent', 'Message Refused': 'timeline.message_refused', 'Message Expired': 'timeline.message_expired', 'Message Failed': 'timeline.message_failed',
  'Message Uncertain': 'timeline.message_uncertain',
} as const;

type Fields = Record<string, unknown>;
const said = (fields: Fields, name: string) => (typeof fields[name] === 'string' ? fields[name] : '');

/** What followed from what she did, as words where there are some. */
export function Consequence({ event }: { event: TimelineEvent }) {
  const fields = (event.body as { properties?: Fields }).properties ?? {};
  if (event.name in kSegmentEvents) return <OfSegment event={event} fields={fields} />;
  if (event.name.startsWith('Journey ')) return <OfJourney event={event} fields={fields} />;
  if (event.name in kMessageEvents) return <OfMessage event={event} fields={fields} />;
  if (event.name === 'Item Changed' || event.name === 'Item Overdue') return <OfItem event={event} fields={fields} />;
  return <Raw event={event} />;
}

interface OfProps { event: TimelineEvent; fields: Fields }

const Raw = ({ event }: { event: TimelineEvent }) => <><span className="timeline-name">{event.name}</span><span className="timeline-sum">{eventSummary(event)}</span></>;
const Follows = ({ children }: { children: ReactNode }) => <><span className="timeline-follows"><span aria-hidden>↳ </span>{children}</span><span className="timeline-sum" /></>;

function OfSegment({ event, fields }: OfProps) {
  const { t } = useTranslation();
  const segments = useSegments(true);
  const key = said(fields, 'segment');
  if (!key) return <Raw event={event} />;
  return <Follows>{t(kSegmentEvents[event.name as keyof typeof kSegmentEvents], { name: segments.data?.find((one) => one.key === key)?.name ?? key })}</Follows>;
}

function OfJourney({ event, fields }: OfProps) {
  const nameOf = useJourneyName(true);
  const rowText = useRowText();
  const text = rowText({ name: event.name, step: said(fields, 'step'), path: said(fields, 'path'), goal: said(fields, 'goal'), reason: said(fields, 'reason') });
  return text ? <Follows>{nameOf(said(fields, 'journey'))}: {text}</Follows> : <Raw event={event} />;
}

function OfMessage({ event, fields }: OfProps) {
  const { t } = useTranslation();
  const reason = kReasons.find((one) => one === fields.reason);
  const what = said(fields, 'template') || said(fields, 'step') || said(fields, 'channel');
  return <Follows>{t(kMessageEvents[event.name as keyof typeof kMessageEvents], { what })}{reason && `: ${t(`sendreason.${reason}`)}`}</Follows>;
}

function OfItem({ event, fields }: OfProps) {
  const { t } = useTranslation();
  const stateText = useStateText();
  const facts = { catalog: said(fields, 'catalog'), item: said(fields, 'item'), state: stateText(said(fields, 'state')), before: stateText(said(fields, 'before')) };
  if (event.name === 'Item Overdue') return <Follows>{t('timeline.item_overdue', facts)}</Follows>;
  return <Follows>{t(facts.before ? 'timeline.item_moved' : 'timeline.item_is', facts)}</Follows>;
}
