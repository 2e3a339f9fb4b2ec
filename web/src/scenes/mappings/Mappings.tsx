import { Badge, Button, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { may, useSession } from '../../data/session';
import { Cell } from '../../ui/Cell';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Answer, Empty } from '../../ui/States';
import { expectedColumns } from '../imports/importsData';
import { useAllMappings, type Mapping } from './mappingsData';

const kColumnsShown = 8;

/** How rows and bodies become events: what ships, and one's own. */
export default function Mappings() {
  const { t } = useTranslation();
  const session = useSession();
  const mappings = useAllMappings();
  const create = may(session.data, 'write') && <Button component={Link} to="/mappings/new">{t('mapping.new')}</Button>;
  return (
    <Page title={t('place.mappings')} about={t('mapping.about')} actions={create}>
      <Panel flush>
        <Answer of={mappings}>
          {(data) => data.items.length === 0 ? <Empty title={t('mapping.none')} action={create} /> : <MappingTable mappings={data.items} />}
        </Answer>
      </Panel>
    </Page>
  );
}

function MappingTable({ mappings }: { mappings: Mapping[] }) {
  const { t } = useTranslation();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('place.mappings')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('import.mapping')}</Table.Th><Table.Th>{t('source.key')}</Table.Th><Table.Th>{t('mapping.kind')}</Table.Th><Table.Th>{t('mapping.columns')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {[...mappings].sort((a, b) => Number(a.shipped) - Number(b.shipped)).map((one) => <Row key={one.key} one={one} />)}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ one }: { one: Mapping }) {
  const { t } = useTranslation();
  const columns = expectedColumns(one.definition);
  return (
    <Table.Tr data-mapping={one.key}>
      <Cell>
        <div>
          <Link className="row-link" to={`/mappings/${one.key}`}>{one.name}</Link>{' '}
          <Badge color={one.shipped ? 'gray' : 'line'}>{t(one.shipped ? 'mapping.shipped' : 'mapping.own')}</Badge>
          {one.description && <Text size="xs" c="dimmed">{one.description}</Text>}
        </div>
      </Cell>
      <Cell label={t('source.key')} className="mono">{one.key}</Cell>
      <Cell label={t('mapping.kind')}>{t(`mapping.kind_${one.kind}`)}</Cell>
      <Cell label={t('mapping.columns')} className="mono">{columns.slice(0, kColumnsShown).join(', ')}{columns.length > kColumnsShown && ' …'}</Cell>
    </Table.Tr>
  );
}
