import { Badge, Button, Group, Table, Text } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { Fragment, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Cell } from '../../ui/Cell';
import { CopyText, IdentifierText, Time } from '../../ui/Small';
import { useChannelText } from '../../ui/useChannelText';
import { useFormat } from '../../ui/useFormat';
import { useJourneyName } from '../journeys/journeysData';
import { PersonName } from '../people/PersonName';
import { decisionsOf, type Attempt, type Message } from './messagesData';

const kColors = { waiting: 'gray', sending: 'gray', uncertain: 'gold', sent: 'line', refused: 'gold', expired: 'gold', failed: 'red' } as const satisfies Record<Message['state'], string>;

type OnDecide = ((message: Message) => void) | null; // Null: who is signed in may not.

/** Messages, a row each, with what became of them and why; a row opens to its attempts. */
export function MessageTable({ messages, onDecide }: { messages: Message[]; onDecide: OnDecide }) {
  const { t } = useTranslation();
  return (
    <div className="scroll-x">
      <Table className="cards messages" aria-label={t('place.messages')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('message.what')}</Table.Th>
            <Table.Th>{t('people.person')}</Table.Th>
            <Table.Th>{t('message.became')}</Table.Th>
            <Table.Th>{t('message.journey')}</Table.Th>
            <Table.Th>{t('message.asked')}</Table.Th>
            <Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{messages.map((one) => <Row key={one.id} message={one} onDecide={onDecide} />)}</Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ message, onDecide }: { message: Message; onDecide: OnDecide }) {
  const { t } = useTranslation();
  const channelText = useChannelText();
  const journeyName = useJourneyName(true);
  const id = useId();
  const [open, setOpen] = useState(false);
  const { channel, template, url, profile, journey, step, asked_at: asked } = message;
  const what = template ?? url ?? channelText(channel);
  return (
    <Fragment>
      <Table.Tr data-message={message.id}>
        <Cell>
          <button type="button" className="message-open" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
            <IconChevronRight size={13} style={{ transform: open ? 'rotate(90deg)' : 'none' }} aria-hidden />
            <span>{what}</span>
          </button>{' '}
          <Badge color="gray">{channelText(channel)}</Badge>
        </Cell>
        <Cell label={t('people.person')}><PersonName id={profile} /></Cell>
        <Cell label={t('message.became')}><Became message={message} /></Cell>
        <Cell label={t('message.journey')}><span><Link className="row-link" to={`/journeys/${journey}`}>{journeyName(journey)}</Link> <Text span size="xs" c="dimmed">{step}</Text></span></Cell>
        <Cell label={t('message.asked')}><Time at={asked} /></Cell>
        <Cell ta="right">
          {onDecide && decisionsOf(message).length > 0 && <Button variant={message.state === 'uncertain' ? 'filled' : 'default'} size="compact-xs" onClick={() => onDecide(message)}>{t('message.decide')} …</Button>}
        </Cell>
      </Table.Tr>
      {open && <Table.Tr id={id} className="message-more"><Table.Td colSpan={6}><Details message={message} /></Table.Td></Table.Tr>}
    </Fragment>
  );
}

/** The state, and in words why it is so. */
function Became({ message }: { message: Message }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { state, reason, waits_for: waits, due } = message;
  return (
    <div style={{ minWidth: 0 }}>
      <Badge color={kColors[state]}>{t(`message.state_${state}`)}</Badge>{' '}
      {reason && <Text span size="sm">{t(`sendreason.${reason}`)}</Text>}
      {waits && <Text span size="sm">{t('message.waits_for', { what: t(`sendwait.${waits}`) })}</Text>}
      {due && <Text size="xs" c="dimmed">{t('message.due', { at: format.time(due) })}</Text>}
    </div>
  );
}

function Details({ message }: { message: Message }) {
  const { t } = useTranslation();
  const format = useFormat();
  const facts = [
    [t('consent.purpose'), message.purpose], [t('message.topic'), message.topic], [t('message.version'), String(message.version)],
    [t('message.not_after'), message.not_after && format.time(message.not_after)], [t('message.position'), message.position],
  ].flatMap(([name, value]) => (value ? [[name, value] as const] : []));
  return (
    <div>
      {message.reason && <Text size="sm" mb={6}>{t(`sendreason.${message.reason}_about`)}</Text>}
      <dl className="message-facts">{facts.map(([name, value]) => <Fragment key={name}><dt>{name}</dt><dd>{value}</dd></Fragment>)}</dl>
      <Group gap={6} my={6}><Text span size="xs" c="dimmed">{t('message.id')}</Text><span className="mono">{message.id}</span><CopyText text={message.id} label={t('message.copy_id')} compact /></Group>
      {message.attempts.length === 0 ? <Text size="xs" c="dimmed">{t('message.no_attempts')}</Text> : (
        <ol className="message-attempts">{message.attempts.map((one) => <AttemptLine key={one.number} attempt={one} />)}</ol>
      )}
    </div>
  );
}

function AttemptLine({ attempt }: { attempt: Attempt }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { number, begun_at: begun, to, outcome, code, detail } = attempt;
  return (
    <li>
      <Text span size="sm" className="num">{number}. {format.time(begun)}</Text>{' '}
      {to && <IdentifierText {...to} />}{' '}
      <Text span size="sm" fw={560}>{t(outcome ? `message.outcome_${outcome}` : 'message.outcome_none')}</Text>{' '}
      <Text span size="xs" c="dimmed" className="mono" lang="en">{[code, detail].filter(Boolean).join(' ')}</Text>
    </li>
  );
}
