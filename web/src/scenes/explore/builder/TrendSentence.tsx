import { Button } from '@mantine/core';
import { Trans, useTranslation } from 'react-i18next';
import { changed, kMeasures, needsProperty, type EventChoice, type Measure, type TrendQuestion, type TrendSeries } from '../question';
import { ChoiceChip } from './Chip';
import { EventChip } from './EventChip';
import { BreakdownChip, BreakdownPart } from './Breakdown';
import { CommonAdds, commonParts, Listed, PropertyChip, type SentenceProps } from './parts';

const kIntervals = ['hour', 'day', 'week', 'month'] as const;
const kSeriesMost = 6;

/** How many, how much: by hour, day, week or month. */
export function TrendSentence(props: SentenceProps<TrendQuestion>) {
  const { t } = useTranslation();
  const { question, onChange } = props;
  const put = (series: TrendSeries[]) => onChange({ ...question, series });
  const interval = question.interval;
  return (
    <>
      <p className="sentence">
        <Trans t={t} i18nKey="ask.trend" components={{
          ...commonParts(props),
          series: <Listed items={question.series.map((one, index) => <Series key={index} series={one} index={index} all={question.series} onChange={put} />)} />,
          interval: <ChoiceChip text={t(`interval.by_${interval}`)} label={t('ask.interval')} value={interval} choices={kIntervals.map((one) => ({ value: one, label: t(`interval.by_${one}`) }))} onChoose={(next) => onChange({ ...question, interval: next })} />,
          breakdown: <BreakdownPart {...props} />,
        }} />
      </p>
      <div className="ask-more">
        {question.series.length < kSeriesMost && (
          <EventChip<EventChoice> add choice={{}} text={t('ask.add_series')} label={t('ask.add_series')} onChange={(choice) => put([...question.series, { ...choice, event: choice.event ?? '*', measure: question.series[0]?.measure === 'people' ? 'people' : 'events' } as TrendSeries])} />
        )}
        {!question.breakdown && <BreakdownChip {...props} />}
        <CommonAdds {...props} />
      </div>
    </>
  );
}

interface SeriesProps { series: TrendSeries; index: number; all: TrendSeries[]; onChange: (series: TrendSeries[]) => void }

/** What is counted of which events. */
function Series({ series, index, all, onChange }: SeriesProps) {
  const { t } = useTranslation();
  const put = (fields: Partial<{ [K in keyof TrendSeries]: TrendSeries[K] | undefined }>) => onChange(all.map((one, place) => (place === index ? changed(one, fields) : one)));
  const remove = () => onChange(all.filter((_, place) => place !== index));
  const template = `ask.series_${series.measure}` as const;
  // The first word of the sentence is written large, where it is the measure's.
  const isFirst = index === 0 && t('ask.trend').startsWith('<series/>') && t(template).startsWith('<measure>');
  const measure = <MeasureChip value={series.measure} large={isFirst} onChange={(next) => put({ measure: next, ...(needsProperty(next) ? {} : { property: undefined }) })} />;
  const event = (
    <EventChip<EventChoice> choice={series as EventChoice} label={t('ask.event')}
      more={all.length > 1 ? (close) => <Button variant="default" onClick={() => { close(); remove(); }}>{t('ask.remove')}</Button> : () => null}
      onChange={(choice) => onChange(all.map((one, place) => {
        if (place !== index) return one;
        const { event: _, where: __, ...rest } = one;
        const { type: ___, ...bare } = rest as typeof rest & { type?: string };
        return { ...bare, ...choice, event: choice.event ?? '*' } as TrendSeries;
      }))} />
  );
  const property = <PropertyChip of={{ event: series.event, ...((series as EventChoice).type ? { type: (series as EventChoice).type! } : {}) }} value={series.property} label={t('ask.property_of_sum')} only="number" onChange={(next) => put({ property: next })} />;
  return <Trans t={t} i18nKey={template} components={{ measure, event, property }} />;
}

/** The measure; its words are those of the sentence around it. */
function MeasureChip({ value, large, onChange, children }: { value: Measure; large: boolean; onChange: (measure: Measure) => void; children?: string | string[] }) {
  const { t, i18n } = useTranslation();
  const words = [children ?? ''].flat().join('');
  return <ChoiceChip text={large ? words.charAt(0).toLocaleUpperCase(i18n.language) + words.slice(1) : words} label={t('ask.measure')} value={value} choices={kMeasures.map((one) => ({ value: one, label: t(`measure.${one}`) }))} onChoose={onChange} />;
}
