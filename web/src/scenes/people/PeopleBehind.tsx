import { Text, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { useFormat } from '../../ui/useFormat';
import { PersonName } from './PersonName';

interface BehindProps {
  of: { count: number; sample: readonly string[] }; // The sample: ids of the first few.
  about: string; // What the number says, in words.
}

/** A number that opens the first few people behind it. */
export function PeopleBehind({ of: { count, sample }, about }: BehindProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isOpen, setIsOpen] = useState(false);
  const number = format.number(count);
  if (sample.length === 0) return <span className="num">{number}</span>;
  return (
    <>
      <UnstyledButton className="cell-number num" onClick={() => setIsOpen(true)} aria-label={t('answer.open', { number, about })}>{number}</UnstyledButton>
      {isOpen && (
        <Dialog title={t('answer.people')} onClose={() => setIsOpen(false)}>
          <Text size="sm" fw={600}>{number} · {about}</Text>
          <Text size="xs" c="dimmed" mb={8}>{t('backtest.first_of', { shown: format.number(sample.length) })}</Text>
          <ul className="people-behind">{sample.map((id) => <li key={id}><PersonName id={id} /></li>)}</ul>
        </Dialog>
      )}
    </>
  );
}
