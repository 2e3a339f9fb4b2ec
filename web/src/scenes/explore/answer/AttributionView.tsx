import { SegmentedControl, Table, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Cell } from '../../../ui/Cell';
import { Panel } from '../../../ui/Panel';
import { Partial } from '../../../ui/States';
import { useFormat } from '../../../ui/useFormat';
import type { AttributionQuestion } from '../question';
import type { KindViewProps } from './AnswerView';
import { largest, moneyOf, rowKey, rowParts, type AttributionAnswer, type OnOpen } from './answerData';
import { CellNumber, Change } from './CellNumber';

type Row = AttributionAnswer['rows'][number];
type Totals = AttributionAnswer['totals'];
type Model = keyof Totals['models'] & string;
type Metric = 'conversions' | 'value' | 'qualified';

const kDrawn = 10;
const kNamed = ['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay'] as const;

function useTexts(answer: AttributionAnswer) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = (value: number | null | undefined) => (value === null || value === undefined ? '–' : format.number(value, Number.isInteger(value) ? 0 : 1));
  const money = (value: number | null | undefined, list?: readonly { currency: string | null; value: number }[]) => {
    const one = moneyOf(list, value);
    if (one !== null) return format.money(one, answer.meta.currency ?? list?.[0]?.currency ?? null);
    return list?.length ? list.map((each) => format.money(each.value, each.currency)).join(' + ') : '–';
  };
  const modelName = (model: string) => {
    const known = kNamed.find((one) => one === model);
    return known ? t(`model.${known}`) : model;
  };
  const rowName = (row: Row) => rowParts(answer.by, row).map((part) => part ?? t('attribution.unnamed')).join(' · ');
  return { count, money, modelName, rowName };
}

export function AttributionView({ of, before, show, onOpen }: KindViewProps) {
  const { t } = useTranslation();
  const answer = of.answer as AttributionAnswer;
  const past = before?.answer as AttributionAnswer | undefined;
  const question = of.question as AttributionQuestion;
  const format = useFormat();
  const hasValue = !!(question.conversion as { value?: string }).value;
  const models = Object.keys(answer.totals.models);
  const [wanted, setMetric] = useState<Metric>('conversions');
  const metric = wanted === 'value' && (!hasValue || answer.meta.currency === null) ? 'conversions' : wanted;
  const ignored = answer.meta.ignored_values ?? 0;
  const choices = [
    { value: 'conversions', label: t('attribution.conversions') },
    ...(hasValue && answer.meta.currency !== null ? [{ value: 'value', label: t('attribution.value') }] : []),
    { value: 'qualified', label: t('attribution.qualified') },
  ];
  return (
    <>
      {ignored > 0 && <Partial>{t('answer.ignored', { count: ignored, number: format.number(ignored) })}</Partial>}
      {show !== 'table' && (
        <Panel title={t(`attribution.title_${metric}`)} about={t('attribution.sample', { number: format.number(answer.totals.models[models[0] ?? '']?.conversions ?? 0), people: format.number(answer.meta.people), known: format.number(answer.meta.people_known) })}
          actions={<SegmentedControl size="xs" aria-label={t('attribution.metric')} value={metric} data={choices} onChange={(value) => setMetric(value as Metric)} />}>
          <Bars answer={answer} past={past} metric={metric} models={models} onOpen={onOpen} />
        </Panel>
      )}
      {show !== 'chart' && <RowTable answer={answer} past={past} models={models} hasValue={hasValue} onOpen={onOpen} />}
    </>
  );
}

const numberOf = (of: Row | Totals, model: Model, metric: Metric): number => of.models[model]?.[metric] ?? 0;

interface BarsProps { answer: AttributionAnswer; past: AttributionAnswer | undefined; metric: Metric; models: Model[]; onOpen: OnOpen }

/** One group of bars a row, one bar a model. */
function Bars({ answer, past, metric, models, onOpen }: BarsProps) {
  const { t } = useTranslation();
  const { count, money, modelName, rowName } = useTexts(answer);
  const rows = answer.rows.filter((row) => models.some((model) => numberOf(row, model, metric) !== 0)).slice(0, kDrawn);
  const most = largest([...rows, ...(past?.rows ?? [])].flatMap((row) => models.map((model) => numberOf(row, model, metric))));
  const text = (value: number) => (metric === 'value' ? money(value) : count(value));
  const pastOf = (row: Row) => past?.rows.find((one) => rowKey(answer.by, one) === rowKey(answer.by, row));
  return (
    <>
      <div className="bars" role="list" aria-label={t(`attribution.title_${metric}`)}>
        {rows.map((row) => (
          <div key={rowKey(answer.by, row)} className="bars-row" role="listitem">
            <span className="bars-name">{rowName(row)}</span>
            <div className="bars-all">
              {models.map((model, index) => {
                const value = numberOf(row, model, metric);
                const token = metric === 'qualified' ? row.models[model]?.people_qualified : row.models[model]?.people;
                const about = `${rowName(row)} · ${modelName(model)}`;
                const old = pastOf(row);
                const before = old ? numberOf(old, model, metric) : 0;
                return (
                  <div key={model} className="bars-line">
                    <UnstyledButton className={`bars-bar series-${index % 6}`} style={{ width: `${Math.max(0, (86 * value) / most)}%` }} disabled={!value || !token}
                      onClick={() => token && onOpen({ token, about: `${text(value)} · ${about}`, past: false })} aria-label={t('answer.open', { number: text(value), about })} />
                    {old && <span className="bars-before" style={{ left: `${(86 * before) / most}%` }} title={t('attribution.before', { number: text(before) })} />}
                    <span className="num bars-value" style={{ left: `${(86 * Math.max(value, before)) / most}%` }} aria-hidden>{text(value)}</span>
                  </div>
                );
              })}
            </div>
          </div>
        ))}
      </div>
      <div className="bars-legend">
        {models.map((model, index) => <span key={model}><i className={`series-${index % 6}`} />{modelName(model)}</span>)}
        {past && <span><i className="before" />{t('answer.before')}</span>}
        {answer.rows.length > rows.length && <span>{t('answer.drawn', { drawn: rows.length, all: answer.rows.length })}</span>}
      </div>
    </>
  );
}

interface RowTableProps { answer: AttributionAnswer; past: AttributionAnswer | undefined; models: Model[]; hasValue: boolean; onOpen: OnOpen }

function RowTable({ answer, past, models, hasValue, onOpen }: RowTableProps) {
  const { t } = useTranslation();
  const { modelName } = useTexts(answer);
  const hasCosts = answer.totals.costs.length > 0;
  const name = t(`by.title_${(answer.by[0] ?? 'channel') as 'channel'}`);
  return (
    <Panel title={t('attribution.table')} about={t(answer.meta.known ? 'attribution.table_known' : 'attribution.table_everyone')} flush>
      <div className="scroll-x">
        <Table className="cards wrap-heads" aria-label={t('attribution.table')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{name}</Table.Th>
              <Table.Th className="num">{t('attribution.sessions')}</Table.Th>
              <Table.Th className="num">{t('attribution.people')}</Table.Th>
              {models.map((model) => <Table.Th key={model} className="num">{t('attribution.conversions')}, {modelName(model)}</Table.Th>)}
              {past && <Table.Th className="num">{t('answer.change')}, {modelName(models[0] ?? '')}</Table.Th>}
              {hasValue && models.map((model) => <Table.Th key={model} className="num">{t('attribution.value')}, {modelName(model)}</Table.Th>)}
              <Table.Th className="num">{t('attribution.qualified')}</Table.Th>
              {hasCosts && <Table.Th className="num">{t('attribution.cost')}</Table.Th>}
              {hasCosts && hasValue && <Table.Th className="num">{t('attribution.return')}, {modelName(models[0] ?? '')}</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            <RowLine of={answer.totals} name={t('attribution.totals')} old={past?.totals} total {...{ answer, past, models, hasValue, hasCosts, onOpen }} />
            {answer.rows.map((row) => (
              <RowLine key={rowKey(answer.by, row)} of={row} name={rowParts(answer.by, row).map((part) => part ?? t('attribution.unnamed')).join(' · ')}
                old={past?.rows.find((one) => rowKey(answer.by, one) === rowKey(answer.by, row))} {...{ answer, past, models, hasValue, hasCosts, onOpen }} />
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Panel>
  );
}

interface RowLineProps extends RowTableProps { of: Row | Totals; name: string; old: Row | Totals | undefined; hasCosts: boolean; total?: boolean }

function RowLine({ of, name, old, answer, past, models, hasValue, hasCosts, total = false, onOpen }: RowLineProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { count, money, modelName } = useTexts(answer);
  const cell = (number: number, token: string | undefined, what: string) =>
    <CellNumber text={count(number)} token={number ? token : null} about={`${what} · ${name}`} onOpen={onOpen} />;
  const first = models[0] ?? '';
  const back = of.models[first]?.return;
  return (
    <Table.Tr className={total ? 'average' : ''}>
      <Cell fw={560}>{name}</Cell>
      <Cell label={t('attribution.sessions')} className="num">{cell(of.sessions, of.cells.sessions, t('attribution.sessions'))}</Cell>
      <Cell label={t('attribution.people')} className="num">{cell(of.people, of.cells.people, t('attribution.people'))}</Cell>
      {models.map((model) => {
        const what = `${t('attribution.conversions')}, ${modelName(model)}`;
        return <Cell key={model} label={what} className="num">{cell(numberOf(of, model, 'conversions'), of.models[model]?.people, what)}</Cell>;
      })}
      {past && <Cell label={t('answer.change')} className="num"><Change now={numberOf(of, first, 'conversions')} before={old ? numberOf(old, first, 'conversions') : undefined} /></Cell>}
      {hasValue && models.map((model) => <Cell key={model} label={`${t('attribution.value')}, ${modelName(model)}`} className="num">{money(of.models[model]?.value, of.models[model]?.values)}</Cell>)}
      <Cell label={t('attribution.qualified')} className="num">{cell(of.qualified, of.models[first]?.people_qualified, t('attribution.qualified'))}</Cell>
      {hasCosts && <Cell label={t('attribution.cost')} className="num">{of.costs.length ? money(of.cost, of.costs.map(({ currency, cost }) => ({ currency, value: cost }))) : '–'}</Cell>}
      {hasCosts && hasValue && <Cell label={t('attribution.return')} className="num">{back === undefined ? '–' : t('attribution.times', { number: format.number(back, 2) })}</Cell>}
    </Table.Tr>
  );
}
