import { ActionIcon, Badge, Button, Menu, Stack, Table, Text } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { may, useSession } from '../../data/session';
import type { Settings } from '../../data/settings';
import { Cell } from '../../ui/Cell';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Time } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { useChannelText } from '../../ui/useChannelText';
import { useFormat } from '../../ui/useFormat';
import { HeldNotice } from '../messages/HeldNotice';
import { useSending, type Sending } from '../messages/messagesData';
import { LinksPanel } from './LinksPanel';
import { placeOf, type Sender } from './sender';
import './senders.css';
import { RemoveSender } from './RemoveSender';
import { SenderDialog } from './SenderDialog';
import { channelsOf, useSenders } from './sendersData';
import { TestDialog } from './TestDialog';

type Doing = { what: 'edit' | 'test' | 'remove'; channel: string } | null;

/** Who carries the messages of each channel, at which pace, and whether they leave. */
export default function SendersPage() {
  const { t } = useTranslation();
  const session = useSession();
  const senders = useSenders();
  const sending = useSending();
  const [doing, setDoing] = useState<Doing>(null);
  const mayChange = may(session.data, 'admin');
  const close = () => setDoing(null);
  const create = mayChange && <Button onClick={() => setDoing({ what: 'edit', channel: '' })}>{t('sender.new')}</Button>;
  return (
    <Page title={t('place.senders')} about={t('sender.about')} actions={create}>
      <Stack gap="sm">
        {sending.data && <HeldNotice sending={sending.data} mayResume={mayChange} />}
        <Panel flush title={t('sender.channels')} about={t('sender.channels_about')}>
          <Answer of={senders} rows={3}>
            {(settings) => {
              const channels = channelsOf(settings.value, sending.data);
              if (channels.length === 0) return <Empty title={t('sender.none')} hint={t('sender.none_hint')} action={create} />;
              return <ChannelTable channels={channels} settings={settings} sending={sending.data} onDo={mayChange ? setDoing : null} />;
            }}
          </Answer>
        </Panel>
        <LinksPanel mayChange={mayChange} />
        <Text size="sm" c="dimmed">{t('sender.caps')} <Link to="/consents">{t('sender.caps_where')}</Link></Text>
      </Stack>
      {doing?.what === 'edit' && senders.data && <SenderDialog settings={senders.data} channel={doing.channel} onClose={close} />}
      {doing?.what === 'test' && <TestDialog channel={doing.channel} sender={senders.data?.value[doing.channel]} onClose={close} />}
      {doing?.what === 'remove' && senders.data && <RemoveSender settings={senders.data} channel={doing.channel} onClose={close} />}
    </Page>
  );
}

type OnDo = ((doing: Doing) => void) | null; // Null: who is signed in may not.
interface TableProps { channels: string[]; settings: Settings<Record<string, Sender>>; sending: Sending | undefined; onDo: OnDo }

function ChannelTable({ channels, settings, sending, onDo }: TableProps) {
  const { t } = useTranslation();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('sender.channels')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('sender.channel')}</Table.Th>
            <Table.Th>{t('sender.carried_by')}</Table.Th>
            <Table.Th>{t('sender.pace')}</Table.Th>
            <Table.Th>{t('sender.now')}</Table.Th>
            <Table.Th>{t('sender.last_error')}</Table.Th>
            {onDo && <Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {channels.map((channel) => <Row key={channel} channel={channel} sender={settings.value[channel]} now={sending?.channels.find((one) => one.channel === channel)} onDo={onDo} />)}
        </Table.Tbody>
      </Table>
    </div>
  );
}

interface RowProps { channel: string; sender: Sender | undefined; now: Sending['channels'][number] | undefined; onDo: OnDo }

function Row({ channel, sender, now, onDo }: RowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useChannelText()(channel);
  const counts = (['waiting', 'under_way', 'uncertain'] as const).flatMap((state) => (now && now[state] > 0 ? [t(`sender.count_${state}`, { number: format.number(now[state]) })] : []));
  return (
    <Table.Tr data-channel={channel}>
      <Cell fw={560}>{name}</Cell>
      <Cell label={t('sender.carried_by')}>
        <div>
          {sender ? <span>{t(`sender.type_${sender.type}`)} <span className="mono">{placeOf(channel, sender)}</span>{channel === 'webhook' && sender.type === 'webhook' && <Text span size="xs" c="dimmed"> {t('sender.steps_say')}</Text>}</span>
            : now?.blocked ? '–' : <Badge color="gold">{t('sender.nobody')}</Badge>}
          {now?.blocked && <Blocked reason={now.blocked} />}
        </div>
      </Cell>
      <Cell label={t('sender.pace')} className="sender-pace"><Pace sender={sender} /></Cell>
      <Cell label={t('sender.now')}>{counts.join(' · ') || '–'}</Cell>
      <Cell label={t('sender.last_error')}>{now?.last_error ? <span><Time at={now.last_error_at} /> <span className="mono" lang="en">{now.last_error}</span></span> : '–'}</Cell>
      {onDo && <Cell ta="right"><RowMenu channel={channel} name={name} hasSender={sender !== undefined} onDo={onDo} /></Cell>}
    </Table.Tr>
  );
}

/** Why messages of a channel wait though somebody may be set up, and what to do. */
function Blocked({ reason }: { reason: string }) {
  const { t } = useTranslation();
  return (
    <div role="status" className="sender-blocked">
      <b>{t('sender.blocked')}</b> <span className="mono" lang="en">{reason}</span>
      <div>{t('sender.blocked_todo')}</div>
    </div>
  );
}

function Pace({ sender }: { sender: Sender | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!sender) return '–';
  const { messages_per_second: pace, connections } = sender;
  return [pace ? t('sender.a_second', { number: format.number(pace, pace % 1 ? 1 : 0) }) : t('sender.no_limit'), ...(connections ? [t('sender.over', { count: connections, number: format.number(connections) })] : [])].join(' · ');
}

function RowMenu({ channel, name, hasSender, onDo }: { channel: string; name: string; hasSender: boolean; onDo: NonNullable<OnDo> }) {
  const { t } = useTranslation();
  if (!hasSender) return <Button variant="default" size="compact-xs" onClick={() => onDo({ what: 'edit', channel })}>{t('sender.set_up')}</Button>;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('saved.actions', { name })}><IconDots size={16} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onDo({ what: 'edit', channel })}>{t('consent.edit')} …</Menu.Item>
        <Menu.Item onClick={() => onDo({ what: 'test', channel })}>{t('sender.test')} …</Menu.Item>
        <Menu.Item c="var(--mantine-color-error)" onClick={() => onDo({ what: 'remove', channel })}>{t('sender.remove')} …</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
