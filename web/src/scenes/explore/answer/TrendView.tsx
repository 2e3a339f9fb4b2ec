import { Table, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Interval } from '../../../data/format';
import { Cell } from '../../../ui/Cell';
import { LazyChart } from '../../../ui/LazyChart';
import { Panel } from '../../../ui/Panel';
import { Partial } from '../../../ui/States';
import { useFormat } from '../../../ui/useFormat';
import type { Measure, TrendQuestion } from '../question';
import { useEventName } from '../words';
import type { KindViewProps } from './AnswerView';
import { chartsOf, isPart, trendChartKind, trendLines, unitOf, type OnOpen, type TrendAnswer, type TrendLine } from './answerData';
import { CellNumber, Change } from './CellNumber';

const kDrawn = 8; // As many lines as there are colours.

/** What a line counts, in words. */
function useLineName(question: TrendQuestion) {
  const { t } = useTranslation();
  const eventName = useEventName();
  return (line: TrendLine): string => {
    const asked = question.series[line.series];
    const event = asked?.label ?? eventName({ ...asked, event: line.event } as { event: string });
    const value = { whole: null, value: line.value, none: t('answer.none_value'), other: t('answer.other') }[line.kind];
    const several = question.series.length > 1;
    const what = several ? `${event} (${t(`measure.title_${line.measure}`)})` : event;
    return [value === null || several ? what : null, value, line.currency].filter(Boolean).join(' · ');
  };
}

function useValueText() {
  const format = useFormat();
  return (line: Pick<TrendLine, 'measure' | 'currency'>, value: number | null) => {
    if (value === null) return '–';
    if (line.currency) return format.money(value, line.currency);
    return format.number(value, Number.isInteger(value) ? 0 : 2);
  };
}

export function TrendView({ of, before, show, height, onOpen }: KindViewProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const question = of.question as TrendQuestion;
  const answer = of.answer as TrendAnswer;
  const name = useLineName(question);
  const text = useValueText();
  const lines = useMemo(() => trendLines(question, answer), [question, answer]);
  const past = useMemo(() => (before ? trendLines(before.question as TrendQuestion, before.answer as TrendAnswer) : []), [before]);
  const charts = useMemo(() => chartsOf(lines), [lines]);
  const interval = answer.meta.interval as Interval;
  const ignored = lines.reduce((sum, line) => Math.max(sum, line.ignored), 0);
  const titleOf = (measures: readonly Measure[]) => [...new Set(measures)].map((one) => t(`measure.title_${one}`)).join(', ');
  // Of several charts each is lower; within a tile they share its height.
  const heightOfEach = charts.length === 1 ? height : show === 'chart' ? height / charts.length : Math.max(150, 0.7 * height);
  const captionOf = (chart: TrendLine[]) => chart[0]!.currency ?? titleOf(chart.map((line) => line.measure));
  const describe = (line: TrendLine, at: number) => `${name(line)} · ${t(`measure.${line.measure}`)} · ${format.bucket(at, interval)}`;
  return (
    <>
      {ignored > 0 && <Partial>{t('answer.ignored', { count: ignored, number: format.number(ignored) })}</Partial>}
      {lines.some((line) => line.limited) && <Partial>{t('answer.limited')}</Partial>}
      {show !== 'table' && (
        <Panel title={titleOf(question.series.map((one) => one.measure))}
          about={t('answer.by_interval', { interval: t(`interval.${interval}`), timezone: answer.meta.timezone, people: format.number(answer.meta.people), known: format.number(answer.meta.people_known) })}>
          {charts.map((chart) => (
            <TrendChart key={unitOf(chart[0]!)} lines={chart} past={past} height={heightOfEach} interval={interval}
              caption={charts.length > 1 ? captionOf(chart) : null} {...{ name, text, describe, onOpen }} />
          ))}
        </Panel>
      )}
      {show !== 'chart' && (lines.length > 1 || before) && <Totals lines={lines} past={past} name={name} text={text} compared={!!before} />}
      {show !== 'chart' && (
        <Points lines={lines} past={past} head={name} text={text} interval={interval} meta={answer.meta} compared={!!before} describe={describe} onOpen={onOpen} />
      )}
    </>
  );
}

type ValueText = ReturnType<typeof useValueText>;

interface TrendChartProps {
  lines: TrendLine[]; // Of one unit.
  past: TrendLine[];
  height: number;
  interval: Interval;
  caption: string | null;
  name: (line: TrendLine) => string;
  text: ValueText;
  describe: (line: TrendLine, at: number) => string;
  onOpen: OnOpen;
}

/** Lines of one unit over time; the period before lies under them, interval by interval. */
function TrendChart({ lines, past, height, interval, caption, name, text, describe, onOpen }: TrendChartProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const drawn = useMemo(() => chartOf(lines.slice(0, kDrawn), past, name, t('answer.before')), [lines, past, t]);
  const categories = useMemo(() => (lines[0]?.points ?? []).map(({ at }) => format.tick(at, interval)), [lines, format, interval]);
  const pick = (index: number, point: number) => {
    const chosen = drawn.picks[index];
    const found = chosen?.line.points[point];
    if (chosen && found?.people) onOpen({ token: found.people, about: `${text(chosen.line, found.value)} · ${describe(chosen.line, found.at)}`, past: chosen.past });
  };
  const unit = { measure: lines[0]?.measure ?? 'events', currency: lines[0]?.currency ?? null } as const;
  return (
    <>
      {caption && <p className="chart-name">{caption}</p>}
      <LazyChart kind={trendChartKind(lines)} series={drawn.series} height={height} label={caption ? `${caption}: ${t('answer.chart_trend')}` : t('answer.chart_trend')} categories={categories}
        onPick={pick} value={(value) => text(unit, value)} />
      {lines.length > kDrawn && <Text size="xs" c="dimmed">{t('answer.drawn', { drawn: kDrawn, all: format.number(lines.length) })}</Text>}
    </>
  );
}

const kPairsMost = 4; // More dashed lines than these tell nothing.

/**
 * The series to draw, and for each what a click on it means. The period before lies under this one,
 * point by point: of bars on each other as one line, their sum; of many lines in the table only.
 */
function chartOf(lines: TrendLine[], past: TrendLine[], name: (line: TrendLine) => string, before: string) {
  const series = lines.map((line) => ({ label: name(line), points: line.points.map(({ value }, index) => [index, value] as const) }));
  const picks = lines.map((line) => ({ line, past: false }));
  const places = lines[0]?.points ?? [];
  if (trendChartKind(lines) === 'stacked' && lines.length > 1) {
    const same = past.filter((one) => one.series === lines[0]?.series && unitOf(one) === unitOf(lines[0]));
    const sum = (index: number) => same.reduce((all, line) => all + (line.points[index]?.value ?? 0), 0);
    const whole = { label: before, dashed: true, pair: -1, points: places.map((_, index) => [index, sum(index)] as const) };
    return { series: same.length > 0 ? [...series, whole] : series, picks };
  }
  const pairs = lines.length > kPairsMost ? [] : lines.flatMap((line, pair) => past.filter((one) => one.key === line.key).map((found) => ({ found, pair })));
  return {
    series: [...series, ...pairs.map(({ found, pair }) => ({
      label: `${name(found)} · ${before}`, dashed: true, pair, points: places.map((_, index) => [index, found.points[index]?.value ?? null] as const),
    }))],
    picks: [...picks, ...pairs.map(({ found }) => ({ line: found, past: true }))],
  };
}

function Totals({ lines, past, name, text, compared }: { lines: TrendLine[]; past: TrendLine[]; name: (line: TrendLine) => string; text: ValueText; compared: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const counts = lines.some((line) => line.known !== null); // People, or what they did not do twice.
  return (
    <Panel title={t('answer.whole_range')} {...(counts ? { about: t('answer.whole_range_about') } : {})} flush>
      <div className="scroll-x">
        <Table className="cards" aria-label={t('answer.whole_range')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('answer.line')}</Table.Th>
              <Table.Th className="num">{t('answer.total')}</Table.Th>
              {counts && <Table.Th className="num">{t('answer.of_known')}</Table.Th>}
              {compared && <Table.Th className="num">{t('answer.before')}</Table.Th>}
              {compared && <Table.Th className="num">{t('answer.change')}</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {lines.map((line) => {
              const pair = past.find((one) => one.key === line.key);
              return (
                <Table.Tr key={line.key}>
                  <Cell fw={560}>{name(line)}</Cell>
                  <Cell label={t('answer.total')} className="num">{text(line, line.total)}</Cell>
                  {counts && <Cell label={t('answer.of_known')} className="num">{line.known === null ? '–' : format.number(line.known)}</Cell>}
                  {compared && <Cell label={t('answer.before')} className="num">{pair ? text(pair, pair.total) : '–'}</Cell>}
                  {compared && <Cell label={t('answer.change')} className="num"><Change now={line.total} before={pair?.total} /></Cell>}
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </div>
    </Panel>
  );
}

interface PointsProps {
  lines: TrendLine[];
  past: TrendLine[];
  head: (line: TrendLine) => string;
  text: ValueText;
  interval: Interval;
  meta: TrendAnswer['meta'];
  compared: boolean;
  describe: (line: TrendLine, at: number) => string;
  onOpen: OnOpen;
}

/** Every point as a number that opens its people, newest first. */
function Points({ lines, past, head, text, interval, meta, compared, describe, onOpen }: PointsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const rows = (lines[0]?.points ?? []).map(({ at }, index) => ({ at, index })).reverse();
  const withPast = compared && lines.length === 1;
  return (
    <Panel title={t(`interval.table_${interval}`)} about={t('answer.points_about')} flush>
      <div className="scroll-x">
        <Table className="cards" aria-label={t(`interval.table_${interval}`)}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('answer.begins')}</Table.Th>
              {lines.map((line) => <Table.Th key={line.key} className="num">{head(line)}</Table.Th>)}
              {withPast && <Table.Th className="num">{t('answer.before')}</Table.Th>}
              {withPast && <Table.Th className="num">{t('answer.change')}</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(({ at, index }) => {
              const pair = past[0]?.points[index];
              return (
                <Table.Tr key={at}>
                  <Cell className="nowrap num" ta="left"><span>{format.bucket(at, interval)}{isPart(at, interval, meta) && <Text span size="xs" c="dimmed"> · {t('answer.part')}</Text>}</span></Cell>
                  {lines.map((line) => {
                    const point = line.points[index];
                    return (
                      <Cell key={line.key} label={head(line)} className="num">
                        <CellNumber text={text(line, point?.value ?? null)} token={point?.value ? point.people : null} about={describe(line, at)} onOpen={onOpen} />
                      </Cell>
                    );
                  })}
                  {withPast && (
                    <Cell label={t('answer.before')} className="num">
                      {pair && <CellNumber past text={text(past[0]!, pair.value)} token={pair.value ? pair.people : null} about={describe(past[0]!, pair.at)} onOpen={onOpen} />}
                    </Cell>
                  )}
                  {withPast && <Cell label={t('answer.change')} className="num"><Change now={lines[0]!.points[index]?.value} before={pair?.value} /></Cell>}
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </div>
    </Panel>
  );
}
