import { ActionIcon, NumberInput, Select } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { kTimes, type Deed, type Times } from '../condition';
import type { EventChoice } from '../question';
import { choiceOfDeed, useLengthText } from '../words';
import { ConditionGroup } from './ConditionGroup';
import { EventSelect, kInside } from './inputs';

const kEver = 'ever';
const kLengths = ['1d', '7d', '30d', '90d', '12mo'] as const;
const kCountMost = 10_000;

interface DeedRowProps { deed: Deed; number: string; subject: ReactNode; onChange: (deed: Deed) => void; onRemove: () => void }

/** How often the person did something: which event, with what about it, how often, since when. */
export function DeedRow({ deed, number, subject, onChange, onRemove }: DeedRowProps) {
  const { t } = useTranslation();
  const lengthText = useLengthText();
  const choice = choiceOfDeed(deed);
  const lengths = [...new Set<string>([...kLengths, ...(deed.within ? [deed.within] : [])])];
  const choose = ({ event, type }: EventChoice) => {
    const { type: _, ...rest } = deed;
    onChange({ ...rest, did: event ?? '*', ...(type ? { type } : {}) });
  };
  return (
    <div className="condition deed" role="group" aria-label={t('ask.condition', { number })}>
      {subject}
      <EventSelect inRow value={choice} onChange={choose} />
      <Select size="xs" label={t('did.times')} allowDeselect={false} value={deed.times} comboboxProps={kInside}
        data={kTimes.map((one) => ({ value: one, label: t(`did.${one}`) }))} onChange={(next) => next && onChange({ ...deed, times: next as Times })} />
      <NumberInput size="xs" label={t('did.count')} value={deed.count} min={deed.times === 'gte' ? 1 : 0} max={kCountMost} allowDecimal={false}
        onChange={(next) => onChange({ ...deed, count: Math.max(0, Math.floor(Number(next) || 0)) })} />
      <ActionIcon variant="subtle" color="gray" aria-label={t('ask.remove_condition', { number })} onClick={onRemove}><IconX size={15} /></ActionIcon>
      <Select size="xs" className="condition-list" label={t('did.within')} allowDeselect={false} value={deed.within || kEver} comboboxProps={kInside}
        data={[{ value: kEver, label: t('did.ever') }, ...lengths.map((one) => ({ value: one, label: lengthText(one) }))]} onChange={(next) => next && onChange({ ...deed, within: next === kEver ? '' : next })} />
      <div className="deed-where">
        <ConditionGroup of={choice} group={deed.where} ofEvents number={number} onChange={(where) => onChange({ ...deed, where })} />
      </div>
    </div>
  );
}
