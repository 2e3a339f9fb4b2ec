import { Alert, Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Failure } from './States';

interface UndoNoticeProps {
  text: string; // What was done.
  pending: boolean;
  error: unknown;
  onUndo: () => void;
  onClose: () => void;
}

/** Says what was taken away, and offers the way back. */
export function UndoNotice({ text, pending, error, onUndo, onClose }: UndoNoticeProps) {
  const { t } = useTranslation();
  return (
    <Alert color="line" variant="light" role="status" mb="sm" py={8} withCloseButton closeButtonLabel={t('act.close')} onClose={onClose}>
      <Group gap="sm">
        <Text size="sm">{text}</Text>
        <Button size="compact-xs" variant="default" loading={pending} onClick={onUndo}>{t('act.undo')}</Button>
      </Group>
      {error ? <Failure error={error} /> : null}
    </Alert>
  );
}
