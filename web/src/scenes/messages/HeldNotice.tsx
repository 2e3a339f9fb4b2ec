import { Alert, Button, Group, Radio, Stack, Text } from '@mantine/core';
import { IconHandStop } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { Failure, Partial } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { useLengthText } from '../../ui/useLengthText';
import { countOf, jumpOf, useResume, type Sending } from './messagesData';

const kRestored = 'restored'; // What a restore leaves as the reason; the screen says more.

/** Says that nothing leaves, why, and how it leaves again; nothing where messages leave. */
export function HeldNotice({ sending, mayResume }: { sending: Sending; mayResume: boolean }) {
  const { t } = useTranslation();
  const lengthText = useLengthText();
  const [resuming, setResuming] = useState(false);
  const jump = jumpOf(sending);
  if (sending.state === 'off') return <Partial>{t('message.off')}</Partial>;
  if (sending.state !== 'held') return null;
  return (
    <>
      <Alert color="gold" variant="light" icon={<IconHandStop size={18} />} mb="sm" title={t('message.held')} role="status">
        <Text size="sm">{jump ? t('message.held_clock', { length: lengthText(jump) }) : t('message.held_about')}</Text>
        {jump && <Text size="sm" mt={4}>{t('message.held_clock_todo')}</Text>}
        {!jump && sending.reason && sending.reason !== kRestored && <Text size="xs" className="mono" lang="en" mt={4}>{sending.reason}</Text>}
        {mayResume ? <Button mt="xs" onClick={() => setResuming(true)}>{t('message.resume')} …</Button> : <Text size="sm" mt={4}>{t('message.held_ask')}</Text>}
      </Alert>
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
          {jumpOf(sending) ? <Text size="sm">{t('message.resume_clock')}</Text> : <Radio.Group label={t('message.overdue')} value={overdue} onChange={(next) => setOverdue(next as 'ask')}>
            <Stack gap={8} mt={6}>{(['ask', 'send'] as const).map((one) => <Radio key={one} size="xs" value={one} label={t(`message.overdue_${one}`)} description={t(`message.overdue_${one}_about`)} />)}</Stack>
          </Radio.Group>}
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
