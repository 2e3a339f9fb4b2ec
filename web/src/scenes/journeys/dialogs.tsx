import { Button, Group, Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { Time } from '../../ui/Small';
import { Answer, Failure } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { kResumeModes, nextVersion, useOutlook, usePublish, useResume, useStop, useStopRun, type Journey, type JourneyRun, type Loaded, type ResumeMode } from './journeysData';

interface ButtonsProps { confirm: string; color?: string; pending: boolean; onConfirm: () => void; onClose: () => void }

function Buttons({ confirm, color, pending, onConfirm, onClose }: ButtonsProps) {
  const { t } = useTranslation();
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
      <Button data-autofocus loading={pending} onClick={onConfirm} {...(color ? { color } : {})}>{confirm}</Button>
    </Group>
  );
}

/** Says what publishing changes, and for whom, before it does. */
export function PublishDialog({ loaded, onClose }: { loaded: Loaded; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const publish = usePublish();
  const { journey } = loaded;
  const number = nextVersion(journey);
  const onTheirWay = journey.versions.filter((one) => one.on_their_way > 0);
  return (
    <Dialog title={t('journey.publish_title', { name: journey.name })} onClose={onClose}>
      <Stack gap="sm">
        <Text size="sm">{t('journey.publish_about', { number })}</Text>
        {onTheirWay.length > 0 && (
          <ul className="journey-lines-list">
            {onTheirWay.map((one) => <li key={one.number}>{t('journey.stay_on', { count: one.on_their_way, runs: format.number(one.on_their_way), number: one.number })}</li>)}
          </ul>
        )}
        {journey.warnings.length > 0 && (
          <div>
            <Text size="sm" fw={560}>{t('journey.warning_count', { count: journey.warnings.length })}</Text>
            <ul className="journey-lines-list" lang="en">{journey.warnings.map((one) => <li key={one.path + one.message} className="mono">{one.path}: {one.message}</li>)}</ul>
          </div>
        )}
        {publish.error && <Failure error={publish.error} />}
        <Buttons confirm={t('journey.publish_version', { number })} pending={publish.isPending} onClose={onClose} onConfirm={() => publish.mutate(loaded, { onSuccess: onClose })} />
      </Stack>
    </Dialog>
  );
}

/** What goes on, waits on or ends, counted before anybody decides. */
export function ResumeDialog({ journey, onClose }: { journey: Journey; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [mode, setMode] = useState<ResumeMode>('fire');
  const outlook = useOutlook(journey.key);
  const resume = useResume();
  return (
    <Dialog title={t('journey.resume_title', { name: journey.name })} onClose={onClose}>
      <Stack gap="sm">
        <Answer of={outlook} rows={3}>
          {({ overdue, waiting, paused_at: since }) => (
            <>
              <Text size="sm" component="div">{t('journey.paused_since')} <Time at={since} />. <b>{t('journey.overdue_count', { count: overdue, number: format.number(overdue) })}</b> {t('journey.waiting_count', { count: waiting, number: format.number(waiting) })}</Text>
              <Radio.Group value={mode} onChange={(next) => setMode(kResumeModes.find((one) => one === next) ?? 'fire')} label={t('journey.resume_how')}>
                <Stack gap={8} mt={6}>
                  {kResumeModes.map((one) => <Radio key={one} value={one} size="sm" label={t(`journey.resume_${one}`, { count: one === 'shift' ? waiting : overdue, number: format.number(one === 'shift' ? waiting : overdue) })} description={t(`journey.resume_${one}_about`)} />)}
                </Stack>
              </Radio.Group>
            </>
          )}
        </Answer>
        {resume.error && <Failure error={resume.error} />}
        <Buttons confirm={t('journey.resume')} pending={resume.isPending} onClose={onClose} onConfirm={() => resume.mutate({ key: journey.key, mode }, { onSuccess: onClose })} />
      </Stack>
    </Dialog>
  );
}

/** No new runs; those on their way go on, or end. */
export function StopDialog({ journey, onClose }: { journey: Journey; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [runs, setRuns] = useState<'finish' | 'end'>('finish');
  const stop = useStop();
  const count = journey.totals.on_their_way;
  return (
    <Dialog title={t('journey.stop_title', { name: journey.name })} onClose={onClose}>
      <Stack gap="sm">
        <Text size="sm">{t('journey.stop_about')}</Text>
        {count > 0 && (
          <Radio.Group value={runs} onChange={(next) => setRuns(next === 'end' ? 'end' : 'finish')} label={t('journey.stop_runs', { count, number: format.number(count) })}>
            <Stack gap={8} mt={6}>
              {(['finish', 'end'] as const).map((one) => <Radio key={one} value={one} size="sm" label={t(`journey.stop_${one}`)} description={t(`journey.stop_${one}_about`)} />)}
            </Stack>
          </Radio.Group>
        )}
        {stop.error && <Failure error={stop.error} />}
        <Buttons confirm={t('journey.stop')} color="red.9" pending={stop.isPending} onClose={onClose} onConfirm={() => stop.mutate({ key: journey.key, runs }, { onSuccess: onClose })} />
      </Stack>
    </Dialog>
  );
}

/** Ends the run of one person. */
export function StopRunDialog({ run, name, onClose }: { run: JourneyRun; name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const stop = useStopRun();
  return (
    <Dialog title={t('journey.stop_run_title', { name })} onClose={onClose}>
      <Stack gap="sm">
        <Text size="sm">{t('journey.stop_run_about')}</Text>
        {stop.error && <Failure error={stop.error} />}
        <Buttons confirm={t('journey.stop_run')} color="red.9" pending={stop.isPending} onClose={onClose} onConfirm={() => stop.mutate(run, { onSuccess: onClose })} />
      </Stack>
    </Dialog>
  );
}
