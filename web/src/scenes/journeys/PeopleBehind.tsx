import { Table, Text, UnstyledButton } from '@mantine/core';
import { createContext, useContext, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Cell } from '../../ui/Cell';
import { Dialog } from '../../ui/Dialog';
import { More, Time } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { displayName } from '../people/peopleData';
import { PersonName } from '../people/PersonName';
import type { Counted, Way } from './backtest';
import { useBacktestPeople, type BacktestAsked } from './journeysData';

/** What the numbers below are of. */
export const AskedBacktest = createContext<BacktestAsked | null>(null);

interface BehindProps {
  of: Counted;
  about: string; // What the number says, in words.
}

/** A number that opens the people behind it. */
export function PeopleBehind({ of: { count, sample, way }, about }: BehindProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const asked = useContext(AskedBacktest);
  const [isOpen, setIsOpen] = useState(false);
  const number = format.number(count);
  const list = asked && way ? <All asked={asked} way={way} /> : <First ids={sample} />;
  if (count === 0 || (!way && sample.length === 0)) return <span className="num">{number}</span>;
  return (
    <>
      <UnstyledButton className="cell-number num" onClick={() => setIsOpen(true)} aria-label={t('answer.open', { number, about })}>{number}</UnstyledButton>
      {isOpen && (
        <Dialog title={t('answer.people')} size="lg" onClose={() => setIsOpen(false)}>
          <Text size="sm" fw={600}>{number} · {about}</Text>
          {list}
        </Dialog>
      )}
    </>
  );
}

/** All of them, page by page: the draft is run again, and nobody is kept but they. */
function All({ asked, way }: { asked: BacktestAsked; way: Way }) {
  const { t } = useTranslation();
  const format = useFormat();
  const people = useBacktestPeople(asked, way);
  return (
    <Answer of={people} rows={5}>
      {(data) => {
        const found = data.pages.flatMap((page) => page.items);
        const all = data.pages[0]?.people ?? 0;
        if (found.length === 0) return <Empty title={t('answer.nobody')} hint={t('answer.nobody_hint')} />;
        const hasTimes = found.some((one) => one.at !== null);
        const hasOften = found.some((one) => one.times > 1);
        return (
          <>
            <Text size="xs" c="dimmed" mb={8}>{t('backtest.people', { count: all, number: format.number(all) })}</Text>
            <Table aria-label={t('answer.people')}>
              <Table.Thead><Table.Tr><Table.Th>{t('people.person')}</Table.Th>{hasTimes && <Table.Th>{t('backtest.first_at')}</Table.Th>}{hasOften && <Table.Th className="num">{t('backtest.times')}</Table.Th>}</Table.Tr></Table.Thead>
              <Table.Tbody>
                {found.map(({ profile, at, times }) => (
                  <Table.Tr key={profile.id}>
                    <Cell><Link className="row-link" to={`/people/${profile.id}`}>{displayName(profile, t('people.nameless'))}</Link></Cell>
                    {hasTimes && <Cell label={t('backtest.first_at')}>{at ? <Time at={at} /> : '–'}</Cell>}
                    {hasOften && <Cell label={t('backtest.times')} className="num">{format.number(times)}</Cell>}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            <More of={people} />
          </>
        );
      }}
    </Answer>
  );
}

/** Of a sum of several numbers, the first few. */
function First({ ids }: { ids: readonly string[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <Text size="xs" c="dimmed" mb={8}>{t('backtest.first_of', { shown: format.number(ids.length) })}</Text>
      <ul className="people-behind">{ids.map((id) => <li key={id}><PersonName id={id} /></li>)}</ul>
    </>
  );
}
