import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../data/settings';
import { Dialog } from '../../ui/Dialog';
import { Panel } from '../../ui/Panel';
import { Answer, Failure } from '../../ui/States';
import { useLengthText } from '../../ui/useLengthText';
import { CapFields, capsOf, type CapWish } from './CapFields';
import { useMessaging, useWriteMessaging, type Messaging } from './consentsData';

/** Frequency caps over all messages, and quiet hours by the clock of the person. */
export function MessagingPanel({ mayChange }: { mayChange: boolean }) {
  const { t } = useTranslation();
  const length = useLengthText();
  const messaging = useMessaging();
  const [open, setOpen] = useState(false);
  return (
    <Panel title={t('messaging.title')} about={t('messaging.about')}
      {...(mayChange && messaging.data ? { actions: <Button variant="default" onClick={() => setOpen(true)}>{t('messaging.change')} …</Button> } : {})}>
      <Answer of={messaging} rows={2}>
        {({ value: { caps = [], quiet_hours: quiet } }) => (
          <Stack gap={4}>
            <Text size="sm">{caps.length === 0 ? t('messaging.no_caps') : caps.map((cap) => t('messaging.cap', { count: cap.messages, within: length(cap.within) })).join(' · ')}</Text>
            <Text size="sm">{quiet ? t('messaging.quiet', { from: quiet.from, to: quiet.to }) : t('messaging.no_quiet')}</Text>
          </Stack>
        )}
      </Answer>
      {open && messaging.data && <MessagingDialog settings={messaging.data} onClose={() => setOpen(false)} />}
    </Panel>
  );
}

function MessagingDialog({ settings, onClose }: { settings: Settings<Messaging>; onClose: () => void }) {
  const { t } = useTranslation();
  const [{ value: messaging, etag }] = useState(settings); // What the change is made on, whatever is read meanwhile.
  const [first, ...others] = messaging.caps ?? [];
  const [cap, setCap] = useState<CapWish>(first ?? { messages: '', within: '7d' });
  const [from, setFrom] = useState(messaging.quiet_hours?.from ?? '');
  const [to, setTo] = useState(messaging.quiet_hours?.to ?? '');
  const write = useWriteMessaging();
  const submit = () => write.mutate({ value: { caps: capsOf(cap, others), ...(from || to ? { quiet_hours: { from, to } } : {}) }, etag }, { onSuccess: onClose });
  return (
    <Dialog onClose={onClose} title={t('messaging.title')}>
      <form onSubmit={(event) => { event.preventDefault(); submit(); }}>
        <Stack gap="sm">
          <CapFields cap={cap} onChange={setCap} autofocus />
          <Group grow>
            <TextInput type="time" label={t('messaging.from')} placeholder="21:00" value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
            <TextInput type="time" label={t('messaging.to')} placeholder="09:00" value={to} onChange={(event) => setTo(event.currentTarget.value)} />
          </Group>
          <Text size="xs" c="dimmed">{t('messaging.hint')}</Text>
          {write.error && <Failure error={write.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
            <Button type="submit" loading={write.isPending}>{t('consent.save')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
