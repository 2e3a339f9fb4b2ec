import { Badge, Button, Table, Text, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useLiveFacts, type Verdict } from '../../data/live';
import { Cell } from '../../ui/Cell';
import { Panel } from '../../ui/Panel';
import { useReasonText } from '../../ui/Reason';
import { Code, CopyText } from '../../ui/Small';
import { Answer, Empty, Partial } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { stateOf, type RejectState } from '../rejects/rejectsData';
import { joinVerdicts, useRecent, verdictKey } from './sourcesData';

const kColors = { accepted: 'line', duplicate: 'gray', rejected: 'red' } as const;

/** What comes in, as it comes in, each with its verdict. */
export function Debugger({ source }: { source: string }) {
  const { t } = useTranslation();
  const [running, setRunning] = useState(true);
  const format = useFormat();
  const recent = useRecent(source);
  const { facts, skipped, state } = useLiveFacts(source, running);
  return (
    <Panel flush title={t('source.tab_debugger')} about={`${t('debugger.about')} · ${t('time.zone', { zone: format.zone })}`}
      actions={
        <>
          <Badge color={running && state === 'open' ? 'line' : 'gold'} role="status">{running ? t(`live.${state}`) : t('live.paused')}</Badge>
          <Button variant="default" size="compact-xs" onClick={() => setRunning(!running)}>{running ? t('debugger.pause') : t('debugger.go_on')}</Button>
        </>
      }>
      {skipped > 0 && <Partial>{t('debugger.skipped', { count: skipped })}</Partial>}
      <Answer of={recent}>
        {(data) => {
          const verdicts = joinVerdicts(facts, data.items);
          if (verdicts.length > 0) return <VerdictTable verdicts={verdicts} />;
          return <Empty title={t('debugger.none')} hint={t('debugger.none_hint')} action={<Button component={Link} to={`/sources/${source}?tab=connect`}>{t('debugger.none_action')}</Button>} />;
        }}
      </Answer>
    </Panel>
  );
}

function VerdictTable({ verdicts }: { verdicts: Verdict[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState<string | null>(null);
  const reason = useReasonText();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('source.tab_debugger')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={110}>{t('event.received')}</Table.Th><Table.Th w={120}>{t('debugger.verdict')}</Table.Th>
            <Table.Th>{t('debugger.event')}</Table.Th><Table.Th>{t('debugger.reason')}</Table.Th><Table.Th>{t('people.person')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {verdicts.map((one) => {
            const key = verdictKey(one);
            const shown = open === key;
            return (
              <Fragment key={key}>
                <Table.Tr data-verdict={one.verdict}>
                  <Cell label={t('event.received')} className="num" ta="left">{format.clock(one.received_at)}</Cell>
                  <Cell label={t('debugger.verdict')}><Badge color={kColors[one.verdict]}>{t(`verdict.${one.verdict}`)}</Badge></Cell>
                  <Cell label={t('debugger.event')}>
                    <UnstyledButton onClick={() => setOpen(shown ? null : key)} aria-expanded={shown} fz={13} fw={560}>
                      <IconChevronRight size={12} style={{ transform: shown ? 'rotate(90deg)' : 'none' }} aria-hidden /> {one.name ?? one.type ?? t('debugger.unreadable')}
                    </UnstyledButton>{' '}
                    {!one.live && <Badge color="gold">{t('event.history')}</Badge>}
                  </Cell>
                  <Cell label={t('debugger.reason')}>
                    {one.code && <Text size="xs" title={one.message ?? ''}><span className="mono">{one.code}</span> {reason({ code: one.code, message: one.message ?? '' })}</Text>}
                    {one.verdict === 'duplicate' && <Text size="xs">{t('debugger.seen_before')}</Text>}
                    {one.verdict === 'rejected' && one.reject && <ToReject id={one.reject} state={stateOf(one.reject_state)} />}
                  </Cell>
                  <Cell label={t('people.person')}>{one.profile && <Link className="mono" to={`/people/${one.profile}`}>{one.profile.slice(0, 10)}…</Link>}</Cell>
                </Table.Tr>
                {shown && (
                  <Table.Tr>
                    <Table.Td colSpan={5}>
                      <div style={{ marginBottom: 6 }}><CopyText text={JSON.stringify(one.body, null, 2)} label={t('event.copy')} /></div>
                      <Code value={one.body} label={t('event.body', { name: one.name ?? '' })} />
                    </Table.Td>
                  </Table.Tr>
                )}
              </Fragment>
            );
          })}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** The way to a reject, or what has been done with it since. */
function ToReject({ id, state }: { id: string; state: RejectState }) {
  const { t } = useTranslation();
  const to = `/rejects?id=${encodeURIComponent(id)}${state === 'open' ? '' : `&state=${state}`}`;
  return <Link to={to}>{state === 'open' ? t('debugger.mend') : t(`reject.state_${state}`)}</Link>;
}
