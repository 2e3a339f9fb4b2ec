import { Badge, Button, Group, Text, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Panel';
import { Code, CopyText, More } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { Consequence } from './Consequence';
import { byDay, eventAmount, eventSummary, useTimeline, type Profile, type TimelineEvent } from './peopleData';
import './timeline.css';

/** What happened, newest first; each event opens to its JSON. */
export function Timeline({ person }: { person: Profile }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [name, setName] = useState<string | null>(null);
  const timeline = useTimeline(person.id, name);
  return (
    <Panel title={t('profile.timeline')} about={`${t('timeline.about')} · ${t('time.zone', { zone: format.zone })}`}
      actions={name && <Button variant="light" size="compact-xs" onClick={() => setName(null)}>{t('timeline.only', { name })} ×</Button>}>
      <Answer of={timeline} rows={8}>
        {(data) => {
          const events = data.pages.flatMap((page) => page.items);
          if (events.length === 0) return <Empty title={t('timeline.none')} />;
          return (
            <>
              {byDay(events, format.day).map(([day, list]) => (
                <section key={day} aria-label={day}>
                  <Text size="xs" c="dimmed" fw={560} mt={8} mb={2}>{day}</Text>
                  <ol className="timeline">
                    {list.map((event) => <Row key={`${event.position}/${event.message_id}`} event={event} onName={setName} />)}
                  </ol>
                </section>
              ))}
              <More of={timeline} />
            </>
          );
        }}
      </Answer>
    </Panel>
  );
}

function Row({ event, onName }: { event: TimelineEvent; onName: (name: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const id = useId();
  const amount = eventAmount(event);
  return (
    <li className="timeline-item" data-type={event.type}>
      <UnstyledButton className="timeline-row" onClick={() => setOpen(!open)} aria-expanded={open} aria-controls={id}>
        <span className="num dim nowrap">{format.clock(event.at)}</span>
        {event.type === 'consequence' ? <Consequence event={event} /> : (
          <>
            <span className="timeline-name">{event.name}</span>
            <span className="timeline-sum">{eventSummary(event)}</span>
          </>
        )}
        <span className="timeline-amount num">{amount && format.money(amount.value, amount.currency)}</span>
        <span className="timeline-source dim">{event.source}</span>
        <IconChevronRight className="timeline-chevron" size={13} style={{ transform: open ? 'rotate(90deg)' : 'none' }} aria-hidden />
      </UnstyledButton>
      <div id={id} hidden={!open}>
        {open && (
          <div className="timeline-open">
            <Group gap={6} mb={6}>
              <Badge color="gray">{event.type}</Badge>
              <Badge color={event.live ? 'line' : 'gold'}>{event.live ? t('event.live') : t('event.history')}</Badge>
              {event.channel && <Badge color="gray">{event.channel}</Badge>}
              <span className="mono">{event.position}</span>
              <CopyText text={JSON.stringify(event.body, null, 2)} label={t('event.copy')} />
              <Button size="compact-xs" variant="default" onClick={() => onName(event.name)}>{t('timeline.show_only', { name: event.name })}</Button>
            </Group>
            <dl className="timeline-times">
              <dt>{t('event.at')}</dt><dd className="num">{format.time(event.at)}</dd>
              <dt>{t('event.received')}</dt><dd className="num">{format.time(event.received_at)}</dd>
              <dt>{t('event.sent')}</dt><dd className="num">{format.time(event.sent_at)}</dd>
              <dt>{t('event.original')}</dt><dd className="num">{format.time(event.original_at)}</dd>
            </dl>
            <Code value={event.body} label={t('event.body', { name: event.name })} />
          </div>
        )}
      </div>
    </li>
  );
}
