import { Badge, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Cell } from '../../ui/Cell';
import { Panel } from '../../ui/Panel';
import { ServerWords, useReasonText } from '../../ui/Reason';
import { IdentifierText } from '../../ui/Small';
import { Empty, Partial } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import type { ImportPreview } from './importsData';

/** The first mapped events, and what would be refused. */
export function ImportPreviewPanel({ preview }: { preview: ImportPreview }) {
  const { t } = useTranslation();
  const format = useFormat();
  const reason = useReasonText();
  const shape = [preview.format.toUpperCase(), preview.encoding, preview.delimiter && `“${preview.delimiter}”`].filter(Boolean).join(' · ');
  return (
    <>
      {!preview.whole_file && <Partial>{t('import.only_beginning', { rows: format.number(preview.rows_read) })}</Partial>}
      <Panel flush title={t('import.preview_events')} about={`${t('import.preview_count', { accepted: format.number(preview.accepted), rows: format.number(preview.rows_read) })} · ${shape}`}>
        {preview.events.length === 0 ? <Empty title={t('import.preview_none')} hint={t('import.columns', { columns: preview.columns.join(', ') })} /> : (
          <div className="scroll-x">
            <Table className="cards" aria-label={t('import.preview_events')}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th className="num">{t('import.line')}</Table.Th><Table.Th>{t('debugger.event')}</Table.Th><Table.Th>{t('event.at')}</Table.Th>
                  <Table.Th>{t('people.identifiers')}</Table.Th><Table.Th>{t('import.properties')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {preview.events.map((event) => (
                  <Table.Tr key={event.message_id}>
                    <Cell label={t('import.line')} className="num">{event.line === null ? '–' : format.number(event.line)}</Cell>
                    <Cell label={t('debugger.event')}>{event.name} <Badge color="gray">{event.type}</Badge></Cell>
                    <Cell label={t('event.at')} className="num" ta="left">{format.time(event.at)}</Cell>
                    <Cell label={t('people.identifiers')}>{event.identifiers.map((one) => <div key={one.namespace}><IdentifierText {...one} /></div>)}</Cell>
                    <Cell label={t('import.properties')} className="mono">{JSON.stringify({ ...event.properties, ...event.traits })}</Cell>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </Panel>
      {preview.rejects.length > 0 && (
        <Panel flush title={t('import.preview_rejects')} about={t('import.preview_rejected', { count: preview.rejected, number: format.number(preview.rejected) })}>
          <div className="scroll-x">
            <Table className="cards" aria-label={t('import.preview_rejects')}>
              <Table.Tbody>
                {preview.rejects.map((one) => (
                  <Table.Tr key={one.line}>
                    <Cell label={t('import.line')} className="num">{format.number(one.line)}</Cell>
                    <Cell label={t('reject.code')}>{one.code && <Badge color="red">{one.code}</Badge>}</Cell>
                    <Cell label={t('reject.why')}><Text size="sm">{reason(one)}</Text><ServerWords of={one} /></Cell>
                    <Cell label={t('import.raw')} className="mono">{one.raw}</Cell>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        </Panel>
      )}
    </>
  );
}
