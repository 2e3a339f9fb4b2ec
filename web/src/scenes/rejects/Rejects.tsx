import { Anchor, Badge, Button, Group, Select, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { may, useSession } from '../../data/session';
import { Cell } from '../../ui/Cell';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { ServerWords, useReasonText } from '../../ui/Reason';
import { More, Time } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { Became } from './Became';
import { BulkDialog, type Bulk } from './BulkDialog';
import { MendDialog } from './MendDialog';
import { choices, kStates, stateOf, useRejects, useRejectSummary, type Reject, type RejectFilter, type RejectState } from './rejectsData';

type Key = 'id' | 'code' | 'source' | 'state';

/** What was refused and why; mend and replay it here. */
export default function Rejects() {
  const { t } = useTranslation();
  const session = useSession();
  const [params, setParams] = useSearchParams();
  const [bulk, setBulk] = useState<Bulk | null>(null);
  const filter: RejectFilter = { code: params.get('code'), source: params.get('source') };
  const state = stateOf(params.get('state'));
  const rejects = useRejects(filter, state);
  const open = params.get('id');
  const set = (key: Key, value: string | null) =>
    setParams((before) => {
      const after = new URLSearchParams(before);
      if (value) after.set(key, value);
      else after.delete(key);
      return after;
    }, { replace: true });
  const found = rejects.data?.pages.flatMap((page) => page.items) ?? [];
  const mayWrite = may(session.data, 'write');
  return (
    <Page title={t('place.rejects')} about={t('reject.about')}
      actions={mayWrite && state === 'open' && found.length > 0 && (
        <>
          <Button variant="default" onClick={() => setBulk('discard')}>{t('reject.discard_all')} …</Button>
          <Button variant="default" onClick={() => setBulk('replay')}>{t('reject.replay_all')} …</Button>
        </>
      )}>
      <Filters filter={filter} state={state} onChange={set} />
      <Panel flush>
        <Answer of={rejects}>
          {() => found.length === 0
            ? <Empty title={t(filter.code || filter.source ? 'reject.none_match' : state === 'open' ? 'reject.none' : 'reject.none_state')} hint={t('reject.none_hint')} />
            : <><RejectTable rejects={found} state={state} onOpen={(id) => set('id', id)} /><More of={rejects} /></>}
        </Answer>
      </Panel>
      {open && <MendDialog key={open} id={open} mayWrite={mayWrite} onClose={() => set('id', null)} />}
      {bulk && <BulkDialog what={bulk} filter={filter} onClose={() => setBulk(null)} />}
    </Page>
  );
}

interface FiltersProps { filter: RejectFilter; state: RejectState; onChange: (key: Key, value: string | null) => void }

function Filters({ filter, state, onChange }: FiltersProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const summary = useRejectSummary();
  const { codes, sources } = summary.data ? choices(summary.data) : { codes: [], sources: [] };
  const options = (list: [string, number][], chosen: string | null) => [
    ...list.map(([value, count]) => ({ value, label: `${value} (${format.number(count)})` })),
    ...(chosen && !list.some(([value]) => value === chosen) ? [{ value: chosen, label: `${chosen} (0)` }] : []),
  ];
  return (
    <Group mb="sm" gap="sm" align="flex-end">
      <Select label={t('reject.state')} allowDeselect={false} value={state} data={kStates.map((value) => ({ value, label: t(`reject.state_${value}`) }))}
        onChange={(value) => onChange('state', value === 'open' ? null : value)} w={{ base: '100%', xs: 160 }} />
      <Select label={t('reject.code')} placeholder={t('reject.any')} clearable value={filter.code} data={options(codes, filter.code)} onChange={(value) => onChange('code', value)} w={{ base: '100%', xs: 240 }}
        clearButtonProps={{ 'aria-label': t('act.clear') }} />
      <Select label={t('source.source')} placeholder={t('reject.any')} clearable value={filter.source} data={options(sources, filter.source)} onChange={(value) => onChange('source', value)} w={{ base: '100%', xs: 240 }}
        clearButtonProps={{ 'aria-label': t('act.clear') }} />
      {summary.data && <Text size="sm" c="dimmed" className="num" pb={6}>{t('reject.open', { count: summary.data.open, number: format.number(summary.data.open) })}</Text>}
    </Group>
  );
}

function RejectTable({ rejects, state, onOpen }: { rejects: Reject[]; state: RejectState; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const reason = useReasonText();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('place.rejects')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('reject.at')}</Table.Th><Table.Th>{t('reject.code')}</Table.Th><Table.Th>{t('reject.why')}</Table.Th>
            <Table.Th>{t('source.source')}</Table.Th><Table.Th>{t('reject.path')}</Table.Th><Table.Th>{t(state === 'open' ? 'reject.expires' : 'reject.became')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rejects.map((reject) => (
            <Table.Tr key={reject.id} data-reject={reject.id}>
              <Cell label={t('reject.at')}><Time at={reject.at} /></Cell>
              <Cell label={t('reject.code')}><Badge color="red" className="mono" tt="none">{reject.code}</Badge></Cell>
              <Cell label={t('reject.why')}>
                <Anchor component="button" type="button" ta="left" fz="sm" c="var(--tl-accent-text)" underline="always" onClick={() => onOpen(reject.id)}>
                  {reason(reject)}
                </Anchor>
                <ServerWords of={reject} />
              </Cell>
              <Cell label={t('source.source')}>{reject.source ?? '–'}</Cell>
              <Cell label={t('reject.path')} className="mono">{reject.path}</Cell>
              <Cell label={t(state === 'open' ? 'reject.expires' : 'reject.became')}>{state === 'open' ? <Time at={reject.expires_at} /> : <Became of={reject.became} />}</Cell>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
