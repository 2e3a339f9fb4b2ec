import { Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Cell } from '../../ui/Cell';
import { IdentifierText, KnownBadge, Time } from '../../ui/Small';
import { useFormat } from '../../ui/useFormat';
import { displayName, type ProfileSummary } from './peopleData';

const kIdentifiers = 3;

/** People, a row each; the name leads to the person. */
export function PeopleTable({ people, label }: { people: ProfileSummary[]; label: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('people.person')}</Table.Th>
            <Table.Th>{t('people.identifiers')}</Table.Th>
            <Table.Th className="num">{t('people.events')}</Table.Th>
            <Table.Th>{t('people.first_seen')}</Table.Th>
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
                {person.identifiers.slice(0, kIdentifiers).map((one) => <div key={one.namespace + one.value}><IdentifierText {...one} /></div>)}
              </Cell>
              <Cell label={t('people.events')} className="num">{format.number(person.event_count)}</Cell>
              <Cell label={t('people.first_seen')}><Time at={person.first_seen} /></Cell>
              <Cell label={t('people.last_seen')}><Time at={person.last_seen} /></Cell>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
