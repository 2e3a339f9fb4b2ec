import { Alert, Button, Group, Radio, Stack, Text } from '@mantine/core';
import { IconHandStop } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { Failure, Partial } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { countOf, useResume, type Sending } from './messagesData';

/** Says that nothing leaves, why, and how it leaves again; nothing where messages leave. */
export function HeldNotice({ sending, mayResume }: { sending: Sending; mayResume: boolean }) {
  const { t } = useTranslation();
  const [resuming, setResuming] = useState(false);
  if (sending.state === 'off') return <Partial>{t('message.off')}</Partial>;
  if (sending.state !== 'held') return null;
  return (
    <>
      <Alert color="gold" variant="light" icon={<IconHandStop size={18} />} mb="sm" title={t('message.held')} role="status">
        <Text size="sm">{t('message.held_about')}</Text>
        {sending.reason && <Text size="xs" className="mono" lang="en" mt={4}>{sending.reason}</Text>}
        {mayResume && <Button mt="xs" onClick={() => setResuming(true)}>{t('message.resume')} …</Button>}
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
