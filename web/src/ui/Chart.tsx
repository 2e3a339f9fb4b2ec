// Line and bar charts over time. Loads ECharts; import it lazily (LazyChart).

import { useComputedColorScheme } from '@mantine/core';
import { BarChart, LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { useFormat } from './useFormat';
import { kSeriesColors } from './theme';

echarts.use([LineChart, BarChart, GridComponent, LegendComponent, TooltipComponent, AriaComponent, SVGRenderer]);

export interface ChartSeries {
  label: string;
  points: readonly (readonly [number, number])[]; // Milliseconds, value.
}

export interface ChartProps {
  kind: 'line' | 'stacked';
  series: readonly ChartSeries[];
  height: number;
  label: string; // What the chart shows, for screen readers.
  from?: number | undefined;
  to?: number | undefined;
}

export default function Chart({ kind, series, height, label, from, to }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts | null>(null);
  const scheme = useComputedColorScheme('light');
  const format = useFormat();

  useEffect(() => {
    if (!host.current) return;
    const made = echarts.init(host.current, undefined, { renderer: 'svg' });
    chart.current = made;
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(host.current);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    const dark = scheme === 'dark';
    const text = dark ? '#a3ada9' : '#57605c';
    const rule = dark ? '#2e3634' : '#e4e8e6';
    chart.current?.setOption({
      animation: false,
      aria: { enabled: true, label: { description: label } },
      color: [...kSeriesColors[scheme]],
      grid: { left: 8, right: 12, top: 10, bottom: series.length > 1 ? 30 : 4, containLabel: true },
      legend: { show: series.length > 1, bottom: 0, icon: 'roundRect', itemWidth: 10, itemHeight: 10, textStyle: { color: text } },
      tooltip: {
        trigger: 'axis', confine: true, backgroundColor: dark ? '#242a29' : '#fff', borderColor: rule,
        textStyle: { color: dark ? '#d5dbd8' : '#272d2b', fontSize: 12 },
        valueFormatter: (value: unknown) => format.number(Number(value)),
      },
      xAxis: { type: 'time', min: from, max: to, axisPointer: { label: { formatter: ({ value }: { value: unknown }) => format.clock(Number(value)) } }, axisLine: { lineStyle: { color: rule } }, axisTick: { show: false },
        axisLabel: { color: text, hideOverlap: true, formatter: (at: number) => format.minute(at) }, splitLine: { show: false } },
      yAxis: { type: 'value', minInterval: 1, axisLabel: { color: text, formatter: (v: number) => format.compact(v) }, splitLine: { lineStyle: { color: rule } } },
      series: series.map((one) => ({
        name: one.label,
        type: kind === 'line' ? 'line' : 'bar',
        stack: kind === 'stacked' ? 'all' : undefined,
        showSymbol: false, barMaxWidth: 26, lineStyle: { width: 1.8 },
        areaStyle: kind === 'line' ? { opacity: 0.12 } : undefined,
        data: one.points.map(([at, value]) => [at, value]),
      })),
    }, { replaceMerge: ['series'] });
  }, [kind, series, label, from, to, scheme, format]);

  return <div ref={host} style={{ height, width: '100%' }} role="img" aria-label={label} />;
}
