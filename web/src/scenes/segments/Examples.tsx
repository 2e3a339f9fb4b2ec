import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { whereOf } from '../explore/condition';
import { useEvents } from '../explore/exploreData';
import { eventOfExamples, exampleOf, kExamples } from './examples';
import { usePeopleText } from './words';

/** Segments to begin from, of events that there are. */
export function Examples() {
  const { t } = useTranslation();
  const peopleText = usePeopleText();
  const events = useEvents();
  if (events.isPending) return null;
  const event = eventOfExamples(events.data?.items ?? []);
  return (
    <section className="segment-examples" aria-label={t('segment.examples')}>
      <Text size="xs" c="dimmed" mb={6}>{t('segment.examples')}</Text>
      <div>
        {kExamples.map((one) => (
          <Link key={one} to={`/segments/new?example=${one}`}>
            <Text span fw={600} size="sm">{t(`segment.example_${one}`)}</Text>
            <Text span size="xs" c="dimmed">{peopleText(whereOf(exampleOf(one, event)))}</Text>
          </Link>
        ))}
      </div>
    </section>
  );
}
