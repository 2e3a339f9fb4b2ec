import { Anchor, Table, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { Cell } from '../../ui/Cell';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { IdentifierText, KnownBadge, More, Time } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { displayName, usePeopleSearch, type ProfileSummary } from './peopleData';

/** Finds people by name or any identifier, as one types. */
export default function People() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [text, setText] = useState(params.get('q') ?? '');
  const [words] = useDebouncedValue(text.trim(), 150);
  const people = usePeopleSearch(words);
  useEffect(() => setParams(words ? { q: words } : {}, { replace: true }), [words, setParams]);

  return (
    <Page title={t('place.people')} about={t('people.about')}>
      <TextInput size="sm" mb="sm" value={text} onChange={(event) => setText(event.currentTarget.value)} autoFocus type="search"
        leftSection={<IconSearch size={16} />} placeholder={t('people.search_hint')} aria-label={t('people.search')} />
      <Panel flush>
        <Answer of={people} rows={8}>
          {(data) => {
            const found = data.pages.flatMap((page) => page.items);
            if (found.length > 0) return <><PeopleTable people={found} /><More of={people} /></>;
            return words ? <Empty title={t('people.none_found', { words })} hint={t('people.none_found_hint')} />
              : <Empty title={t('people.none')} hint={t('people.none_hint')} action={<Anchor component={Link} to="/sources">{t('people.none_action')}</Anchor>} />;
          }}
        </Answer>
      </Panel>
    </Page>
  );
}

function PeopleTable({ people }: { people: ProfileSummary[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('place.people')}>
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
                {person.identifiers.slice(0, 3).map((one) => <div key={one.namespace + one.value}><IdentifierText {...one} /></div>)}
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
