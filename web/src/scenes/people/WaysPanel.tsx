import { Badge, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { Panel } from '../../ui/Panel';
import { Time } from '../../ui/Small';
import { Answer } from '../../ui/States';
import '../journeys/journeys.css';
import { kEndReasons, useJourneyName, useWays, type JourneyWay } from '../journeys/journeysData';
import { useRowText } from '../journeys/rowWords';
import type { Profile } from './peopleData';

/** Her ways through journeys, step by step; the one that the address names is open. */
export function WaysPanel({ person }: { person: Profile }) {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const ways = useWays(person.id);
  return (
    <Panel title={t('journey.of_person')}>
      <Answer of={ways} rows={2}>
        {({ items }) => items.length === 0 ? <Text size="sm" c="dimmed">{t('journey.on_none')}</Text> : (
          <ul className="person-ways">{items.map((way) => <li key={way.run} data-way={way.run}><OneWay way={way} isOpen={params.get('run') === way.run} /></li>)}</ul>
        )}
      </Answer>
    </Panel>
  );
}

function OneWay({ way, isOpen }: { way: JourneyWay; isOpen: boolean }) {
  const { t } = useTranslation();
  const nameOf = useJourneyName(true);
  const rowText = useRowText();
  const at = [...way.rows].reverse().find((row) => row.step)?.step ?? null;
  const reason = kEndReasons.find((one) => one === way.reason);
  return (
    <details open={isOpen}>
      <summary>
        <b>{nameOf(way.journey)}</b>{' '}
        <Badge color={way.is_over ? 'gray' : 'line'}>{way.is_over ? (reason ? t(`journey.end_${reason}`) : t('journey.ended')) : at ?? t('journey.run_waiting')}</Badge>{' '}
        <Text span size="xs" c="dimmed"><Time at={way.rows[0]?.at ?? null} /></Text>
      </summary>
      <ol>{way.rows.map((row, place) => <li key={place}><Time at={row.at} />{rowText(row) ?? row.name}</li>)}</ol>
      <Text size="xs" mt={6}><Link to={`/journeys/${way.journey}`}>{t('journey.open')}</Link> <Text span inherit c="dimmed">{t('journey.version_number', { number: way.version })}</Text></Text>
    </details>
  );
}
