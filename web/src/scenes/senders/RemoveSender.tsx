import { Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../data/settings';
import { Dialog } from '../../ui/Dialog';
import { Failure } from '../../ui/States';
import { useChannelText } from '../../ui/useChannelText';
import type { Senders } from './sender';
import { useWriteSender } from './sendersData';

/** Takes a sender away, after a question: its secret cannot be brought back. */
export function RemoveSender({ settings, channel, onClose }: { settings: Settings<Senders>; channel: string; onClose: () => void }) {
  const { t } = useTranslation();
  const name = useChannelText()(channel);
  const write = useWriteSender();
  return (
    <Dialog title={t('sender.remove_named', { channel: name })} onClose={onClose}>
      <Stack gap="sm">
        <Text size="sm">{t('sender.remove_about')}</Text>
        {write.error && <Failure error={write.error} />}
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={onClose}>{t('act.cancel')}</Button>
          <Button color="red.9" loading={write.isPending} onClick={() => write.run(settings, channel, null, onClose)}>{t('sender.remove')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
