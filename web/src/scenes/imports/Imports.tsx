import { Badge, Button, Group, Progress, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { may, useSession } from '../../data/session';
import { Cell } from '../../ui/Cell';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Dotted, More, Time } from '../../ui/Small';
import { Answer, Empty, Failure } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { canCancel, canStart, rejectsPath, useCancelImport, useImports, useStartImport, type Import } from './importsData';
import { ResumeButton } from './ResumeButton';

const kColors = { uploading: 'gold', ready: 'gray', running: 'line', done: 'line', failed: 'red', cancelled: 'gray' } as const;

/** Files that came in, and how far each is. */
export default function Imports() {
  const { t } = useTranslation();
  const session = useSession();
  const imports = useImports();
  const mayWrite = may(session.data, 'write');
  const create = mayWrite && <Button component={Link} to="/imports/new">{t('import.new')}</Button>;
  return (
    <Page title={t('place.imports')} about={t('import.about')} actions={create}>
      <Panel flush>
        <Answer of={imports}>
          {(data) => {
            const items = data.pages.flatMap((page) => page.items);
            if (items.length === 0) return <Empty title={t('import.none')} hint={t('import.none_hint')} action={create} />;
            return <><ImportTable imports={items} mayWrite={mayWrite} /><More of={imports} /></>;
          }}
        </Answer>
      </Panel>
    </Page>
  );
}

function ImportTable({ imports, mayWrite }: { imports: Import[]; mayWrite: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('place.imports')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('import.file')}</Table.Th><Table.Th>{t('import.state')}</Table.Th>
            <Table.Th className="num">{t('import.rows')}</Table.Th><Table.Th className="num">{t('people.events')}</Table.Th>
            <Table.Th className="num">{t('import.duplicates')}</Table.Th><Table.Th className="num">{t('import.rejected')}</Table.Th>
            <Table.Th className="num">{t('import.rate')}</Table.Th><Table.Th>{t('key.created')}</Table.Th><Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {imports.map((one) => <Row key={one.id} one={one} mayWrite={mayWrite} />)}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ one, mayWrite }: { one: Import; mayWrite: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const start = useStartImport();
  const cancel = useCancelImport();
  return (
    <Table.Tr data-import={one.id}>
      <Cell>
        <Text size="sm" fw={560} style={{ overflowWrap: 'anywhere' }}>{one.file_name}</Text>
        <Text size="xs" c="dimmed">{format.bytes(one.size)} · {one.mapping} → {one.source}</Text>
      </Cell>
      <Cell label={t('import.state')} miw={190}>
        <Badge color={kColors[one.state]}>{t(`import.state_${one.state}`)}</Badge>
        <Advance one={one} />
        {one.error && <Text size="xs" c="var(--mantine-color-error)" className="mono">{one.error}</Text>}
        {(start.error ?? cancel.error) && <Failure error={start.error ?? cancel.error} />}
      </Cell>
      <Cell label={t('import.rows')} className="num">{format.number(one.rows)}</Cell>
      <Cell label={t('people.events')} className="num">{format.number(one.events)}</Cell>
      <Cell label={t('import.duplicates')} className="num">{format.number(one.duplicates)}</Cell>
      <Cell label={t('import.rejected')} className="num">
        {one.rejected > 0 && !one.created_by.startsWith('command:') ? <a href={rejectsPath(one.id)} download={`${one.id}-rejects.jsonl`} title={t('import.download_rejects')}>{format.number(one.rejected)}</a> : format.number(one.rejected)}
      </Cell>
      <Cell label={t('import.rate')} className="num">{one.state === 'running' ? t('import.per_second', { number: format.number(one.rows_per_second) }) : '–'}</Cell>
      <Cell label={t('key.created')}><span><Dotted><Time at={one.created_at} />{one.created_by}</Dotted></span></Cell>
      <Cell>
        <Group gap={6} justify="flex-end" wrap="nowrap">
          {mayWrite && one.state === 'uploading' && <ResumeButton one={one} />}
          {mayWrite && canStart(one) && <Button size="compact-xs" loading={start.isPending} onClick={() => start.mutate(one.id)}>{t('import.start')}</Button>}
          {mayWrite && canCancel(one) && <Button size="compact-xs" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate(one.id)}>{t('act.cancel')}</Button>}
        </Group>
      </Cell>
    </Table.Tr>
  );
}

/** How far it is: of the upload while that lasts, else of the reading. */
function Advance({ one }: { one: Import }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (one.state !== 'running' && one.state !== 'uploading') return null;
  const share = one.state === 'running' ? one.progress : one.size ? one.uploaded / one.size : 1;
  return (
    <>
      <Progress value={share * 100} mt={4} size="sm" aria-label={t('import.progress', { name: one.file_name })} />
      <Text size="xs" c="dimmed" className="num">
        {format.percent(share)}{one.seconds_left !== null && one.state === 'running' && ` · ${t('import.left', { time: format.duration(one.seconds_left) })}`}
      </Text>
    </>
  );
}
