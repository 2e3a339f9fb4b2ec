import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Panel';
import { useFormat } from '../../ui/useFormat';
import { useLengthText } from '../../ui/useLengthText';
import { textOf } from './graph';
import { kEndReasons, kRefusals, type JourneyReport } from './journeysData';
import { useJourneyText } from './words';

interface BarProps { label: string; about: string; count: number; most: number; isBad?: boolean; shown?: ReactNode /* In place of the number itself. */ }

export function Bar({ label, about, count, most, isBad = false, shown }: BarProps) {
  const format = useFormat();
  return (
    <li title={about}>
      <span>{label}</span>
      <b className="num">{shown ?? format.number(count)}</b>
      <span className="journey-bar" aria-hidden><span data-bad={isBad} style={{ width: `${(count / Math.max(1, most)) * 100}%` }} /></span>
    </li>
  );
}

/** How runs of a version ended, by reason. */
export function Endings({ ended, erased }: { ended: JourneyReport['ended'] | null; erased: number }) {
  const { t } = useTranslation();
  if (!ended) return null;
  const shown = kEndReasons.filter((one) => ended[one] > 0);
  const most = Math.max(erased, ...Object.values(ended));
  return (
    <Panel title={t('journey.endings')}>
      {shown.length === 0 && erased === 0 && <Text size="sm" c="dimmed">{t('journey.none_ended')}</Text>}
      <ul className="journey-bars">
        {shown.map((one) => <Bar key={one} label={t(`journey.end_${one}`)} about={t(`journey.end_${one}_about`)} count={ended[one]} most={most} isBad={one === 'stuck'} />)}
        {erased > 0 && <Bar label={t('journey.end_erased')} about={t('journey.end_erased_about')} count={erased} most={most} />}
      </ul>
    </Panel>
  );
}

/** Why people did not enter although the trigger was met. */
export function Refusals({ refused }: { refused: JourneyReport['refused'] }) {
  const { t } = useTranslation();
  const shown = kRefusals.filter((one) => refused[one] > 0);
  const most = Math.max(...Object.values(refused));
  return (
    <Panel title={t('journey.refusals')} about={t('journey.refusals_about')}>
      {shown.length === 0 && <Text size="sm" c="dimmed">{t('journey.none_refused')}</Text>}
      <ul className="journey-bars">{shown.map((one) => <Bar key={one} label={t(`journey.refused_${one}`)} about={t(`journey.refused_${one}_about`)} count={refused[one]} most={most} />)}</ul>
    </Panel>
  );
}

type Fields = Record<string, unknown>;

const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter((one): one is Fields => typeof one === 'object' && one !== null) : []);

/** What ends a run whatever step it is on, and how often somebody may begin. */
export function Rules({ document }: { document: unknown }) {
  const { t } = useTranslation();
  const { happeningText } = useJourneyText();
  const lengthText = useLengthText();
  const { goals, exits, reentry } = document as Fields;
  const rules = [...listOf(goals).map((one) => ['goal', one] as const), ...listOf(exits).map((one) => ['exit', one] as const)];
  const again = reentry === 'never' ? t('journey.reentry_never')
    : typeof reentry === 'object' && reentry !== null ? t('journey.reentry_after', { length: lengthText(textOf((reentry as Fields).after)) }) : t('journey.reentry_after_end');
  return (
    <Panel title={t('journey.rules')} about={t('journey.rules_about')}>
      <ul className="journey-lines-list">
        {rules.map(([kind, one], at) => <li key={at}><b>{t(`journey.rule_${kind}`, { name: textOf(one.name) })}</b> {happeningText(one)}</li>)}
        <li>{again}</li>
      </ul>
    </Panel>
  );
}
