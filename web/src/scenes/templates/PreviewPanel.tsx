import { Alert, Group, SegmentedControl, Select, Stack, Tabs, Text, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Panel } from '../../ui/Panel';
import { Code } from '../../ui/Small';
import { Failure, Loading } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { useLinkBase } from '../senders/sendersData';
import { useTimeline, type TimelineEvent } from '../people/peopleData';
import { PersonSelect } from '../people/PersonSelect';
import { isWhole, writeOf, type Draft } from './draft';
import { useTrial, type DraftAsk, type TemplatePreview } from './templatesData';
import { useLanguageName } from './useLanguageName';

const kPauseMs = 400; // After the last key.
const kSample = { event: 'Order Completed', properties: { order_id: 'A-1042', currency: 'EUR', url: 'https://shop.example/cart', products: [{ name: 'Linen shirt', price: 39.9 }, { name: 'Reading lamp', price: 24.5 }] } };

const kByHand = 'hand';

/** The event as it would start a run. */
const contextOf = ({ name, at, body }: TimelineEvent) => ({ event: name, timestamp: at, properties: (body as { properties?: object }).properties ?? {} });

function read(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Whom and what a draft is shown with, and what becomes of it. */
export function usePreviewing(draft: Draft, locale: string) {
  const [person, setPerson] = useState<string | null>(null);
  const [hand, setHand] = useState(JSON.stringify(kSample, null, 2));
  const [position, setPosition] = useState(kByHand);
  const [isHers, setHers] = useState(false); // Her language, instead of the one being written.
  const timeline = useTimeline(person ?? '', null, person !== null);
  const events = (timeline.data?.pages[0]?.items ?? []).filter((one) => one.type === 'track').slice(0, 20);
  const event = events.find((one) => one.position === position);
  const context = event ? contextOf(event) : read(hand);
  const { name: _, description: __, ...written } = writeOf(draft);
  const ask: DraftAsk = { draft: written, ...(person ? { person } : {}), ...(context ? { context: context as Record<string, never> } : {}), ...(isHers && person ? {} : { locale }) };
  const isAsked = isWhole(draft); // The server would refuse what has nothing to show yet.
  const now = isAsked ? JSON.stringify(ask) : '';
  const [text] = useDebouncedValue(now, kPauseMs);
  const { data, error, isPlaceholderData, refetch } = useTrial(text === '' ? null : (JSON.parse(text) as DraftAsk));
  const shown = useRef<TemplatePreview | null>(null); // Stays while something is wrong.
  if (data?.preview) shown.current = data.preview;
  return { isAsked, message: shown.current, problems: isAsked && data ? data.problems : [], error: isAsked ? error : null, isOld: isAsked && (isPlaceholderData || text !== now), refetch, person, setPerson, hand, setHand, isHandRight: read(hand) !== null, position: event ? position : kByHand, setPosition, events, isHers, setHers };
}

type Previewing = ReturnType<typeof usePreviewing>;

/** The message as somebody would get it. */
export function PreviewPanel({ of, draft, locale }: { of: Previewing; draft: Draft; locale: string }) {
  const { t } = useTranslation();
  return (
    <aside className="template-preview" aria-label={t('template.preview')} aria-busy={of.isOld}>
      <Panel title={t('template.preview')}>
        <Stack gap="sm">
          <Choices of={of} draft={draft} locale={locale} />
          {of.isAsked ? <Asked of={of} draft={draft} /> : <Text size="sm" c="dimmed">{t(`template.empty_${draft.channel}`)}</Text>}
        </Stack>
      </Panel>
    </aside>
  );
}

function Asked({ of, draft }: { of: Previewing; draft: Draft }) {
  const { t } = useTranslation();
  const count = of.problems.length;
  return (
    <>
      {draft.channel === 'email' && <NoLinks />}
      {count > 0 ? <Alert color="red" variant="light" role="status" py={6}><Text size="sm">{t('template.mend_first', { count })}</Text></Alert>
        : of.error ? <Failure error={of.error} onRetry={() => void of.refetch()} /> : null}
      {of.message && count > 0 && <Text size="xs" c="dimmed">{t('template.as_before')}</Text>}
      {of.message ? <div style={{ opacity: of.isOld ? 0.5 : 1 }}><Shown preview={of.message} from={draft.from_name || draft.from} /></div> : !of.error && count === 0 && <Loading rows={4} />}
    </>
  );
}

/** Says what to do where links of mails have no address to lead to: nobody could unsubscribe. */
function NoLinks() {
  const { t } = useTranslation();
  const base = useLinkBase();
  if (base === undefined || base !== null) return null;
  return (
    <Alert color="gold" variant="light" role="status" py={6}>
      <Text size="sm">{t('template.no_links')} <Link to="/senders">{t('template.set_links')}</Link></Text>
    </Alert>
  );
}

function Choices({ of, draft, locale }: { of: Previewing; draft: Draft; locale: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useLanguageName();
  return (
    <>
      <Group grow align="flex-start">
        <PersonSelect label={t('template.person')} placeholder={t('template.nobody')} value={of.person} onChange={of.setPerson} />
        <Select label={t('template.event')} allowDeselect={false} value={of.position} onChange={(next) => next && of.setPosition(next)}
          data={[{ value: kByHand, label: t('template.by_hand') }, ...of.events.map((one) => ({ value: one.position, label: `${one.name} · ${format.ago(one.at)}` }))]} />
      </Group>
      {of.position === kByHand && (
        <details className="template-hand">
          <summary>{t('template.hand_event')}</summary>
          <Textarea aria-label={t('template.hand_event')} autosize minRows={4} maxRows={14} spellCheck={false} value={of.hand} onChange={(event) => of.setHand(event.currentTarget.value)}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }} error={of.isHandRight ? null : t('segment.missing_json')} />
        </details>
      )}
      {of.person && Object.keys(draft.parts).length > 1 && (
        <SegmentedControl size="xs" aria-label={t('template.languages')} value={of.isHers ? 'hers' : 'this'} onChange={(next) => of.setHers(next === 'hers')}
          data={[{ value: 'this', label: nameOf(locale) }, { value: 'hers', label: t('template.her_language') }]} />
      )}
    </>
  );
}

const kMissing = 'missing_value: ';

/** Why a message like this would not be sent. */
function HeldBack({ reason }: { reason: string }) {
  const { t } = useTranslation();
  const isMissing = reason.startsWith(kMissing);
  return (
    <Alert color="gold" variant="light" role="status" py={6}>
      <Text size="sm">{t(isMissing ? 'template.held_back_missing' : 'template.held_back')} <span className="mono">{isMissing ? reason.slice(kMissing.length) : reason}</span></Text>
    </Alert>
  );
}

const kWidths = { wide: '100%', phone: 360 } as const;

function Shown({ preview, from }: { preview: TemplatePreview; from: string }) {
  const { t } = useTranslation();
  const [width, setWidth] = useState<keyof typeof kWidths>('wide');
  const { subject, html, text, body, held_back: held, missing } = preview;
  return (
    <Stack gap="sm">
      {held && <HeldBack reason={held} />}
      {missing.length > 0 && (
        <Text size="xs" c="dimmed" component="div">
          {t('template.missing', { count: missing.length })}
          <ul className="template-missing">{missing.map((one) => <li key={`${one.part}${one.line}:${one.column}`}><span className="mono">{one.value}</span> {t('template.missing_at', { part: t(`template.part_${one.part as 'html'}`), line: one.line })}</li>)}</ul>
        </Text>
      )}
      {subject !== null && <div className="template-subject"><Text size="xs" c="dimmed">{from || t('template.of_sender')}</Text><Text fw={620} style={{ overflowWrap: 'anywhere' }}>{subject}</Text></div>}
      {html !== null && (
        <Tabs defaultValue="html" keepMounted={false}>
          <Group justify="space-between" mb={6} wrap="nowrap">
            {text === null ? <span /> : <Tabs.List><Tabs.Tab value="html">{t('template.part_html')}</Tabs.Tab><Tabs.Tab value="text">{t('template.part_text')}</Tabs.Tab></Tabs.List>}
            <SegmentedControl size="xs" aria-label={t('template.width')} value={width} onChange={(next) => setWidth(next as 'wide')} data={[{ value: 'wide', label: t('template.wide') }, { value: 'phone', label: t('template.phone') }]} />
          </Group>
          <Tabs.Panel value="html" {...(text === null ? { role: 'presentation', 'aria-labelledby': '' } : {})}>
            {/* Nothing of it runs, and nothing in it reaches this page. */}
            <iframe className="template-frame" style={{ width: kWidths[width] }} sandbox="" title={t('template.preview')} srcDoc={html} />
            <Text size="xs" c="dimmed">{t('template.images')}</Text>
          </Tabs.Panel>
          {text !== null && <Tabs.Panel value="text"><Code value={text} label={t('template.part_text')} /></Tabs.Panel>}
        </Tabs>
      )}
      {html === null && text !== null && <div className={subject === null ? 'template-bubble' : ''}>{subject === null ? text : <Code value={text} label={t('template.part_text')} />}</div>}
      {body !== null && <Code value={body} label={t('template.part_body')} />}
    </Stack>
  );
}
