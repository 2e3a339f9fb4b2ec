import { ActionIcon, NumberInput, Select } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { kTimes, type Deed, type Times } from '../condition';
import type { EventChoice } from '../question';
import { useLengthText } from '../../../ui/useLengthText';
import { choiceOfDeed } from '../words';
import { ConditionGroup, type Asks } from './ConditionGroup';
import { EventSelect, kInside } from './inputs';

const kEver = 'ever';
const kLengths = ['1d', '7d', '30d', '90d', '12mo'] as const;
const kCountMost: Record<Asks, number> = { all: 10_000, events: 10_000, people: 100, deeds: 100 }; // A segment keeps the times it counts.
const kNever = 'never'; // Exactly 0 times, as people say it.

interface DeedRowProps { deed: Deed; number: string; asks: Asks; subject: ReactNode; onChange: (deed: Deed) => void; onRemove: () => void }

/** How often the person did something: which event, with what about it, how often, since when. */
export function DeedRow({ deed, number, asks, subject, onChange, onRemove }: DeedRowProps) {
  const { t } = useTranslation();
  const lengthText = useLengthText();
  const choice = choiceOfDeed(deed);
  const lengths = [...new Set<string>([...kLengths, ...(deed.within ? [deed.within] : [])])];
  const choose = ({ event, type }: EventChoice) => {
    const { type: _, ...rest } = deed;
    onChange({ ...rest, did: event ?? '*', ...(type ? { type } : {}) });
  };
  const isNever = deed.count === 0 && deed.times !== 'gte';
  const often = (next: string) => onChange(next === kNever ? { ...deed, times: 'eq', count: 0 } : { ...deed, times: next as Times, count: Math.max(1, deed.count) });
  const isPage = asks === 'people';
  return (
    <div className="condition deed" role="group" aria-label={t('ask.condition', { number })}>
      {subject}
      <EventSelect inRow value={choice} onChange={choose} />
      <Select size="xs" className="deed-times" label={t('did.times')} allowDeselect={false} value={isNever ? kNever : deed.times} comboboxProps={kInside}
        data={([...kTimes, kNever] as const).map((one) => ({ value: one, label: t(`did.${one}`) }))} onChange={(next) => next && often(next)} />
      {isNever ? <span /> : (
        <NumberInput size="xs" className="deed-count" label={t('did.count')} value={deed.count} min={1} max={kCountMost[asks]} clampBehavior="blur" allowDecimal={false} allowNegative={false}
          onChange={(next) => onChange({ ...deed, count: Math.max(1, Math.floor(Number(next) || 1)) })} />
      )}
      {isPage && !isNever && <span className="condition-word">{t('did.times_word', { count: deed.count })}</span>}
      <ActionIcon variant="subtle" color="gray" aria-label={t('ask.remove_condition', { number })} onClick={onRemove}><IconX size={15} /></ActionIcon>
      <Select size="xs" className="condition-list" label={t('did.within')} allowDeselect={false} value={deed.within || kEver} comboboxProps={kInside}
        data={[{ value: kEver, label: t('did.ever') }, ...lengths.map((one) => ({ value: one, label: isPage ? t('did.in_last', { length: lengthText(one) }) : lengthText(one) }))]} onChange={(next) => next && onChange({ ...deed, within: next === kEver ? '' : next })} />
      <div className="deed-where">
        <ConditionGroup of={choice} group={deed.where} asks={asks === 'people' ? 'deeds' : 'events'} number={number} onChange={(where) => onChange({ ...deed, where })} />
      </div>
    </div>
  );
}
