import { Button, Group, Select } from '@mantine/core';
import { Trans, useTranslation } from 'react-i18next';
import { changed, isChosen, withOrder, withSteps, type EventChoice, type FunnelQuestion, type FunnelStep } from '../question';
import { useLengthText } from '../../../ui/useLengthText';
import { useEventText } from '../words';
import { ChoiceChip } from './Chip';
import { EventChip } from './EventChip';
import { kInside } from './inputs';
import { BreakdownChip, BreakdownPart } from './Breakdown';
import { AddTies, CommonAdds, commonParts, LengthChip, Listed, Part, PropertyChip, suggestFrom, TiesPart, type SentenceProps } from './parts';

const kOrders = ['ordered', 'strict', 'any'] as const;
const kCounts = ['people', 'sessions', 'totals'] as const;
const kStepsMost = 32;
const kHoldMost = 4;
const kExclusionsMost = 8; // More than that nobody reads in a sentence.

/** How far people go, and how fast. */
export function FunnelSentence(props: SentenceProps<FunnelQuestion>) {
  const { t } = useTranslation();
  const lengthText = useLengthText();
  const { question, onChange } = props;
  const order = question.order ?? 'ordered';
  const count = question.count ?? 'people';
  const window = question.window ?? '7d';
  return (
    <>
      <p className="sentence">
        <Trans t={t} i18nKey="ask.funnel" components={{
          ...commonParts(props),
          count: <ChoiceChip text={t(`ask.count_${count}`)} label={t('ask.count')} value={count} choices={kCounts.map((one) => ({ value: one, label: t(`ask.count_${one}`) }))} onChoose={(next) => onChange(changed(question, { count: next }))} />,
          steps: <Steps {...props} />,
          order: <ChoiceChip text={t(`ask.order_${order}`)} label={t('ask.order')} value={order} choices={kOrders.map((one) => ({ value: one, label: t(`ask.order_${one}`) }))} onChoose={(next) => onChange(withOrder(question, next))} />,
          window: <LengthChip text={lengthText(window)} label={t('ask.window')} value={window} units={['h', 'd', 'w', 'mo']} onChange={(next) => onChange(changed(question, { window: next }))} />,
          ties: <TiesPart {...props} />,
          hold: <HoldPart {...props} />,
          without: <WithoutPart {...props} />,
          breakdown: <BreakdownPart {...props} />,
        }} />
      </p>
      <div className="ask-more">
        {question.steps.length < kStepsMost && <EventChip<EventChoice> add choice={{}} text={t('ask.add_step')} label={t('ask.add_step')} onChange={(choice) => onChange({ ...question, steps: [...question.steps, choice as FunnelStep] })} />}
        {!question.breakdown && <BreakdownChip {...props} />}
        {(question.hold?.length ?? 0) < kHoldMost && <PropertyChip of={suggestFrom(question)} value={undefined} label={t('ask.hold')} addText={t('ask.add_hold')} onChange={(property) => property && onChange({ ...question, hold: [...new Set([...(question.hold ?? []), property])] })} />}
        {order !== 'any' && <AddTies {...props} />}
        {(question.exclusions?.length ?? 0) < kExclusionsMost && <EventChip<EventChoice> add choice={{}} text={t('ask.add_exclusion')} label={t('ask.add_exclusion')} onChange={(choice) => onChange({ ...question, exclusions: [...(question.exclusions ?? []), choice as Exclusion] })} />}
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

function HoldPart({ question, onChange }: SentenceProps<FunnelQuestion>) {
  const { t } = useTranslation();
  const hold = question.hold ?? [];
  if (hold.length === 0) return null;
  const put = (index: number, property: string | undefined) => {
    const next = hold.map((one, place) => (place === index ? property : one)).filter((one) => one !== undefined);
    onChange(changed(question, { hold: next.length ? [...new Set(next)] : undefined }));
  };
  const chips = hold.map((one, index) => <PropertyChip key={one} removable of={suggestFrom(question)} value={one} label={t('ask.hold')} onChange={(property) => put(index, property)} />);
  return <Trans t={t} i18nKey={hold.length > 1 ? 'ask.part_hold_many' : 'ask.part_hold'} components={{ chip: <Part of={<Listed items={chips} />} /> }} />;
}

type Exclusion = NonNullable<FunnelQuestion['exclusions']>[number];

interface BetweenProps { exclusion: Exclusion; steps: FunnelStep[]; onChange: (exclusion: Exclusion) => void }

/** Between which two steps an event must not come; without a choice between the first and the last. */
function Between({ exclusion, steps, onChange }: BetweenProps) {
  const { t } = useTranslation();
  const { from_step: from = 1, to_step: to = steps.length } = exclusion;
  const choices = steps.flatMap((step, index) => (step.optional ? [] : [{ value: String(index + 1), label: t('ask.step', { number: index + 1 }) }]));
  const put = (next: { from_step: number; to_step: number }) => {
    const isWhole = next.from_step === 1 && next.to_step === steps.length;
    onChange(changed(exclusion, isWhole ? { from_step: undefined, to_step: undefined } : next));
  };
  return (
    <Group gap="xs" grow>
      <Select size="xs" label={t('ask.after_step')} allowDeselect={false} comboboxProps={kInside} value={String(from)} data={choices.filter((one) => Number(one.value) < to)} onChange={(next) => put({ from_step: Number(next), to_step: to })} />
      <Select size="xs" label={t('ask.before_step')} allowDeselect={false} comboboxProps={kInside} value={String(to)} data={choices.filter((one) => Number(one.value) > from)} onChange={(next) => put({ from_step: from, to_step: Number(next) })} />
    </Group>
  );
}

function WithoutPart({ question, onChange }: SentenceProps<FunnelQuestion>) {
  const { t } = useTranslation();
  const eventText = useEventText();
  const exclusions = question.exclusions ?? [];
  const mayPlace = (question.order ?? 'ordered') !== 'any' && question.steps.filter((step) => !step.optional).length > 2;
  const textOf = (one: Exclusion) => (one.from_step === undefined && one.to_step === undefined ? eventText(one as EventChoice)
    : t('ask.between_steps', { event: eventText(one as EventChoice), from: one.from_step ?? 1, to: one.to_step ?? question.steps.length }));
  if (exclusions.length === 0) return null;
  const put = (next: typeof exclusions) => onChange(changed(question, { exclusions: next.length ? next : undefined }));
  const chip = (
    <>
      {exclusions.map((one, index) => (
        <span key={index}>
          {index > 0 && ', '}
          <EventChip<EventChoice> choice={one as EventChoice} label={t('ask.exclusion')} text={textOf(one)}
            {...(mayPlace ? { extra: (draft, onDraft) => <Between exclusion={draft as Exclusion} steps={question.steps} onChange={(next) => onDraft(next as EventChoice)} /> } : {})}
            more={(close) => <Button variant="default" onClick={() => { close(); put(exclusions.filter((_, place) => place !== index)); }}>{t('ask.remove')}</Button>}
            onChange={(choice) => put(exclusions.map((old, place) => (place === index ? (choice as Exclusion) : old)))} />
        </span>
      ))}
    </>
  );
  return <Trans t={t} i18nKey="ask.part_without" components={{ chip: <Part of={chip} /> }} />;
}
