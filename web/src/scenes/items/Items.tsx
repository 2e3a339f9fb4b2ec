import { Button, Group, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { may, useSession } from '../../data/session';
import { Cell } from '../../ui/Cell';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { DeletedNotice } from '../../ui/Removal';
import { Answer, Empty, Failure } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import './items.css';
import { kTypes, useCatalogs, useShippedTypes, useTakeType, type Catalog } from './itemsData';
import { useStateText } from './useStateText';
import { useTypeText } from './useTypeText';

/** Types of things the company deals with, and how many there are of each. */
export default function Items() {
  const { t } = useTranslation();
  const session = useSession();
  const catalogs = useCatalogs();
  const create = may(session.data, 'write') && <Button component={Link} to="/items/new">{t('item.new_type')}</Button>;
  return (
    <Page title={t('place.items')} about={t('item.about')} actions={catalogs.data?.length ? create : undefined}>
      <DeletedNotice shelf={kTypes} text={({ name }) => t('saved.deleted', { name })} />
      <Answer of={catalogs}>
        {(all) => (
          <>
            <Panel flush>{all.length === 0 ? <Empty title={t('item.none')} hint={t('item.none_hint')} action={create} /> : <TypeTable catalogs={all} />}</Panel>
            {may(session.data, 'write') && <Shipped taken={all.map((one) => one.key)} />}
          </>
        )}
      </Answer>
    </Page>
  );
}

function TypeTable({ catalogs }: { catalogs: Catalog[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const stateText = useStateText();
  const { nameOf } = useTypeText();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('place.items')}>
        <Table.Thead>
          <Table.Tr><Table.Th>{t('item.type')}</Table.Th><Table.Th className="num">{t('item.count')}</Table.Th><Table.Th>{t('item.owner')}</Table.Th><Table.Th>{t('item.states')}</Table.Th></Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {catalogs.map((one) => (
            <Table.Tr key={one.key} data-type={one.key}>
              <Cell><Link className="row-link" to={`/items/${one.key}`}>{nameOf(one)}</Link> <Text span size="xs" c="dimmed" className="mono">{one.key}</Text></Cell>
              <Cell label={t('item.count')} className="num">{format.number(one.items)}</Cell>
              <Cell label={t('item.owner')}>{one.owner ? t(one.owner.account ? 'item.of_account' : 'item.of_person', { field: one.owner.field }) : '–'}</Cell>
              <Cell label={t('item.states')}>{one.state?.values.map(stateText).join(' · ') ?? '–'}</Cell>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** Types that ship and are not there yet: one click takes one as it is. */
function Shipped({ taken }: { taken: string[] }) {
  const { t } = useTranslation();
  const shipped = useShippedTypes();
  const { nameOf } = useTypeText();
  const take = useTakeType();
  const rest = (shipped.data?.items ?? []).filter((one) => !taken.includes(one.key));
  if (rest.length === 0) return null;
  return (
    <section className="items-shipped" aria-label={t('item.shipped')}>
      <Text size="xs" c="dimmed" my={8}>{t('item.shipped')}</Text>
      <Group gap={8}>{rest.map((one) => <Button key={one.key} variant="default" loading={take.isPending && take.variables.key === one.key} onClick={() => take.mutate(one)}>+ {nameOf(one)}</Button>)}</Group>
      {take.error && <Failure error={take.error} />}
    </section>
  );
}
