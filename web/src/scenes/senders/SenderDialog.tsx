import { Autocomplete, Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../data/settings';
import { Dialog } from '../../ui/Dialog';
import { Failure } from '../../ui/States';
import { useChannelText } from '../../ui/useChannelText';
import { draftOf, kChannels, missingOf, senderOf, typesOf, withChannel, type Draft, type Senders } from './sender';
import { Field, PaceFields, SmtpFields, WebhookFields } from './SenderFields';
import { useWriteSender } from './sendersData';

interface SenderDialogProps {
  settings: Settings<Senders>;
  channel: string; // Empty: of a new one.
  onClose: () => void;
}

/** Sets up who carries a channel. A secret is written and never shown. */
export function SenderDialog({ settings: now, channel, onClose }: SenderDialogProps) {
  const { t } = useTranslation();
  const [settings] = useState(now); // What the change is made on, whatever is read meanwhile.
  const channelText = useChannelText();
  const free = kChannels.filter((one) => !(one in settings.value));
  const [draft, setDraft] = useState(() => draftOf(channel || free[0] || '', settings.value[channel]));
  const write = useWriteSender();
  const isNew = channel === '';
  const standing = settings.value[draft.channel];
  const isTaken = isNew && standing !== undefined;
  const missing = missingOf(draft, standing);
  const put = (fields: Partial<Draft>) => setDraft({ ...draft, ...fields });
  const shared = { draft, standing, onChange: put };
  return (
    <Dialog title={isNew ? t('sender.new') : t('sender.edit_named', { channel: channelText(channel) })} onClose={onClose} size="lg" closeOnClickOutside={false}>
      <form onSubmit={(event) => { event.preventDefault(); write.run(settings, draft.channel, senderOf(draft), onClose); }}>
        <Stack gap="sm">
          {isNew && <Autocomplete data-autofocus size="xs" required label={t('sender.channel')} description={t('sender.channel_hint')} value={draft.channel} data={[...free]} error={isTaken ? t('sender.taken') : null} onChange={(next) => setDraft(withChannel(draft, next))} />}
          <SegmentedControl size="xs" aria-label={t('sender.carried_by')} value={draft.type} onChange={(type) => put({ type: type as Draft['type'] })} data={typesOf(draft.channel).map((type) => ({ value: type, label: t(`sender.type_${type}`) }))} />
          <Text size="xs" c="dimmed">{t(`sender.type_${draft.type}_about`)}</Text>
          {draft.type === 'smtp' && <SmtpFields {...shared} />}
          {draft.type === 'webhook' && <WebhookFields {...shared} />}
          <PaceFields {...shared} />
          {draft.type === 'smtp' && (
            <details>
              <summary>{t('sender.further')}</summary>
              <Stack gap="sm" mt="xs">
                <Field name="authorities" {...shared} />
                <Field name="hello" {...shared} />
              </Stack>
            </details>
          )}
          {write.error && <Failure error={write.error} />}
          <Group justify="flex-end" gap="sm">
            {missing && <Text size="xs" c="dimmed">{t(`sender.missing_${missing}`)}</Text>}
            <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
            <Button type="submit" disabled={missing !== null || isTaken} loading={write.isPending}>{t('act.save')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
