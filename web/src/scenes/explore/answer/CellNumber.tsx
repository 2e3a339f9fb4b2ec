import { UnstyledButton } from '@mantine/core';
import { IconArrowDownRight, IconArrowUpRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/useFormat';
import { changeOf, type OnOpen } from './answerData';

interface CellNumberProps {
  text: string; // The number as it is shown.
  token: string | null | undefined; // Absent: no list can be had.
  about: string; // What it says, in words.
  past?: boolean;
  onOpen: OnOpen;
}

/** A number that opens the people behind it. */
export function CellNumber({ text, token, about, past = false, onOpen }: CellNumberProps) {
  const { t } = useTranslation();
  if (!token) return <span className="num">{text}</span>;
  return (
    <UnstyledButton className="cell-number num" onClick={() => onOpen({ token, about: `${text} · ${about}`, past })} aria-label={t('answer.open', { number: text, about })}>
      {text}
    </UnstyledButton>
  );
}

/** How much more or less than before; nothing where that says nothing. */
export function Change({ now, before }: { now: number | null | undefined; before: number | null | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const change = changeOf(now, before);
  if (change === null) return <span className="change">–</span>;
  const Icon = change < 0 ? IconArrowDownRight : IconArrowUpRight;
  return (
    <span className="change num nowrap" title={t('answer.change_title', { before: format.number(before ?? 0, Number.isInteger(before) ? 0 : 2) })}>
      {change !== 0 && <Icon size={13} aria-hidden />}{change > 0 ? '+' : ''}{format.percent(change)}
    </span>
  );
}
