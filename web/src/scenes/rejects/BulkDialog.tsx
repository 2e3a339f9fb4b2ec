import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { Failure } from '../../ui/States';
import { useDiscard, useReplayAll, type RejectFilter } from './rejectsData';

export type Bulk = 'replay' | 'discard';

/** Replays or discards all that the filter names, after saying what that is. */
export function BulkDialog({ what, filter, onClose }: { what: Bulk; filter: RejectFilter; onClose: () => void }) {
  const { t } = useTranslation();
  const replay = useReplayAll();
  const discard = useDiscard();
  const run = what === 'replay' ? replay : discard;
  const named = [filter.code, filter.source].filter(Boolean).join(' · ') || t('reject.everything');
  return (
    <Dialog onClose={onClose} title={t(`reject.${what}_all`)}>
      <Stack gap="sm">
        <Text size="sm">{t(`reject.${what}_what`, { named })}</Text>
        {run.error && <Failure error={run.error} />}
        {replay.data && (
          <Alert color={replay.data.rejected.length ? 'gold' : 'line'} variant="light" role="status">
            {t('reject.replay_result', { accepted: replay.data.accepted, duplicates: replay.data.duplicates, rejected: replay.data.rejected.length })}
          </Alert>
        )}
        {discard.data && <Alert color="line" variant="light" role="status">{t('reject.discard_result', { count: discard.data.discarded })}</Alert>}
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={onClose}>{run.isSuccess ? t('act.close') : t('act.cancel')}</Button>
          {!run.isSuccess && (
            <Button {...(what === 'discard' ? { color: 'red.9' } : {})} loading={run.isPending} onClick={() => run.mutate(filter)}>{t(`reject.${what}_all`)}</Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  );
}
