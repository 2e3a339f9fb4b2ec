import { ActionIcon, Badge, Button, Group, Menu, Text, Tooltip } from '@mantine/core';
import { IconDots, IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams, useSearchParams } from 'react-router';
import { useRemoval } from '../../data/removal';
import { may, useSession } from '../../data/session';
import { Page } from '../../ui/Page';
import { RemovalNotice } from '../../ui/Removal';
import { Panel } from '../../ui/Panel';
import { Answer, Empty, Failure } from '../../ui/States';
import { UndoNotice } from '../../ui/UndoNotice';
import { useFormat } from '../../ui/useFormat';
import { AddTile } from './AddTile';
import { kTilesMax, rangeOf, rangeParams, restored, sameRange, type Dashboard, type Range, type Tile } from './board';
import { BoardGrid } from './BoardGrid';
import { BoardRange } from './BoardRange';
import { BoardSettings } from './BoardSettings';
import { kDashboards, useChangeDashboard, useDashboard } from './dashboardsData';
import { useLiveTiles, type LiveTiles } from './useLiveTiles';

/** Saved questions side by side, asked anew as events come. */
export default function DashboardPage() {
  const { t } = useTranslation();
  const { key = '' } = useParams();
  const loaded = useDashboard(key);
  if (!loaded.data) return <Page title={t('board.dashboard')}><Answer of={loaded}>{() => null}</Answer></Page>;
  return <Board key={key} dashboard={loaded.data.dashboard} />;
}

interface Removed {
  tile: Tile;
  place: number;
}

function Board({ dashboard }: { dashboard: Dashboard }) {
  const { t } = useTranslation();
  const session = useSession();
  const [params, setParams] = useSearchParams();
  const [removed, setRemoved] = useState<Removed | null>(null);
  const [adding, setAdding] = useState(false);
  const [added, setAdded] = useState<string | null>(null);
  const change = useChangeDashboard(dashboard.key);
  const live = useLiveTiles(dashboard.tiles.length > 0 ? dashboard.refresh_seconds : null);
  const mayWrite = may(session.data, 'write');
  const range = rangeOf(params, dashboard.range);
  const setRange = (next: Range | null) => setParams(rangeParams(next, dashboard.range), { replace: true });
  const add = mayWrite && <Button disabled={dashboard.tiles.length >= kTilesMax} onClick={() => setAdding(true)}>{t('board.add')}</Button>;
  return (
    <Page title={dashboard.name} about={dashboard.description || undefined} actions={<>{add}{mayWrite && <BoardMenu dashboard={dashboard} />}</>}>
      {dashboard.tiles.length > 0 && (
        <Group gap="sm" mb="sm" justify="space-between">
          <Group gap="xs">
            <BoardRange range={range} onRange={setRange} />
            {mayWrite && !sameRange(range, dashboard.range) && (
              <Button variant="default" onClick={() => change.mutate(() => ({ range }), { onSuccess: () => setParams({}, { replace: true }) })}>{t('board.keep_range')}</Button>
            )}
          </Group>
          <AsOf live={live} />
        </Group>
      )}
      {change.error && <Failure error={change.error} />}
      {removed && (
        <UndoNotice text={t('board.removed')} pending={false} error={null} onClose={() => setRemoved(null)}
          onUndo={() => { change.mutate((now) => ({ tiles: restored(now.tiles, removed.tile, removed.place) })); setRemoved(null); }} />
      )}
      {dashboard.tiles.length === 0
        ? <Panel><Empty title={t('board.empty')} hint={t('board.empty_hint')} action={add} /></Panel>
        : <BoardGrid dashboard={dashboard} range={range} mayWrite={mayWrite} added={added} onChange={change.mutate} onRemoved={setRemoved} />}
      {adding && <AddTile dashboard={dashboard} onClose={() => setAdding(false)}
        onAdd={(question) => {
          change.mutate((now) => ({ tiles: [...now.tiles, { question, title: null, size: 'medium' }] }));
          setAdding(false);
          setAdded(question);
        }} />}
    </Page>
  );
}

/** How live the numbers are, when they were given, and the way to ask anew. */
function AsOf({ live }: { live: LiveTiles }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Group gap="xs" wrap="nowrap">
      <Badge color={live.state === 'open' ? 'line' : live.state === 'lost' ? 'gold' : 'gray'} role="status">
        {live.state === 'on_demand' ? t('board.on_demand') : t(`live.${live.state}`)}
      </Badge>
      <Text size="xs" c="dimmed" className="num nowrap" data-as-of={live.asOf ?? ''}>
        {live.asOf !== null && <time dateTime={new Date(live.asOf).toISOString()} title={format.time(new Date(live.asOf).toISOString())}>{t('board.as_of', { time: format.clock(live.asOf) })}</time>}
      </Text>
      <Tooltip label={t('board.refresh')}>
        <ActionIcon variant="default" size={30} aria-label={t('board.refresh')} aria-busy={live.busy} onClick={live.refresh}><IconRefresh size={15} /></ActionIcon>
      </Tooltip>
    </Group>
  );
}

function BoardMenu({ dashboard }: { dashboard: Dashboard }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const remove = useRemoval(kDashboards);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label={t('saved.actions', { name: dashboard.name })}><IconDots size={16} /></ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setOpen(true)}>{t('board.settings')} …</Menu.Item>
          <Menu.Item c="var(--mantine-color-error)" onClick={() => remove.run(dashboard)}>{t('act.delete')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <RemovalNotice of={remove} />
      {open && <BoardSettings dashboard={dashboard} onClose={() => setOpen(false)} />}
    </>
  );
}
