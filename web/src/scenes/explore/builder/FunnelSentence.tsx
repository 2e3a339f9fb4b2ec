import { Button } from '@mantine/core';
import { Trans, useTranslation } from 'react-i18next';
import { changed, isChosen, type EventChoice, type FunnelQuestion, type FunnelStep } from '../question';
import { useEventText, useLengthText, useListed, usePropertyName } from '../words';
import { ChoiceChip } from './Chip';
import { EventChip } from './EventChip';
import { BreakdownChip, BreakdownPart, CommonAdds, commonParts, LengthChip, Part, PropertyChip, suggestFrom, type SentenceProps } from './parts';

const kOrders = ['ordered', 'strict', 'any'] as const;
const kCounts = ['people', 'sessions', 'totals'] as const;
const kStepsMost = 32;

/** How far people go, and how fast. */
export function FunnelSentence(props: SentenceProps<FunnelQuestion>) {
  const { t } = useTranslation();
  const lengthText = useLengthText();
  const { question, onChange } = props;
  const order = question.order ?? 'ordered';
  const count = question.count ?? 'people';
  const window = question.window ?? '7d';
  const withOrder = (next: (typeof kOrders)[number]) => onChange(next === 'any'
    ? changed(question, { order: next, ties: undefined, steps: question.steps.map(({ optional: _, ...step }) => step) })
    : changed(question, { order: next }));
  return (
    <>
      <p className="sentence">
        <Trans t={t} i18nKey="ask.funnel" components={{
          ...commonParts(props),
          count: <ChoiceChip text={t(`ask.count_${count}`)} label={t('ask.count')} value={count} choices={kCounts.map((one) => ({ value: one, label: t(`ask.count_${one}`) }))} onChoose={(next) => onChange(changed(question, { count: next }))} />,
          steps: <Steps {...props} />,
          order: <ChoiceChip text={t(`ask.order_${order}`)} label={t('ask.order')} value={order} choices={kOrders.map((one) => ({ value: one, label: t(`ask.order_${one}`) }))} onChoose={withOrder} />,
          window: <LengthChip text={lengthText(window)} label={t('ask.window')} value={window} units={['h', 'd', 'w', 'mo']} onChange={(next) => onChange(changed(question, { window: next }))} />,
          hold: <HoldPart {...props} />,
          without: <WithoutPart {...props} />,
          breakdown: <BreakdownPart {...props} />,
        }} />
      </p>
      <div className="ask-more">
        {question.steps.length < kStepsMost && <EventChip<EventChoice> add choice={{}} text={t('ask.add_step')} label={t('ask.add_step')} onChange={(choice) => onChange({ ...question, steps: [...question.steps, choice as FunnelStep] })} />}
        {!question.breakdown && <BreakdownChip {...props} />}
        {!question.hold?.length && <PropertyChip of={suggestFrom(question)} value={undefined} label={t('ask.hold')} addText={t('ask.add_hold')} onChange={(property) => property && onChange({ ...question, hold: [property] })} />}
        {!question.exclusions?.length && <EventChip<EventChoice> add choice={{}} text={t('ask.add_exclusion')} label={t('ask.add_exclusion')} onChange={(choice) => onChange(changed(question, { exclusions: [choice] as NonNullable<FunnelQuestion['exclusions']> }))} />}
        <CommonAdds {...props} />
      </div>
    </>
  );
}

/** The steps, one after the other. */
function Steps({ question, onChange }: SentenceProps<FunnelQuestion>) {
  const { t } = useTranslation();
  const eventText = useEventText();
  const { steps } = question;
  const put = (next: FunnelStep[]) => onChange(withSteps(question, next));
  const swap = (a: number, b: number) => steps.map((step, place) => (place === a ? steps[b]! : place === b ? steps[a]! : step));
  const mayBeOptional = (index: number) => (question.order ?? 'ordered') !== 'any' && index > 0 && index < steps.length - 1;
  return (
    <>
      {steps.map((step, index) => (
        <span key={index}>
          {index > 0 && t(question.order === 'any' ? 'ask.step_and' : 'ask.step_then')}
          <EventChip<EventChoice> choice={step as EventChoice} label={t('ask.step', { number: index + 1 })}
            {...(step.optional && isChosen(step as EventChoice) ? { text: t('ask.step_optional', { event: eventText(step as EventChoice) }) } : {})}
            {...(mayBeOptional(index) ? { optional: true } : {})}
            more={(close) => {
              const act = (next: FunnelStep[]) => () => { close(); put(next); };
              return (
                <>
                  {index > 0 && <Button variant="default" onClick={act(swap(index, index - 1))}>{t('ask.earlier')}</Button>}
                  {index < steps.length - 1 && <Button variant="default" onClick={act(swap(index, index + 1))}>{t('ask.later')}</Button>}
                  {steps.length > 1 && <Button variant="default" onClick={act(steps.filter((_, place) => place !== index))}>{t('ask.remove')}</Button>}
                </>
              );
            }}
            onChange={(choice) => put(steps.map((one, place) => (place === index ? (choice as FunnelStep) : one)))} />
        </span>
      ))}
    </>
  );
}

/** The first and the last step cannot be left out. */
function withSteps(question: FunnelQuestion, steps: FunnelStep[]): FunnelQuestion {
  return {
    ...question,
    steps: steps.map((step, index) => {
      const { optional, ...rest } = step;
      return optional && index > 0 && index < steps.length - 1 ? step : rest;
    }),
  };
}

function HoldPart({ question, onChange }: SentenceProps<FunnelQuestion>) {
  const { t } = useTranslation();
  const name = usePropertyName();
  const listed = useListed();
  const hold = question.hold ?? [];
  if (hold.length === 0) return null;
  if (hold.length > 1) return <>{t('ask.part_hold_many', { properties: listed(hold.map(name)) })}</>;
  const chip = <PropertyChip removable of={suggestFrom(question)} value={hold[0]} label={t('ask.hold')} onChange={(property) => onChange(changed(question, { hold: property ? [property] : undefined }))} />;
  return <Trans t={t} i18nKey="ask.part_hold" components={{ chip }} />;
}

function WithoutPart({ question, onChange }: SentenceProps<FunnelQuestion>) {
  const { t } = useTranslation();
  const exclusions = question.exclusions ?? [];
  if (exclusions.length === 0) return null;
  const put = (next: typeof exclusions) => onChange(changed(question, { exclusions: next.length ? next : undefined }));
  const chip = (
    <>
      {exclusions.map((one, index) => (
        <span key={index}>
          {index > 0 && ', '}
          <EventChip<EventChoice> choice={one as EventChoice} label={t('ask.exclusion')}
            more={(close) => <Button variant="default" onClick={() => { close(); put(exclusions.filter((_, place) => place !== index)); }}>{t('ask.remove')}</Button>}
            onChange={(choice) => put(exclusions.map((old, place) => (place === index ? ({ ...old, ...choice } as typeof old) : old)))} />
        </span>
      ))}
    </>
  );
  return <Trans t={t} i18nKey="ask.part_without" components={{ chip: <Part of={chip} /> }} />;
}
