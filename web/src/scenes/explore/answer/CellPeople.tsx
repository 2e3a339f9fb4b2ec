import { Stack, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Cell } from '../../../ui/Cell';
import { Dialog } from '../../../ui/Dialog';
import { IdentifierText, KnownBadge, More, Time } from '../../../ui/Small';
import { Answer, Empty } from '../../../ui/States';
import { useFormat } from '../../../ui/useFormat';
import { displayName, type ProfileSummary } from '../../people/peopleData';
import { useCellPeople } from '../exploreData';
import type { Answered, OpenCell } from './answerData';

/** The people behind one number; each leads to her page, where her events stand. */
export function CellPeople({ of, cell, onClose }: { of: Answered; cell: OpenCell; onClose: () => void }) {
  const { t } = useTranslation();
  const people = useCellPeople(of, cell.token);
  return (
    <Dialog title={t('answer.people')} size="xl" onClose={onClose}>
      <Stack gap="xs">
        <Text size="sm" c="dimmed" className="num">{cell.about || t('answer.people_about')}</Text>
        <Answer of={people} rows={6}>
          {(data) => {
            const found = data.pages.flatMap((page) => page.items);
            if (found.length === 0) return <Empty title={t('answer.nobody')} hint={t('answer.nobody_hint')} />;
            return <><PeopleRows people={found} /><More of={people} /></>;
          }}
        </Answer>
      </Stack>
    </Dialog>
  );
}

function PeopleRows({ people }: { people: ProfileSummary[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Table className="cards" aria-label={t('answer.people')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('people.person')}</Table.Th>
          <Table.Th>{t('people.identifiers')}</Table.Th>
          <Table.Th className="num">{t('people.events')}</Table.Th>
          <Table.Th>{t('people.last_seen')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {people.map((person) => (
          <Table.Tr key={person.id}>
            <Cell>
              <Link className="row-link" to={`/people/${person.id}`}>{displayName(person, t('people.nameless'))}</Link>{' '}
              <KnownBadge known={person.known} />
            </Cell>
            <Cell label={t('people.identifiers')}>
              {person.identifiers.slice(0, 2).map((one) => <div key={one.namespace + one.value}><IdentifierText {...one} /></div>)}
            </Cell>
            <Cell label={t('people.events')} className="num">{format.number(person.event_count)}</Cell>
            <Cell label={t('people.last_seen')}><Time at={person.last_seen} /></Cell>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
