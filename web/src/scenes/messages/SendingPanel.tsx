import { Alert, Button, Group, Radio, Stack, Text } from '@mantine/core';
import { IconHandStop, IconHelpCircle } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { Answer, Failure, Partial } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { countOf, kStates, useResume, type MessageState, type Sending } from './messagesData';

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
  const [resuming, setResuming] = useState(false);
  const uncertain = countOf(sending, 'uncertain');
  const counts = kStates.map((state) => ({ state, count: countOf(sending, state) }));
  return (
    <>
      {sending.state === 'held' && (
        <Alert color="gold" variant="light" icon={<IconHandStop size={18} />} mb="sm" title={t('message.held')} role="status">
          <Text size="sm">{t('message.held_about')}</Text>
          {sending.reason && <Text size="xs" className="mono" lang="en" mt={4}>{sending.reason}</Text>}
          {mayResume && <Button mt="xs" onClick={() => setResuming(true)}>{t('message.resume')} …</Button>}
        </Alert>
      )}
      {sending.state === 'off' && <Partial>{t('message.off')}</Partial>}
      {uncertain > 0 && (
        <Alert color="gold" variant="light" icon={<IconHelpCircle size={18} />} mb="sm" role="status" py={8}>
          <Group gap="sm"><Text size="sm">{t('message.to_decide', { count: uncertain, number: format.number(uncertain) })}</Text><Button size="compact-xs" variant="default" onClick={() => onState('uncertain')}>{t('message.show_them')}</Button></Group>
        </Alert>
      )}
      <div className="message-counts" role="group" aria-label={t('message.counts')}>
        {counts.map(({ state, count }) => (
          <button key={state} type="button" onClick={() => onState(state)} data-state={state}>
            <span className="num">{format.number(count)}</span>{t(`message.state_${state}`)}
          </button>
        ))}
      </div>
      {sending.channels.filter((one) => one.last_error).map((one) => (
        <Text key={one.channel} size="xs" c="dimmed" mb={4}>{t('message.last_error', { channel: one.channel })} <span className="mono" lang="en">{one.last_error}</span></Text>
      ))}
      {resuming && <ResumeDialog sending={sending} onClose={() => setResuming(false)} />}
    </>
  );
}

/** What becomes of what is due by now, before anything leaves. */
function ResumeDialog({ sending, onClose }: { sending: Sending; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [overdue, setOverdue] = useState<'ask' | 'send'>('ask');
  const resume = useResume();
  const waiting = countOf(sending, 'waiting');
  return (
    <Dialog title={t('message.resume')} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); resume.mutate(overdue, { onSuccess: onClose }); }}>
        <Stack gap="sm">
          <Text size="sm">{t('message.resume_about', { count: waiting, number: format.number(waiting) })}</Text>
          <Radio.Group label={t('message.overdue')} value={overdue} onChange={(next) => setOverdue(next as 'ask')}>
            <Stack gap={8} mt={6}>{(['ask', 'send'] as const).map((one) => <Radio key={one} size="xs" value={one} label={t(`message.overdue_${one}`)} description={t(`message.overdue_${one}_about`)} />)}</Stack>
          </Radio.Group>
          {resume.error && <Failure error={resume.error} />}
          <Group justify="flex-end">
            <Button variant="default" data-autofocus onClick={onClose}>{t('act.cancel')}</Button>
            <Button type="submit" loading={resume.isPending}>{t('message.resume')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
