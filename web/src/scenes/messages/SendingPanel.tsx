import { Alert, Button, Group, Text } from '@mantine/core';
import { IconHandStop, IconHelpCircle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Answer } from '../../ui/States';
import { useChannelText } from '../../ui/useChannelText';
import { useFormat } from '../../ui/useFormat';
import { HeldNotice } from './HeldNotice';
import { countOf, kStates, type MessageState, type Sending } from './messagesData';

interface SendingPanelProps {
  of: { data: Sending | undefined; error: unknown; refetch: () => unknown };
  mayResume: boolean;
  onState: (state: MessageState) => void;
}

/** Whether messages leave, how many are in which state, and what waits for somebody. */
export function SendingPanel({ of, mayResume, onState }: SendingPanelProps) {
  return <Answer of={of} rows={2}>{(sending) => <Shown sending={sending} mayResume={mayResume} onState={onState} />}</Answer>;
}

function Shown({ sending, mayResume, onState }: { sending: Sending; mayResume: boolean; onState: (state: MessageState) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const channelText = useChannelText();
  const uncertain = countOf(sending, 'uncertain');
  const counts = kStates.map((state) => ({ state, count: countOf(sending, state) }));
  return (
    <>
      <HeldNotice sending={sending} mayResume={mayResume} />
      {uncertain > 0 && (
        <Alert color="gold" variant="light" icon={<IconHelpCircle size={18} />} mb="sm" role="status" py={8}>
          <Group gap="sm"><Text size="sm">{t('message.to_decide', { count: uncertain, number: format.number(uncertain) })}</Text><Button size="compact-xs" variant="default" onClick={() => onState('uncertain')}>{t('message.show_them')}</Button></Group>
        </Alert>
      )}
      {sending.channels.filter((one) => one.blocked).map((one) => (
        <Alert key={one.channel} color="gold" variant="light" icon={<IconHandStop size={18} />} mb="sm" role="status" py={8}>
          <Text size="sm">{t('message.blocked', { channel: channelText(one.channel) })} <Link to="/senders">{t('message.to_senders')}</Link></Text>
        </Alert>
      ))}
      <div className="message-counts" role="group" aria-label={t('message.counts')}>
        {counts.map(({ state, count }) => (
          <button key={state} type="button" onClick={() => onState(state)} data-state={state}>
            <span className="num">{format.number(count)}</span>{t(`message.state_${state}`)}
          </button>
        ))}
      </div>
      {sending.channels.filter((one) => one.last_error).map((one) => (
        <Text key={one.channel} size="xs" c="dimmed" mb={4}>{t('message.last_error', { channel: channelText(one.channel) })} <span className="mono" lang="en">{one.last_error}</span></Text>
      ))}
    </>
  );
}
