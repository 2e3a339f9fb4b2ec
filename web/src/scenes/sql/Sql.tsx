import { Button, Group, Kbd, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { ApiError } from '../../data/errors';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Answer, Failure } from '../../ui/States';
import { SaveQuestion } from '../questions/SaveQuestion';
import type { Column } from './completion';
import { placeOf } from './sqlAnswer';
import { useColumns, useStatement } from './sqlData';
import { SqlEditor } from './SqlEditor';
import { SqlResult } from './SqlResult';

const kFirst = "select event, count(*) as events, count(distinct profile) as people\nfrom events\nwhere time > now() - interval 30 days\ngroup by event\norder by events desc\nlimit 20";

const isMistake = (error: unknown) => error instanceof ApiError && error.code === 'invalid_argument';

/** Statements that only read, over everything that is known. The one asked last stands in the address. */
export default function Sql() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [statement, setStatement] = useState(params.get('sql') ?? kFirst);
  const columns = useColumns();
  const { run, stop } = useStatement();
  const ask = () => {
    if (!statement.trim()) return;
    setParams((before) => { before.set('sql', statement); return before; }, { replace: true });
    run.mutate(statement);
  };
  // A mistake is marked only while what was asked still stands there.
  const fault = run.error && run.variables === statement ? placeOf(run.error.message) : null;
  return (
    <Page title={t('place.sql')} about={t('sql.about')} actions={statement.trim() && <SaveQuestion question={{ kind: 'sql', sql: statement }} saved={params.get('saved')} />}>
      <Stack gap="sm">
        <Panel>
          <Stack gap="sm">
            <MarkedEditor statement={statement} columns={columns.data ?? []} fault={fault} onChange={setStatement} onRun={ask} />
            <Group gap="sm">
              <Button onClick={ask} disabled={run.isPending || !statement.trim()} rightSection={<Kbd size="xs">Ctrl Enter</Kbd>}>{t('sql.run')}</Button>
              {run.isPending && <Button variant="default" onClick={stop}>{t('sql.stop')}</Button>}
              <Text size="sm" c="dimmed" role="status">{run.isPending ? t('sql.running') : run.data && !run.data.answer ? t('sql.stopped') : ''}</Text>
            </Group>
            {run.error && <Failure error={run.error} {...(isMistake(run.error) ? { help: t('sql.correct') } : {})} />}
          </Stack>
        </Panel>
        {run.data?.answer && !run.error && <SqlResult key={run.submittedAt} answer={run.data.answer} />}
        <Panel title={t('sql.tables')} about={t('sql.tables_about')}>
          <Answer of={columns} rows={4}>{(all) => <TableList columns={all} />}</Answer>
        </Panel>
      </Stack>
    </Page>
  );
}

type Marked = { statement: string; columns: readonly Column[]; fault: ReturnType<typeof placeOf>; onChange: (text: string) => void; onRun: () => void };

/** Gives the editor a new mark only when the mistake is another one, not whenever it is drawn. */
function MarkedEditor({ statement, columns, fault, onChange, onRun }: Marked) {
  const [mark, setMark] = useState(fault);
  if (mark?.line !== fault?.line || mark?.column !== fault?.column) setMark(fault);
  return <SqlEditor value={statement} columns={columns} fault={mark} onChange={onChange} onRun={onRun} />;
}

function TableList({ columns }: { columns: Column[] }) {
  const tables = [...new Set(columns.map((one) => one.table))];
  return (
    <div className="sql-tables">
      {tables.map((table) => (
        <div key={table}>
          <Text size="sm" fw={600} className="mono">{table}</Text>
          <ul aria-label={table}>
            {columns.filter((one) => one.table === table).map((one) => (
              <li key={one.name}><span className="mono">{one.name}</span><span className="sql-about">{one.type}</span></li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}
