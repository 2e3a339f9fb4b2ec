import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Panel } from '../../ui/Panel';
import { Time } from '../../ui/Small';
import { useSegments } from '../segments/segmentsData';
import type { Profile } from './peopleData';
import './timeline.css';

/** The segments that she is in, and since when. */
export function SegmentsPanel({ person }: { person: Profile }) {
  const { t } = useTranslation();
  const segments = useSegments(person.segments.length > 0);
  const nameOf = (key: string) => segments.data?.find((one) => one.key === key)?.name ?? key;
  return (
    <Panel title={t('segment.of_person')}>
      {person.segments.length === 0 && <Text size="sm" c="dimmed">{t('segment.in_none')}</Text>}
      <ul className="person-segments">
        {person.segments.map((key) => (
          <li key={key} data-segment={key}>
            <Link className="row-link" to={`/segments/${key}`}>{nameOf(key)}</Link>
            <Text span size="xs" c="dimmed"><Time at={person.segments_since[key] ?? null} /></Text>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
