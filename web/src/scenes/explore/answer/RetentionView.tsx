import { Select, Table } from '@mantine/core';
import { useMemo, useState, type CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import { Cell } from '../../../ui/Cell';
import { LazyChart } from '../../../ui/LazyChart';
import { Panel } from '../../../ui/Panel';
import { useFormat } from '../../../ui/useFormat';
import type { RetentionQuestion } from '../question';
import type { KindViewProps } from './AnswerView';
import { shade, type OnOpen, type RetentionAnswer } from './answerData';
import { CellNumber } from './CellNumber';

type Cohorts = Pick<RetentionAnswer, 'cohorts' | 'average'>;
type Interval = 'day' | 'week' | 'month';

/** What a column stands for: week 3, or weeks 4 to 7 of a bracket. */
function usePeriodName(question: RetentionQuestion, interval: Interval) {
  const { t } = useTranslation();
  return (cell: number): string => {
    const bracket = question.returning === 'bracket' ? question.brackets?.[cell] : undefined;
    if (!bracket) return t(`retention.${interval}`, { number: cell });
    return bracket[0] === bracket[1] ? t(`retention.${interval}`, { number: bracket[0] }) : t(`retention.${interval}`, { number: `${bracket[0]}–${bracket[1]}` });
  };
}

export function RetentionView({ of, before, show, height, onOpen }: KindViewProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const answer = of.answer as RetentionAnswer;
  const past = before?.answer as RetentionAnswer | undefined;
  const interval = (answer.meta.interval ?? 'week') as Interval;
  const period = usePeriodName(of.question as RetentionQuestion, interval);
  const [line, setLine] = useState<string>('all');
  const lines = answer.lines ?? [];
  const valueOf = (one: (typeof lines)[number]) => (one.other ? t('answer.other') : one.breakdown ?? t('answer.none_value'));
  const shown: Cohorts = line === 'all' ? answer : lines[Number(line)] ?? answer;
  const curves = useMemo(() => {
    const points = (of: Cohorts) => of.average.map((cell, index) => [index, cell.share] as const);
    return [
      { label: t('retention.all'), points: points(answer) },
      ...lines.slice(0, 7).map((one) => ({ label: valueOf(one), points: points(one) })),
      ...(past ? [{ label: t('answer.before'), dashed: true, pair: 0, points: points(past) }] : []),
    ];
  }, [answer, past, t]);
  const categories = useMemo(() => answer.average.map((_, index) => period(index)), [answer, t]);
  return (
    <>
      {show !== 'table' && (
        <Panel title={t('retention.title')} about={t('retention.title_about', { number: format.number(answer.meta.sample), count: answer.meta.sample })}>
          <LazyChart kind="line" series={curves} categories={categories} height={height} label={t('retention.title')}
            value={format.percent} compact={format.percent} />
        </Panel>
      )}
      {show !== 'chart' && (
        <Panel title={t('retention.table')} about={t('retention.table_about')} flush
          actions={lines.length > 0 && (
            <Select aria-label={t('retention.of_value')} allowDeselect={false} value={line} onChange={(value) => setLine(value ?? 'all')} w={200}
              data={[{ value: 'all', label: t('retention.all') }, ...lines.map((one, index) => ({ value: String(index), label: valueOf(one) }))]} />
          )}>
          <CohortTable of={shown} past={line === 'all' ? past : undefined} interval={interval} period={period} onOpen={onOpen} />
        </Panel>
      )}
    </>
  );
}

interface CohortTableProps { of: Cohorts; past: RetentionAnswer | undefined; interval: Interval; period: (cell: number) => string; onOpen: OnOpen }

function CohortTable({ of, past, interval, period, onOpen }: CohortTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const most = Math.max(0, ...of.cohorts.flatMap((cohort) => cohort.shares.map((share) => share ?? 0)));
  const cohorts = of.cohorts.filter((cohort) => cohort.size > 0);
  return (
    <div className="scroll-x">
      <Table className="cards retention" aria-label={t('retention.table')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t(`retention.cohort_${interval}`)}</Table.Th>
            <Table.Th className="num">{t('retention.size')}</Table.Th>
            {of.average.map((_, cell) => <Table.Th key={cell} className="num">{period(cell)}</Table.Th>)}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <AverageRow of={of} name={t('retention.average')} period={period} most={most} />
          {past && <AverageRow of={past} name={t('retention.average_before')} period={period} most={most} />}
          {cohorts.map((cohort) => {
            const name = format.bucket(cohort.start, interval);
            return (
              <Table.Tr key={cohort.start}>
                <Cell className="num nowrap" ta="left">{name}</Cell>
                <Cell label={t('retention.size')} className="num">
                  <CellNumber text={format.number(cohort.size)} token={cohort.people} about={name} onOpen={onOpen} />
                </Cell>
                {cohort.shares.map((share, cell) => (
                  <Cell key={cell} label={period(cell)} className={cell >= cohort.complete && share !== null ? 'num heat running' : 'num heat'} style={heat(shade(share, most))}
                    {...(cell >= cohort.complete && share !== null ? { title: t('retention.running') } : {})}>
                    {share === null ? '' : (
                      <CellNumber text={format.percent(share)} token={cohort.returned[cell] ? cohort.people_returned?.[cell] : null}
                        about={t('retention.cell', { number: format.number(cohort.returned[cell] ?? 0), size: format.number(cohort.size), cohort: name, period: period(cell) })} onOpen={onOpen} />
                    )}
                  </Cell>
                ))}
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** Background of a cell by how strong it is; text stays readable on all of them. */
function heat(strength: number): CSSProperties {
  return strength > 0 ? { backgroundColor: `rgba(79, 169, 147, ${(0.06 + 0.42 * strength).toFixed(3)})` } : {};
}

/** The mean over all cohorts whose period is over. */
function AverageRow({ of, name, period, most }: { of: Cohorts; name: string; period: (cell: number) => string; most: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const size = of.cohorts.reduce((sum, cohort) => sum + cohort.size, 0);
  return (
    <Table.Tr className="average">
      <Cell fw={560}>{name}</Cell>
      <Cell label={t('retention.size')} className="num">{format.number(size)}</Cell>
      {of.average.map((cell, index) => (
        <Cell key={index} label={period(index)} className="num heat" style={heat(shade(cell.share, most))}
          title={t('retention.average_of', { cohorts: format.number(cell.cohorts), returned: format.number(cell.returned), size: format.number(cell.size) })}>
          {cell.share === null ? '–' : format.percent(cell.share)}
        </Cell>
      ))}
    </Table.Tr>
  );
}
