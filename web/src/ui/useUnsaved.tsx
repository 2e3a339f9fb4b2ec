import { Button, Group, Stack, Text } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useBlocker } from 'react-router';
import { Dialog } from './Dialog';
import { asksBefore } from './unsaved';

/**
 * Asks before what was written and not saved is left behind: by closing the window, by any way within
 * the app, by going back. Returns the question while there is one.
 */
export function useUnsaved(isDirty: boolean): ReactNode {
  const { t } = useTranslation();
  const blocker = useBlocker(({ currentLocation, nextLocation }) => asksBefore(isDirty, currentLocation, nextLocation));
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    if (isDirty) window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isDirty]);
  if (blocker.state !== 'blocked') return null;
  return (
    <Dialog title={t('unsaved.title')} onClose={() => blocker.reset()}>
      <Stack gap="sm">
        <Text size="sm">{t('unsaved.about')}</Text>
        <Group justify="flex-end">
          <Button data-autofocus variant="default" onClick={() => blocker.reset()}>{t('unsaved.stay')}</Button>
          <Button color="red.9" onClick={() => blocker.proceed()}>{t('unsaved.leave')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
