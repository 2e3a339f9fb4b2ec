import { Button, Table, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Cell } from '../../ui/Cell';
import { Panel } from '../../ui/Panel';
import { Empty, Partial } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import './sql.css';
import { cellText, csvOf, type SqlAnswer } from './sqlAnswer';

const kRowsStep = 200;

interface SqlResultProps {
  answer: SqlAnswer;
  first?: number; // Rows shown at once; absent: a step.
}

function download(answer: SqlAnswer) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([csvOf(answer)], { type: 'text/csv;charset=utf-8' }));
  link.download = 'throughline.csv';
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The rows of an answer, a part at a time; the file has all of them. */
export function SqlResult({ answer, first = kRowsStep }: SqlResultProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [shown, setShown] = useState(first);
  const { columns, rows, meta } = answer;
  const about = [
    t('sql.rows', { count: rows.length, number: format.number(rows.length) }),
    t('sql.took', { ms: format.number(meta.elapsed_ms, meta.elapsed_ms < 10 ? 1 : 0) }),
    t('sql.looked_at', { events: format.number(meta.events_scanned), people: format.number(meta.profiles_scanned) }),
    meta.timezone,
  ].join(' · ');
  return (
    <Panel title={t('sql.answer')} about={about} flush
      actions={rows.length > 0 && <Button variant="default" size="compact-xs" leftSection={<IconDownload size={13} />} onClick={() => download(answer)}>{t('sql.download')}</Button>}>
      {answer.limited && <Partial>{t('sql.limited', { count: rows.length, number: format.number(rows.length) })}</Partial>}
      {rows.length === 0 ? <Empty title={t('sql.no_rows')} /> : <Rows answer={answer} shown={shown} />}
      {shown < rows.length && (
        <div style={{ padding: 10, textAlign: 'center' }}>
          <Button variant="default" onClick={() => setShown(shown + kRowsStep)}>{t('act.more')}</Button>{' '}
          <Text span size="xs" c="dimmed" className="num">{t('sql.shown', { shown: format.number(Math.min(shown, rows.length)), all: format.number(rows.length) })}</Text>
        </div>
      )}
      <span className="visually-hidden" role="status">{t('sql.rows', { count: rows.length, number: format.number(rows.length) })} {columns.length}</span>
    </Panel>
  );
}

function Rows({ answer: { columns, rows }, shown }: { answer: SqlAnswer; shown: number }) {
  const { t } = useTranslation();
  const isNumber = columns.map((one) => one.type === 'number');
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label={t('sql.answer')}>
      <Table className="cards" aria-label={t('sql.answer')}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((one, place) => (
              <Table.Th key={place} className={isNumber[place] ? 'num' : ''}>{one.name} <span className="sql-about">{one.type}</span></Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.slice(0, shown).map((row, index) => (
            <Table.Tr key={index}>
              {row.map((value, place) => {
                const text = cellText(value);
                return (
                  <Cell key={place} label={columns[place]?.name ?? ''} className={isNumber[place] ? 'num' : columns[place]?.type === 'json' ? 'mono' : ''}>
                    {text === null ? <span className="sql-null">null</span> : text}
                  </Cell>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
