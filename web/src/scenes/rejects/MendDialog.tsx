import { Alert, Badge, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { ServerWords, useReasonText } from '../../ui/Reason';
import { CopyText } from '../../ui/Small';
import { Answer, Failure, Partial } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { Became } from './Became';
import { asSent, faultOf, isFileRow, pretty, rejectHelp, useDiscard, useReject, useReplay, type Reject } from './rejectsData';

/** One reject: why, what came, and a field to mend it in. */
export function MendDialog({ id, mayWrite, onClose }: { id: string; mayWrite: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const reject = useReject(id);
  return (
    <Dialog onClose={onClose} size="xl" title={t('reject.one', { id })}>
      <Answer of={reject}>{(data) => <Mend reject={data} mayWrite={mayWrite} onClose={onClose} />}</Answer>
    </Dialog>
  );
}

function Mend({ reject, mayWrite, onClose }: { reject: Reject; mayWrite: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const reason = useReasonText();
  const original = pretty(reject.raw);
  const [text, setText] = useState(original);
  const replay = useReplay();
  const discard = useDiscard();
  const fault = faultOf(reject, text);
  const what = isFileRow(reject) ? 'row' : 'body';
  const refused = replay.data?.rejected[0];
  const done = replay.data && !refused;
  const [asking, setAsking] = useState(false);
  const replayable = mayWrite && reject.state === 'open' && !reject.truncated && !done;
  const became = replay.data?.became[0];
  return (
    <Stack gap="sm">
      <Alert color="red" variant="light" title={<span className="mono">{reject.code}</span>}>
        {reason(reject)}
        <ServerWords of={reject} />
        <Text size="sm" mt={4}>{t(`reject_help.${rejectHelp(reject.code)}`)}</Text>
      </Alert>
      <Group gap="xs">
        <Badge color="gray">{reject.source ?? t('reject.no_source')}</Badge>
        <span className="mono">{reject.path}</span>
        <Text size="xs" c="dimmed" className="num">{format.time(reject.at)} · {format.bytes(reject.size)} · {reject.position}</Text>
        <CopyText text={reject.raw} label={t('reject.copy_raw')} />
      </Group>
      {!done && reject.state !== 'open' && <Settled reject={reject} />}
      {reject.truncated && <Partial>{t('reject.truncated')}</Partial>}
      <Textarea label={t(`reject.${what}`)} description={t(`reject.${what}_hint`)} value={text} onChange={(event) => setText(event.currentTarget.value)} rows={14} readOnly={!replayable}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }} spellCheck={false} error={fault ? t('reject.not_json', { fault }) : null} />
      {replay.error && <Failure error={replay.error} />}
      {discard.error && <Failure error={discard.error} />}
      {refused && <Alert color="red" variant="light" role="alert" title={t('reject.refused_again')}><span className="mono">{refused.code}</span> {reason(refused)} {t(`reject_help.${rejectHelp(refused.code)}`)}<ServerWords of={refused} /></Alert>}
      {done && (
        <Alert color="line" variant="light" role="status">
          {t(replay.data.duplicates > 0 ? 'reject.replayed_duplicate' : 'reject.replayed')}{' '}
          {became && <Became of={{ ...became, import: null }} />}
        </Alert>
      )}
      {asking && replayable && (
        <Alert color="gold" variant="light" role="alertdialog" aria-label={t('reject.discard')}>
          <Text size="sm" mb="xs">{t('reject.discard_ask')}</Text>
          <Group gap="xs">
            <Button variant="default" autoFocus onClick={() => setAsking(false)}>{t('reject.discard_keep')}</Button>
            <Button color="red.9" loading={discard.isPending} onClick={() => discard.mutate({ id: reject.id }, { onSuccess: onClose })}>{t('reject.discard')}</Button>
          </Group>
        </Alert>
      )}
      <Group justify="space-between">
        <Button variant="default" disabled={!replayable || asking} onClick={() => setAsking(true)}>{t('reject.discard')} …</Button>
        <Group gap="xs">
          <Button variant="default" onClick={onClose}>{t('act.close')}</Button>
          <Button disabled={!replayable || fault !== null} loading={replay.isPending}
            onClick={() => replay.mutate(text === original ? { id: reject.id } : { id: reject.id, body: asSent(reject, text) })}>
            {text === original ? t('reject.replay') : t('reject.replay_mended')}
          </Button>
        </Group>
      </Group>
    </Stack>
  );
}

/** What was done with it before, by whom, and what it became. */
function Settled({ reject }: { reject: Reject }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Alert color="line" variant="light" role="status">
      {t('reject.settled', { state: t(`reject.state_${reject.state}`), by: reject.settled_by ?? '?', at: format.time(reject.settled_at) })}
      <div>{reject.became ? <Became of={reject.became} /> : reject.state !== 'discarded' && t('reject.became_before')}</div>
    </Alert>
  );
}
