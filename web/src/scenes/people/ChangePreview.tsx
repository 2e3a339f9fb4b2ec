import { SimpleGrid, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { IdentifierText, KnownBadge } from '../../ui/Small';
import { useFormat } from '../../ui/useFormat';
import { displayName, identifierKey, type IdentityChange, type Profile } from './peopleData';

/** People before and after a change, side by side. */
export function ChangePreview({ change }: { change: IdentityChange }) {
  const { t } = useTranslation();
  return (
    <div>
      {([['before', change.before], ['after', change.after]] as const).map(([when, people]) => (
        <section key={when} aria-label={t(`change.${when}`)}>
          <Text size="xs" c="dimmed" fw={560} mt="xs" mb={4}>{t(`change.${when}`)}: {t('count.people', { count: people.length })}</Text>
          <SimpleGrid cols={{ base: 1, sm: Math.min(3, Math.max(1, people.length)) }} spacing="xs">
            {people.map((person) => <Card key={person.id} person={person} />)}
          </SimpleGrid>
        </section>
      ))}
      <Text size="xs" c="dimmed" mt="xs">
        {change.links_cut > 0 && `${t('change.links_cut', { count: change.links_cut })} `}{change.cannot_link && t('change.cannot_link')}
      </Text>
    </div>
  );
}

function Card({ person }: { person: Profile }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="panel" style={{ padding: '8px 12px' }}>
      <Text size="sm" fw={600}>{displayName(person, t('people.nameless'))} <KnownBadge known={person.known} /></Text>
      <Text size="xs" c="dimmed" className="num">
        {t('profile.events', { count: person.event_count, number: format.number(person.event_count) })} · {t('count.traits', { count: Object.keys(person.traits).length })}
      </Text>
      {person.identifiers.map((one) => <div key={identifierKey(one)}><IdentifierText namespace={one.namespace} value={one.value} /></div>)}
    </div>
  );
}
