import { Badge, Button, SegmentedControl, Select, Switch, Table, Group } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams, useSearchParams } from 'react-router';
import { may, useSession } from '../../data/session';
import { Cell } from '../../ui/Cell';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { More, Time } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { PersonName } from '../people/PersonName';
import { ItemBoard } from './ItemBoard';
import { ItemDialog } from './ItemDialog';
import './items.css';
import { isPickedUp, kPickup, useCatalog, useItems, type Catalog, type Item } from './itemsData';
import { UploadDialog } from './UploadDialog';
import { useStateText } from './useStateText';
import { useTypeText } from './useTypeText';

/** Items of one type: as a list, or as a board of their states. */
export default function ItemType() {
  const { t } = useTranslation();
  const { key = '' } = useParams();
  const catalog = useCatalog(key);
  if (!catalog.data) return <Page title={t('place.items')}><Answer of={catalog}>{() => null}</Answer></Page>;
  return <Shown key={key} catalog={catalog.data.catalog} />;
}

function Shown({ catalog }: { catalog: Catalog }) {
  const { t } = useTranslation();
  const session = useSession();
  const [params, setParams] = useSearchParams();
  const { nameOf, aboutOf } = useTypeText();
  const [open, setOpen] = useState(params.get('item'));
  const [uploading, setUploading] = useState(false);
  const mayWrite = may(session.data, 'write');
  const views = [...(isPickedUp(catalog) ? ['pickup' as const] : []), ...(catalog.state ? ['board' as const] : []), 'list' as const];
  const view = views.find((one) => one === params.get('view')) ?? views[0] ?? 'list';
  return (
    <Page title={nameOf(catalog)} about={aboutOf(catalog) || <span className="mono">{catalog.key}</span>}
      actions={
        <>
          {catalog.state && <SegmentedControl size="xs" aria-label={t('item.view')} value={view} onChange={(next) => setParams({ view: next }, { replace: true })} data={views.map((one) => ({ value: one, label: t(`item.view_${one}`) }))} />}
          {mayWrite && <Button variant="default" onClick={() => setUploading(true)}>{t('item.upload')} …</Button>}
          <Button variant="default" component={Link} to={`/items/${catalog.key}/type`}>{t('item.type')}</Button>
        </>
      }>
      {view !== 'list' ? <ItemBoard catalog={catalog} states={view === 'pickup' ? kPickup : catalog.state?.values ?? []} mayMove={mayWrite} onOpen={setOpen} /> : <List catalog={catalog} onOpen={setOpen} />}
      {uploading && <UploadDialog catalog={catalog} onClose={() => setUploading(false)} />}
      {open !== null && <ItemDialog catalog={catalog} id={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

function List({ catalog, onOpen }: { catalog: Catalog; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const stateText = useStateText();
  const [state, setState] = useState<string | null>(null);
  const [overdue, setOverdue] = useState(false);
  const items = useItems(catalog.key, { ...(state ? { state } : {}), overdue });
  return (
    <Panel flush title={t('place.items')}
      actions={
        <Group gap="sm">
          {catalog.due && <Switch size="xs" label={t('item.only_overdue')} checked={overdue} onChange={(event) => setOverdue(event.currentTarget.checked)} />}
          {catalog.state && <Select aria-label={t('item.state')} placeholder={t('item.all_states')} clearable clearButtonProps={{ 'aria-label': t('act.clear') }} value={state} data={catalog.state.values.map((one) => ({ value: one, label: stateText(one) }))} onChange={setState} />}
        </Group>
      }>
      <Answer of={items}>
        {(data) => {
          const all = data.pages.flatMap((page) => page.items);
          if (all.length === 0 && !items.hasNextPage) return <Empty title={t('item.no_items')} hint={t(state || overdue ? 'item.none_fits' : 'item.no_items_hint')} />;
          return <><ItemTable items={all} catalog={catalog} onOpen={onOpen} /><More of={items} /></>;
        }}
      </Answer>
    </Panel>
  );
}

function ItemTable({ items, catalog, onOpen }: { items: Item[]; catalog: Catalog; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const { nameOf } = useTypeText();
  const stateText = useStateText();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={nameOf(catalog)}>
        <Table.Thead>
          <Table.Tr><Table.Th>{t('item.id')}</Table.Th><Table.Th>{t('item.state')}</Table.Th><Table.Th>{t('item.due')}</Table.Th><Table.Th>{t('item.owner')}</Table.Th><Table.Th>{t('saved.changed')}</Table.Th></Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <Table.Tr key={item.id}>
              <Cell><Button variant="subtle" size="compact-sm" px={0} onClick={() => onOpen(item.id)}>{item.id}</Button></Cell>
              <Cell label={t('item.state')}>{item.state && <Badge color="gray">{stateText(item.state)}</Badge>}</Cell>
              <Cell label={t('item.due')}><DueText item={item} /></Cell>
              <Cell label={t('item.owner')}>{item.owner?.profile ? <PersonName id={item.owner.profile} /> : item.owner?.account ?? '–'}</Cell>
              <Cell label={t('saved.changed')}><Time at={item.changed_at} /></Cell>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** By when it was promised, and whether that is over. */
export function DueText({ item }: { item: Pick<Item, 'due' | 'overdue'> }) {
  const { t } = useTranslation();
  if (!item.due) return <span>–</span>;
  return <span><Time at={item.due} />{item.overdue && <> <Badge color="red">{t('item.overdue')}</Badge></>}</span>;
}
