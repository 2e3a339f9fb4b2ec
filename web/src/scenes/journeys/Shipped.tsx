import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useShippedJourneys } from './journeysData';

/** The journeys that ship and are not there yet, to begin from. */
export function Shipped({ taken }: { taken: readonly string[] }) {
  const { t } = useTranslation();
  const shipped = useShippedJourneys();
  const rest = (shipped.data?.items ?? []).filter((one) => !taken.includes(one.key));
  if (rest.length === 0) return null;
  return (
    <section className="journey-shipped" aria-label={t('journey.shipped')}>
      <Text size="xs" c="dimmed" mb={6}>{t('journey.shipped')}</Text>
      <div>
        {rest.map((one) => (
          <Link key={one.key} to={`/journeys/new?shipped=${one.key}`} lang="en">
            <Text span fw={600} size="sm">{one.name}</Text>
            <Text span size="xs" c="dimmed">{one.description}</Text>
          </Link>
        ))}
      </div>
    </section>
  );
}
