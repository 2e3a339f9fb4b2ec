import { Alert, Button, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Time } from './Small';

interface ConflictNoticeProps {
  now: { updated_by?: string | undefined; updated_at: string } | null; // What stands now; null: it was deleted.
  children?: ReactNode; // What it says.
  title?: string; // In other words than those of saving, as the two choices.
  theirs?: string;
  mine?: string;
  onTheirs: () => void;
  onMine?: () => void; // Left out where only the other can stand.
}

/** Somebody changed the same thing meanwhile: what stands now, and which of the two is to stand. */
export function ConflictNotice({ now, children, title, theirs, mine, onTheirs, onMine }: ConflictNoticeProps) {
  const { t } = useTranslation();
  return (
    <Alert color="gold" variant="light" mb="sm" icon={<IconAlertTriangle size={18} />} role="alert" title={title ?? (now ? t('conflict.saved', { by: now.updated_by }) : t('conflict.gone'))}>
      {now && <Text size="sm" component="div"><Time at={now.updated_at} />: {children}</Text>}
      <Group gap="xs" mt="xs">
        {now && <Button variant="default" onClick={onTheirs}>{theirs ?? t('conflict.theirs')}</Button>}
        {onMine && <Button variant="default" onClick={onMine}>{mine ?? t(now ? 'conflict.mine' : 'conflict.anew')}</Button>}
      </Group>
    </Alert>
  );
}
