import { Button, Group, NumberInput, Select, Stack, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import { changed, type EventChoice, type RetentionQuestion } from '../question';
import { Chip, ChoiceChip, type Editing } from './Chip';
import { EventChip } from './EventChip';
import { BreakdownChip, BreakdownPart } from './Breakdown';
import { AddTies, CommonAdds, commonParts, Part, TiesPart, type SentenceProps } from './parts';

const kIntervals = ['day', 'week', 'month'] as const;
const kReturning = ['on', 'on_or_after'] as const;
const kModes = ['calendar', 'rolling'] as const;

/** Who comes back, and when. */
export function RetentionSentence(props: SentenceProps<RetentionQuestion>) {
  const { t } = useTranslation();
  const { question, onChange } = props;
  const returning = question.returning ?? 'on';
  const mode = question.mode ?? 'calendar';
  const withReturning = (next: (typeof kReturning)[number]) => onChange(changed(question, { returning: next, brackets: undefined, periods: question.periods ?? 8 }));
  return (
    <>
      <p className="sentence">
        <Trans t={t} i18nKey="ask.retention" components={{
          ...commonParts(props),
          cohort: <EventChip<EventChoice> choice={question.cohort as EventChoice} label={t('ask.cohort')} onChange={(cohort) => onChange({ ...question, cohort: cohort as RetentionQuestion['cohort'] })} />,
          return: <EventChip<EventChoice> choice={question.return as EventChoice} label={t('ask.return')} onChange={(back) => onChange({ ...question, return: back as RetentionQuestion['return'] })} />,
          returning: returning === 'bracket' ? <Part of={t('ask.returning_on')} />
            : <ChoiceChip text={t(`ask.returning_${returning}`)} label={t('ask.returning')} value={returning} choices={kReturning.map((one) => ({ value: one, label: t(`ask.returning_${one}_about`) }))} onChoose={withReturning} />,
          periods: <PeriodsChip question={question} onChange={onChange} />,
          mode: <ChoiceChip text={t(`ask.mode_${mode}`)} label={t('ask.mode')} value={mode} choices={kModes.map((one) => ({ value: one, label: t(`ask.mode_${one}_about`) }))} onChoose={(next) => onChange(changed(question, { mode: next }))} />,
          ties: <TiesPart {...props} />,
          breakdown: <BreakdownPart {...props} />,
        }} />
      </p>
      <div className="ask-more">
        {!question.breakdown && <BreakdownChip {...props} />}
        <AddTies {...props} />
        <CommonAdds {...props} />
      </div>
    </>
  );
}

type Change = (question: RetentionQuestion) => void;

/** How many periods, of which length; or stretches of them. */
function PeriodsChip({ question, onChange }: { question: RetentionQuestion; onChange: Change }) {
  const { t } = useTranslation();
  const interval = question.interval ?? 'day';
  const text = question.returning === 'bracket'
    ? t(`ask.brackets_${interval}`, { list: bracketsText(question.brackets) })
    : t(`ask.periods_${interval}`, { count: question.periods ?? 12 });
  return <Chip text={text} label={t('ask.periods')}>{(editing) => <PeriodsEditor question={question} editing={editing} onChange={onChange} />}</Chip>;
}

const bracketsText = (brackets: RetentionQuestion['brackets']) => (brackets ?? []).map(([first, last]) => (first === last ? first : `${first}–${last}`)).join(', ');

/** `1-3, 4, 5-8` as pairs; null when it is none of that. */
export function readBrackets(text: string): number[][] | null {
  const parts = text.split(',').map((part) => /^\s*(\d+)\s*(?:[-–]\s*(\d+)\s*)?$/.exec(part));
  const pairs = parts.map((part) => (part ? [Number(part[1]), Number(part[2] ?? part[1])] : null));
  return pairs.every((pair): pair is number[] => pair !== null && pair[0]! <= pair[1]!) ? pairs : null;
}

function PeriodsEditor({ question, editing, onChange }: { question: RetentionQuestion; editing: Editing; onChange: Change }) {
  const { t } = useTranslation();
  const [interval, setInterval] = useState(question.interval ?? 'day');
  const [periods, setPeriods] = useState(question.periods ?? 12);
  const [stretches, setStretches] = useState(bracketsText(question.brackets));
  const brackets = stretches.trim() ? readBrackets(stretches) : undefined;
  const take = () => {
    if (brackets === null) return;
    const next = brackets
      ? changed(question, { interval, returning: 'bracket', brackets, periods: undefined })
      : changed(question, { interval, periods, brackets: undefined, returning: question.returning === 'bracket' ? undefined : question.returning });
    if (JSON.stringify(next) !== JSON.stringify(question)) onChange(next);
  };
  useEffect(() => editing.onLeave(take));
  return (
    <form onSubmit={(event) => { event.preventDefault(); take(); editing.close(); }}>
      <Stack gap="sm">
        <Group gap="xs" align="flex-end">
          <NumberInput data-autofocus size="xs" w={100} label={t('ask.periods_count')} value={periods} min={1} max={400} disabled={!!brackets} onChange={(next) => setPeriods(Math.min(400, Math.max(1, Math.floor(Number(next) || 1))))} />
          <Select size="xs" w={130} label={t('ask.periods_of')} allowDeselect={false} value={interval} comboboxProps={{ withinPortal: false }} data={kIntervals.map((one) => ({ value: one, label: t(`interval.${one}`) }))} onChange={(next) => setInterval((next ?? 'week') as typeof interval)} />
        </Group>
        <TextInput label={t('ask.stretches')} description={t('ask.stretches_about')} placeholder="1-3, 4-7, 8-14" value={stretches} onChange={(event) => setStretches(event.currentTarget.value)} error={brackets === null ? t('ask.stretches_wrong') : null} />
        <Group justify="flex-end"><Button type="submit" disabled={brackets === null}>{t('ask.apply')}</Button></Group>
      </Stack>
    </form>
  );
}
