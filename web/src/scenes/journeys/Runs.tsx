import { Badge, Button, Select, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Cell } from '../../ui/Cell';
import { Panel } from '../../ui/Panel';
import { KnownBadge, More, Time } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { displayName } from '../people/peopleData';
import { StopRunDialog } from './dialogs';
import { useRuns, type JourneyRun } from './journeysData';

interface RunsProps { of: string; steps: readonly string[]; step: string; onStep: (step: string) => void; mayWrite: boolean }

/** Who is on her way, on which step, since when and until when. */
export function Runs({ of, steps, step, onStep, mayWrite }: RunsProps) {
  const { t } = useTranslation();
  const [state, setState] = useState('');
  const [stopping, setStopping] = useState<JourneyRun | null>(null); // Here: its row may go while somebody reads.
  const runs = useRuns(of, { step, state });
  return (
    <Panel flush title={t('journey.runs')} about={t('journey.runs_about')}
      actions={
        <>
          <Select w={170} aria-label={t('journey.step')} placeholder={t('journey.all_steps')} clearable clearButtonProps={{ 'aria-label': t('act.clear') }} value={step || null} data={[...new Set(step ? [...steps, step] : steps)]} onChange={(next) => onStep(next ?? '')} />
          <Select w={150} aria-label={t('journey.state')} placeholder={t('journey.all_states')} clearable clearButtonProps={{ 'aria-label': t('act.clear') }} value={state || null} data={(['waiting', 'held'] as const).map((one) => ({ value: one, label: t(`journey.run_${one}`) }))} onChange={(next) => setState(next ?? '')} />
        </>
      }>
      <Answer of={runs} rows={3}>
        {(data) => {
          const items = data.pages.flatMap((page) => page.items);
          if (items.length === 0 && !runs.hasNextPage) return <Empty title={t(step || state ? 'journey.nobody_here' : 'journey.nobody')} />;
          return <><RunTable runs={items} onStop={mayWrite ? setStopping : null} /><More of={runs} /></>;
        }}
      </Answer>
      {stopping && <StopRunDialog run={stopping} name={displayName(stopping.profile, t('people.nameless'))} onClose={() => setStopping(null)} />}
    </Panel>
  );
}

function RunTable({ runs, onStop }: { runs: JourneyRun[]; onStop: ((run: JourneyRun) => void) | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('journey.runs')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('people.person')}</Table.Th>
            <Table.Th>{t('journey.step')}</Table.Th>
            <Table.Th>{t('journey.state')}</Table.Th>
            <Table.Th>{t('journey.started')}</Table.Th>
            <Table.Th className="num">{t('journey.version')}</Table.Th>
            <Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => (
            <Table.Tr key={run.run} data-run={run.run}>
              <Cell>
                <Link className="row-link" to={`/people/${run.profile.id}?run=${run.run}`}>{displayName(run.profile, t('people.nameless'))}</Link>{' '}
                <KnownBadge known={run.profile.known} />
                {run.key && <Text size="xs" c="dimmed" className="mono">{run.key}</Text>}
              </Cell>
              <Cell label={t('journey.step')} className="journey-run-step">{run.step ?? '–'}</Cell>
              <Cell label={t('journey.state')}>
                <span>
                  <Badge color={run.state === 'held' ? 'gold' : 'line'}>{t(`journey.run_${run.state}`)}</Badge>{' '}
                  {run.waits_until && <Text span size="xs" c="dimmed" className="journey-until">{t('journey.until', { at: format.time(run.waits_until) })}</Text>}
                </span>
              </Cell>
              <Cell label={t('journey.started')}><Time at={run.started_at} /></Cell>
              <Cell label={t('journey.version')} className="num">{run.version}</Cell>
              <Cell ta="right">{onStop && <Button variant="default" size="compact-xs" aria-label={t('journey.stop_run_of', { name: displayName(run.profile, t('people.nameless')) })} onClick={() => onStop(run)}>{t('journey.stop_run')} …</Button>}</Cell>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
