import { Anchor, Badge, Button, Group, Select, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { may, useSession } from '../../data/session';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { More, Time } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { BulkDialog, type Bulk } from './BulkDialog';
import { MendDialog } from './MendDialog';
import { choices, useRejects, useRejectSummary, type Reject, type RejectFilter } from './rejectsData';

/** What was refused and why; mend and replay it here. */
export default function Rejects() {
  const { t } = useTranslation();
  const session = useSession();
  const [params, setParams] = useSearchParams();
  const [bulk, setBulk] = useState<Bulk | null>(null);
  const filter: RejectFilter = { code: params.get('code'), source: params.get('source') };
  const rejects = useRejects(filter);
  const open = params.get('id');
  const set = (key: 'id' | 'code' | 'source', value: string | null) =>
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
      actions={mayWrite && found.length > 0 && (
        <>
          <Button variant="default" onClick={() => setBulk('discard')}>{t('reject.discard_all')}</Button>
          <Button onClick={() => setBulk('replay')}>{t('reject.replay_all')}</Button>
        </>
      )}>
      <Filters filter={filter} onChange={set} />
      <Panel flush>
        <Answer of={rejects}>
          {() => found.length === 0
            ? <Empty title={filter.code || filter.source ? t('reject.none_match') : t('reject.none')} hint={t('reject.none_hint')} />
            : <><RejectTable rejects={found} onOpen={(id) => set('id', id)} /><More of={rejects} /></>}
        </Answer>
      </Panel>
      {open && <MendDialog key={open} id={open} mayWrite={mayWrite} onClose={() => set('id', null)} />}
      {bulk && <BulkDialog what={bulk} filter={filter} onClose={() => setBulk(null)} />}
    </Page>
  );
}

function Filters({ filter, onChange }: { filter: RejectFilter; onChange: (key: 'code' | 'source', value: string | null) => void }) {
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
      <Select label={t('reject.code')} placeholder={t('reject.any')} clearable value={filter.code} data={options(codes, filter.code)} onChange={(value) => onChange('code', value)} w={240}
        clearButtonProps={{ 'aria-label': t('act.clear') }} />
      <Select label={t('source.source')} placeholder={t('reject.any')} clearable value={filter.source} data={options(sources, filter.source)} onChange={(value) => onChange('source', value)} w={240}
        clearButtonProps={{ 'aria-label': t('act.clear') }} />
      {summary.data && <Text size="sm" c="dimmed" className="num" pb={6}>{t('reject.open', { count: summary.data.open, number: format.number(summary.data.open) })}</Text>}
    </Group>
  );
}

function RejectTable({ rejects, onOpen }: { rejects: Reject[]; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  return (
    <div className="scroll-x">
      <Table aria-label={t('place.rejects')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('reject.at')}</Table.Th><Table.Th>{t('reject.code')}</Table.Th><Table.Th>{t('reject.why')}</Table.Th>
            <Table.Th>{t('source.source')}</Table.Th><Table.Th>{t('reject.path')}</Table.Th><Table.Th>{t('reject.expires')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rejects.map((reject) => (
            <Table.Tr key={reject.id} data-reject={reject.id}>
              <Table.Td><Time at={reject.at} /></Table.Td>
              <Table.Td><Badge color="red" className="mono" tt="none">{reject.code}</Badge></Table.Td>
              <Table.Td>
                <Anchor component="button" type="button" ta="left" fz="sm" c="var(--tl-accent-text)" underline="always" onClick={() => onOpen(reject.id)}>
                  {reject.message}
                </Anchor>
              </Table.Td>
              <Table.Td>{reject.source ?? '–'}</Table.Td>
              <Table.Td className="mono">{reject.path}</Table.Td>
              <Table.Td><Time at={reject.expires_at} /></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
