import { Trans, useTranslation } from 'react-i18next';
import { changed, type AttributionQuestion, type EventChoice } from '../question';
import { useLengthText } from '../../../ui/useLengthText';
import { EventChip } from './EventChip';
import { CommonAdds, commonParts, LengthChip, ManyChip, Part, PropertyChip, type SentenceProps } from './parts';

export const kModels = ['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay'] as const;
export const kBy = ['channel', 'media', 'place', 'source', 'medium', 'campaign', 'asset', 'term', 'referrer'] as const;
type By = (typeof kBy)[number];

type Conversion = EventChoice & { value?: string };

/** What each channel brought. */
export function AttributionSentence(props: SentenceProps<AttributionQuestion>) {
  const { t } = useTranslation();
  const lengthText = useLengthText();
  const { question, onChange } = props;
  const conversion = question.conversion as Conversion;
  const by = [question.by ?? 'channel'].flat() as By[];
  const models = question.models?.length ? question.models : [...kModels.slice(0, 3)];
  const lookback = question.lookback ?? '90d';
  const halfLife = question.half_life ?? '7d';
  const put = (next: Conversion) => onChange({ ...question, conversion: next as AttributionQuestion['conversion'] });
  const value = (addText?: string) => (
    <PropertyChip removable only="number" of={conversion} value={conversion.value} label={t('ask.worth')} {...(addText ? { addText } : {})}
      onChange={(property) => put(changed(conversion, { value: property }))} />
  );
  return (
    <>
      <p className="sentence">
        <Trans t={t} i18nKey="ask.attribution" components={{
          ...commonParts(props),
          by: <ManyChip values={by} most={3} label={t('ask.by')} choices={kBy.map((one) => ({ value: one, label: t(`by.${one}`) }))} onChange={(next) => onChange(changed(question, { by: next.length === 1 ? next[0] : next }))} />,
          conversion: <EventChip<Conversion> choice={conversion} label={t('ask.conversion')} onChange={put} />,
          worth: <Part of={conversion.value ? <Trans t={t} i18nKey="ask.part_worth" components={{ chip: value() }} /> : null} />,
          models: <ManyChip values={models} label={t('ask.models')} choices={kModels.map((one) => ({ value: one, label: t(`model.${one}`) }))} onChange={(next) => onChange(changed(question, { models: next, ...(next.includes('time_decay') ? {} : { half_life: undefined }) }))} />,
          decay: <Part of={models.includes('time_decay') ? <Trans t={t} i18nKey="ask.part_decay" components={{ chip: <LengthChip text={lengthText(halfLife)} label={t('ask.half_life')} value={halfLife} units={['h', 'd', 'w']} onChange={(next) => onChange(changed(question, { half_life: next }))} /> }} /> : null} />,
          lookback: <LengthChip text={lengthText(lookback)} label={t('ask.lookback')} value={lookback} units={['d', 'w', 'mo']} onChange={(next) => onChange(changed(question, { lookback: next }))} />,
        }} />
      </p>
      <div className="ask-more">
        {!conversion.value && value(t('ask.add_worth'))}
        <CommonAdds {...props} />
      </div>
    </>
  );
}
