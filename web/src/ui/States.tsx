// The states that every screen has beside "full": loading, empty, partial, error.

import { Alert, Button, Center, Skeleton, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { helpOf, messageOf } from '../data/errors';

export function Loading({ rows = 5 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <Stack gap={8} p="sm" role="status" aria-label={t('state.loading')}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={18} width={`${92 - ((row * 17) % 40)}%`} />
      ))}
    </Stack>
  );
}

/** Nothing here yet: why, and the one next action. */
export function Empty({ title, hint, action }: { title: string; hint?: string; action?: ReactNode }) {
  return (
    <Center p="xl">
      <Stack align="center" gap={6} maw={460} ta="center">
        <Text fw={600}>{title}</Text>
        {hint && <Text size="sm" c="dimmed">{hint}</Text>}
        {action && <div style={{ marginTop: 6 }}>{action}</div>}
      </Stack>
    </Center>
  );
}

/** What the server said when it refused, and what to do about it: `help`, where the screen knows better. */
export function Failure({ error, help, onRetry }: { error: unknown; help?: string; onRetry?: () => void }) {
  const { t } = useTranslation();
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} title={t('state.failed')} role="alert" m="xs">
      <Text size="sm" className="mono">{messageOf(error)}</Text>
      <Text size="sm" mt={4}>{help ?? t(`help.${helpOf(error)}`)}</Text>
      {onRetry && <Button mt="xs" variant="default" onClick={onRetry}>{t('state.retry')}</Button>}
    </Alert>
  );
}

/** Shown, but not all of it. */
export function Partial({ children }: { children: ReactNode }) {
  return (
    <Alert color="gold" variant="light" icon={<IconInfoCircle size={18} />} py={6} my="xs">
      <Text size="sm">{children}</Text>
    </Alert>
  );
}

interface Asked<T> {
  data: T | undefined;
  error: unknown;
  refetch: () => unknown;
}

/** Chooses between loading, error and content of one question to the server. */
export function Answer<T>({ of, rows, children }: { of: Asked<T>; rows?: number; children: (data: T) => ReactNode }) {
  const { t } = useTranslation();
  if (of.data === undefined) {
    if (of.error) return <Failure error={of.error} onRetry={() => void of.refetch()} />;
    return rows === undefined ? <Loading /> : <Loading rows={rows} />;
  }
  return (
    <>
      {of.error ? <Partial>{t('state.stale', { message: messageOf(of.error) })}</Partial> : null}
      {children(of.data)}
    </>
  );
}
