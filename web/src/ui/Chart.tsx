// Line and bar charts over time or over steps. Loads ECharts; import it lazily (LazyChart).

import { useComputedColorScheme } from '@mantine/core';
import { BarChart, LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import type { Format } from '../data/format';
import { useFormat } from './useFormat';
import { kSeriesColors } from './theme';

echarts.use([LineChart, BarChart, GridComponent, LegendComponent, TooltipComponent, AriaComponent, SVGRenderer]);

export interface ChartSeries {
  label: string;
  points: readonly (readonly [number, number | null])[]; // Milliseconds (or the place of a category), value.
  dashed?: boolean; // What the others are compared with: a dashed line in the colour of its pair.
  pair?: number; // Of a dashed series: the place of the series it is compared with; -1: all of them.
}

export interface ChartProps {
  kind: 'line' | 'stacked';
  series: readonly ChartSeries[];
  height: number;
  label: string; // What the chart shows, for screen readers.
  from?: number | undefined;
  to?: number | undefined;
  categories?: readonly string[] | undefined; // Instead of time: names of the places on the axis.
  value?: ((value: number) => string) | undefined; // A value as text; absent: a plain number.
  compact?: ((value: number) => string) | undefined; // The same on the axis.
  onPick?: ((series: number, point: number) => void) | undefined; // A point or bar was clicked.
}

function timeAxis({ from, to }: ChartProps, format: Format) {
  return {
    type: 'time', min: from, max: to,
    axisPointer: { label: { formatter: ({ value }: { value: unknown }) => format.clock(Number(value)) } },
    axisLabel: { hideOverlap: true, formatter: (at: number) => format.minute(at) },
  };
}

function optionsOf(props: ChartProps, format: Format, scheme: 'light' | 'dark') {
  const { kind, series, label, categories } = props;
  const dark = scheme === 'dark';
  const text = dark ? '#a3ada9' : '#57605c';
  const rule = dark ? '#2e3634' : '#e4e8e6';
  const colors = kSeriesColors[scheme];
  const isWhole = series.every((one) => one.points.every(([, value]) => value === null || Number.isInteger(value)));
  const axis = categories ? { type: 'category', data: [...categories], axisLabel: { hideOverlap: true } } : timeAxis(props, format);
  return {
    animation: false,
    aria: { enabled: true, label: { description: label } },
    color: [...colors],
    grid: { left: 8, right: 12, top: 10, bottom: series.length > 1 ? 30 : 4, containLabel: true },
    legend: { show: series.length > 1, type: 'scroll', bottom: 0, icon: 'roundRect', itemWidth: 10, itemHeight: 10, textStyle: { color: text }, pageTextStyle: { color: text } },
    tooltip: {
      trigger: 'axis', confine: true, backgroundColor: dark ? '#242a29' : '#fff', borderColor: rule,
      textStyle: { color: dark ? '#d5dbd8' : '#272d2b', fontSize: 12 },
      valueFormatter: (value: unknown) => (value === null || value === undefined ? '–' : (props.value ?? format.number)(Number(value))),
    },
    xAxis: { ...axis, axisLine: { lineStyle: { color: rule } }, axisTick: { show: false }, axisLabel: { ...axis.axisLabel, color: text }, splitLine: { show: false } },
    yAxis: { type: 'value', splitNumber: props.height < 180 ? 3 : 5, ...(isWhole ? { minInterval: 1 } : {}), axisLabel: { color: text, formatter: (v: number) => (props.compact ?? format.compact)(v) }, splitLine: { lineStyle: { color: rule } } },
    series: series.map((one, index) => {
      const line = kind === 'line' || one.dashed;
      const color = one.pair === -1 ? text : colors[(one.dashed ? one.pair ?? 0 : index) % colors.length];
      return {
        name: one.label,
        type: line ? 'line' : 'bar',
        stack: line ? undefined : 'all',
        color, cursor: props.onPick ? 'pointer' : 'default', triggerLineEvent: false,
        showSymbol: !!categories && line && one.points.length < 100, symbol: 'circle', symbolSize: 5, barMaxWidth: 26,
        lineStyle: { width: 1.8, type: one.dashed ? 'dashed' : 'solid', opacity: one.dashed ? 0.75 : 1 },
        areaStyle: line && !one.dashed && series.length < 4 ? { opacity: 0.12 } : undefined,
        data: one.points.map(([at, value]) => [at, value]),
      };
    }),
  };
}

export default function Chart(props: ChartProps) {
  const { series, height, label } = props;
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts | null>(null);
  const pick = useRef(props.onPick);
  pick.current = props.onPick;
  const scheme = useComputedColorScheme('light');
  const format = useFormat();

  useEffect(() => {
    if (!host.current) return;
    const made = echarts.init(host.current, undefined, { renderer: 'svg' });
    chart.current = made;
    made.on('click', (event) => {
      if (event.seriesIndex !== undefined) pick.current?.(event.seriesIndex, event.dataIndex);
    });
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(host.current);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);

  const { kind, from, to, categories } = props;
  useEffect(() => {
    chart.current?.setOption(optionsOf(props, format, scheme), { replaceMerge: ['series'] });
  }, [kind, series, label, from, to, categories, scheme, format]);

  return <div ref={host} style={{ height, width: '100%' }} role="img" aria-label={label} />;
}
