import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { Answer, Failure } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { countOf, useDiscard, useRejectSummary, useReplayAll, type RejectFilter } from './rejectsData';

export type Bulk = 'replay' | 'discard';

/** Replays or discards all that the filter names, after asking, with how many that is. */
export function BulkDialog({ what, filter, onClose }: { what: Bulk; filter: RejectFilter; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const summary = useRejectSummary();
  const replay = useReplayAll();
  const discard = useDiscard();
  const run = what === 'replay' ? replay : discard;
  const named = [filter.code, filter.source].filter(Boolean).join(' · ') || t('reject.everything');
  const count = summary.data ? countOf(summary.data, filter) : 0;
  const counted = { count, number: format.number(count), named };
  return (
    <Dialog onClose={onClose} title={t(`reject.${what}_all`)}>
      <Stack gap="sm">
        {!run.isSuccess && <Answer of={summary} rows={1}>{() => <Text size="sm">{t(`reject.${what}_what`, counted)}</Text>}</Answer>}
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
            <Button {...(what === 'discard' ? { color: 'red.9' } : {})} disabled={count === 0} loading={run.isPending} onClick={() => run.mutate(filter)}>{t(`reject.${what}_count`, counted)}</Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  );
}
