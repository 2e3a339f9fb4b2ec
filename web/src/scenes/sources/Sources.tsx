import { Button, Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { may, useSession } from '../../data/session';
import { Cell } from '../../ui/Cell';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Time } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { SourceState } from './SourceState';
import { useSources, type Source } from './sourcesData';

/** Where events come from, and how each source is. */
export default function Sources() {
  const { t } = useTranslation();
  const sources = useSources();
  const session = useSession();
  const create = may(session.data, 'write') && <Button component={Link} to="/sources/new">{t('source.new')}</Button>;
  return (
    <Page title={t('place.sources')} about={t('source.about')} actions={create}>
      <Panel flush>
        <Answer of={sources}>
          {(data) => data.items.length === 0
            ? <Empty title={t('source.none')} hint={t('source.none_hint')} action={create} />
            : <SourceTable sources={data.items} />}
        </Answer>
      </Panel>
    </Page>
  );
}

function SourceTable({ sources }: { sources: Source[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('place.sources')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('source.source')}</Table.Th>
            <Table.Th>{t('source.key')}</Table.Th>
            <Table.Th>{t('source.health')}</Table.Th>
            <Table.Th className="num">{t('overview.rate')}</Table.Th>
            <Table.Th className="num">{t('overview.events')}</Table.Th>
            <Table.Th className="num">{t('overview.rejects')}</Table.Th>
            <Table.Th>{t('source.last_event')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sources.map((source) => (
            <Table.Tr key={source.key}>
              <Cell><Link className="row-link" to={`/sources/${source.key}`}>{source.name}</Link></Cell>
              <Cell label={t('source.key')} className="mono">{source.key}</Cell>
              <Cell label={t('source.health')}><SourceState source={source} /></Cell>
              <Cell label={t('overview.rate')} className="num">{format.number(source.health.events_per_second, 1)}</Cell>
              <Cell label={t('overview.events')} className="num">{format.number(source.health.events_total)}</Cell>
              <Cell label={t('overview.rejects')} className="num">
                {source.health.rejects_open > 0
                  ? <Link to={`/rejects?source=${encodeURIComponent(source.key)}`}>{format.number(source.health.rejects_open)}</Link>
                  : format.number(0)}
              </Cell>
              <Cell label={t('source.last_event')}><Time at={source.health.last_event_at} /></Cell>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
