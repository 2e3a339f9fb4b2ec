import { Table, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Cell } from '../../ui/Cell';
import { LazyChart } from '../../ui/LazyChart';
import { useFormat } from '../../ui/useFormat';
import { messageDays, messageRows, sentByDay } from './backtest';
import type { Backtest } from './journeysData';

/** Which messages would have been sent on which day, and how many not. */
export function BacktestMessageDays({ told, document }: { told: Backtest; document: unknown }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rows = messageDays(told);
  if (rows.length === 0) return null;
  const steps = messageRows(told, document);
  const nameOf = new Map(steps.map((one) => [one.id, one.name]));
  const isAnySent = rows.some((row) => row.sent > 0);
  const title = t('backtest.messages_by_day', { timezone: told.meta.timezone });
  return (
    <>
      <Title order={3}>{title}</Title>
      {isAnySent && (
        <LazyChart kind="stacked" height={150} label={title} categories={told.days.map((day) => format.civil(day.date))} value={format.number} compact={format.compact}
          series={steps.map(({ id, name }) => ({ label: name, points: sentByDay(told, id) }))} />
      )}
      <details className="backtest-days" open={!isAnySent}>
        <summary>{t('backtest.as_table')}</summary>
        <Table aria-label={title} maw={560}>
          <Table.Thead>
            <Table.Tr><Table.Th>{t('backtest.day')}</Table.Th><Table.Th>{t('journey.step')}</Table.Th><Table.Th className="num">{t('message.state_sent')}</Table.Th><Table.Th className="num">{t('message.state_refused')}</Table.Th><Table.Th className="num">{t('message.state_expired')}</Table.Th></Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={`${row.date} ${row.id}`} data-backtest-day={row.date}>
                <Cell>{format.civil(row.date)}</Cell>
                <Cell>{nameOf.get(row.id) ?? row.id}</Cell>
                <Cell className="num">{format.number(row.sent)}</Cell>
                <Cell className="num">{format.number(row.refused)}</Cell>
                <Cell className="num">{format.number(row.expired)}</Cell>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </details>
    </>
  );
}
