import { Table, Text, UnstyledButton } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Cell } from '../../../ui/Cell';
import { LazyChart } from '../../../ui/LazyChart';
import { Panel } from '../../../ui/Panel';
import { useFormat } from '../../../ui/useFormat';
import type { EventChoice, FunnelQuestion } from '../question';
import { useEventText } from '../words';
import type { KindViewProps } from './AnswerView';
import { conversionOf, type FunnelAnswer, type FunnelStep, type OnOpen } from './answerData';
import { CellNumber, Change } from './CellNumber';

/** What the steps are called: by their label, else by their events. */
function useStepNames(question: FunnelQuestion, answer: FunnelAnswer): string[] {
  const eventText = useEventText();
  return answer.steps.map((step, index) => {
    const asked = question.steps[index];
    return asked && !asked.label ? eventText(asked as EventChoice) : step.label;
  });
}

export function FunnelView({ of, before, show, onOpen }: KindViewProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const answer = of.answer as FunnelAnswer;
  const past = before?.answer as FunnelAnswer | undefined;
  const names = useStepNames(of.question as FunnelQuestion, answer);
  const unit = (['attempts', 'sessions'] as const).find((one) => one === answer.meta.sample_unit) ?? 'people';
  const whole = conversionOf(answer.steps);
  return (
    <>
      {show !== 'table' && (
        <Panel title={t('funnel.title', { share: whole === null ? '–' : format.percent(whole) })}
          about={t(`funnel.sample_${unit}`, { count: answer.meta.sample, number: format.number(answer.meta.sample), known: format.number(answer.steps[0]?.known_count ?? 0) })}>
          <Steps steps={answer.steps} past={past?.steps} names={names} onOpen={onOpen} />
        </Panel>
      )}
      {show !== 'table' && show !== 'chart' && <TimeToConvert answer={answer} />}
      {show !== 'chart' && <StepTable answer={answer} past={past} names={names} onOpen={onOpen} />}
      {answer.lines && show !== 'chart' && <LineTable answer={answer} names={names} onOpen={onOpen} />}
    </>
  );
}

/** One bar a step: who came so far, who stands here still, who left. */
function Steps({ steps, past, names, onOpen }: { steps: readonly FunnelStep[]; past: readonly FunnelStep[] | undefined; names: string[]; onOpen: OnOpen }) {
  const { t } = useTranslation();
  const format = useFormat();
  const first = steps[0]?.count || 1;
  return (
    <ol className="funnel" aria-label={t('funnel.chart')}>
      {steps.map((step, index) => (
        <li key={index}>
          <div className="funnel-head">
            <span className="funnel-name"><span className="num dim">{index + 1}</span> {names[index]} {step.optional && <span className="dim">({t('funnel.optional')})</span>}</span>
            <span className="num nowrap">
              <strong>{format.number(step.count)}</strong>
              {step.from_start !== null && <span className="dim"> · {format.percent(step.from_start)}</span>}
              {index > 0 && past?.[index] && <> <Change now={step.from_start} before={past[index].from_start} /></>}
            </span>
          </div>
          <div className="funnel-track">
            <Bar count={step.count} first={first} kind="reached" token={step.people} name={names[index] ?? ''} onOpen={onOpen} />
            {index > 0 && past?.[index] && <span className="funnel-before" style={{ left: `${Math.min(100, (past[index].from_start ?? 0) * 100)}%` }} title={t('funnel.before', { share: format.percent(past[index].from_start ?? 0) })} />}
          </div>
          {step.dropped !== undefined && (
            <div className="funnel-next dim num">
              <CellNumber text={t('funnel.dropped', { count: step.dropped, number: format.number(step.dropped) })} token={step.dropped ? step.people_dropped : null} about={names[index] ?? ''} onOpen={onOpen} />
              {(step.in_progress ?? 0) > 0 && (
                <CellNumber text={t('funnel.in_progress', { count: step.in_progress ?? 0, number: format.number(step.in_progress ?? 0) })} token={step.people_in_progress} about={names[index] ?? ''} onOpen={onOpen} />
              )}
              <Next steps={steps} index={index} />
            </div>
          )}
        </li>
      ))}
    </ol>
  );
}

/** How many go on to the required step after this one, and how long half of them take. */
function Next({ steps, index }: { steps: readonly FunnelStep[]; index: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const next = steps.slice(index + 1).find((step) => !step.optional);
  if (!next || next.conversion === null) return null;
  return (
    <span>
      {t('funnel.go_on', { share: format.percent(next.conversion) })}
      {next.median_seconds !== null && `, ${t('funnel.median', { time: format.span(next.median_seconds) })}`}
    </span>
  );
}

interface BarProps { count: number; first: number; kind: 'reached'; token: string | undefined; name: string; onOpen: OnOpen }

function Bar({ count, first, kind, token, name, onOpen }: BarProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const width = `${(100 * count) / first}%`;
  const number = format.number(count);
  if (!token || count === 0) return <span className={`funnel-bar ${kind}`} style={{ width }} />;
  return (
    <UnstyledButton className={`funnel-bar ${kind}`} style={{ width }} onClick={() => onOpen({ token, about: `${number} · ${name}`, past: false })}
      aria-label={t('answer.open', { number, about: name })} />
  );
}

function TimeToConvert({ answer }: { answer: FunnelAnswer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { count, median_seconds, p90_seconds, bins } = answer.time_to_convert;
  const name = t('funnel.converted');
  const series = useMemo(() => [{ label: name, points: bins.map((bin, index) => [index, bin.count] as const) }], [bins, name]);
  const categories = useMemo(() => bins.map((bin) => format.span(bin.from_seconds)), [bins, format]);
  if (count === 0 || median_seconds === null || p90_seconds === null) return null;
  return (
    <Panel title={t('funnel.time')} about={t('funnel.time_about', { count, number: format.number(count), median: format.span(median_seconds), p90: format.span(p90_seconds) })}>
      <LazyChart kind="stacked" series={series} categories={categories} height={130} label={t('funnel.time')} />
    </Panel>
  );
}

function StepTable({ answer, past, names, onOpen }: { answer: FunnelAnswer; past: FunnelAnswer | undefined; names: string[]; onOpen: OnOpen }) {
  const { t } = useTranslation();
  const format = useFormat();
  const share = (value: number | null) => (value === null ? '–' : format.percent(value));
  const time = (value: number | null) => (value === null ? '–' : format.span(value));
  const heads = ['count', 'known', 'from_start', 'conversion', 'dropped_head', 'in_progress_head', 'median_head', 'p90_head'] as const;
  return (
    <Panel title={t('funnel.table')} about={t('funnel.table_about')} flush>
      <div className="scroll-x">
        <Table className="cards wrap-heads" aria-label={t('funnel.table')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('funnel.step')}</Table.Th>
              {heads.map((head) => <Table.Th key={head} className="num">{t(`funnel.${head}`)}</Table.Th>)}
              {past && <Table.Th className="num">{t('funnel.before_head')}</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {answer.steps.map((step, index) => {
              const about = names[index] ?? '';
              const number = (value: number | undefined, token: string | undefined) =>
                value === undefined ? '–' : <CellNumber text={format.number(value)} token={value ? token : null} about={about} onOpen={onOpen} />;
              return (
                <Table.Tr key={index}>
                  <Cell fw={560}>{index + 1}. {about}</Cell>
                  <Cell label={t('funnel.count')} className="num">{number(step.count, step.people)}</Cell>
                  <Cell label={t('funnel.known')} className="num">{format.number(step.known_count)}</Cell>
                  <Cell label={t('funnel.from_start')} className="num">{share(step.from_start)}</Cell>
                  <Cell label={t('funnel.conversion')} className="num">{index === 0 ? '–' : share(step.conversion)}</Cell>
                  <Cell label={t('funnel.dropped_head')} className="num">{number(step.dropped, step.people_dropped)}</Cell>
                  <Cell label={t('funnel.in_progress_head')} className="num">{number(step.in_progress, step.people_in_progress)}</Cell>
                  <Cell label={t('funnel.median_head')} className="num">{time(step.median_seconds)}</Cell>
                  <Cell label={t('funnel.p90_head')} className="num">{time(step.p90_seconds)}</Cell>
                  {past && (
                    <Cell label={t('funnel.before_head')} className="num">
                      {past.steps[index] && <CellNumber past text={format.number(past.steps[index].count)} token={past.steps[index].count ? past.steps[index].people : null} about={about} onOpen={onOpen} />}
                    </Cell>
                  )}
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </div>
    </Panel>
  );
}

/** The funnel of each value of the breakdown: count and share of its own first step. */
function LineTable({ answer, names, onOpen }: { answer: FunnelAnswer; names: string[]; onOpen: OnOpen }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Panel title={t('answer.by_value')} about={t('funnel.by_value_about')} flush>
      <div className="scroll-x">
        <Table className="cards" aria-label={t('answer.by_value')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('answer.value')}</Table.Th>
              {names.map((name, index) => <Table.Th key={index} className="num">{index + 1}. {name}</Table.Th>)}
              <Table.Th className="num">{t('funnel.median_head')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {(answer.lines ?? []).map((line, place) => {
              const value = line.other ? t('answer.other') : line.breakdown ?? t('answer.none_value');
              const median = line.time_to_convert.median_seconds;
              return (
                <Table.Tr key={place}>
                  <Cell fw={560}>{value}</Cell>
                  {line.steps.map((step, index) => (
                    <Cell key={index} label={names[index] ?? ''} className="num">
                      <CellNumber text={format.number(step.count)} token={step.count ? step.people : null} about={`${names[index]} · ${value}`} onOpen={onOpen} />
                      {index > 0 && step.from_start !== null && <Text span size="xs" c="dimmed"> {format.percent(step.from_start)}</Text>}
                    </Cell>
                  ))}
                  <Cell label={t('funnel.median_head')} className="num">{median === null ? '–' : format.span(median)}</Cell>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </div>
    </Panel>
  );
}
