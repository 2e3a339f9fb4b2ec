import { ActionIcon, Button, Menu, Table, Text } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useRemoval } from '../../data/removal';
import { may, useSession } from '../../data/session';
import { Cell } from '../../ui/Cell';
import { NameDialog } from '../../ui/NameDialog';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { DeletedNotice, RemovalNotice } from '../../ui/Removal';
import { Dotted, Time } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { writeOf, type Dashboard } from './board';
import { kDashboards, useDashboards, useMakeDashboard } from './dashboardsData';

type Doing = { what: 'make' } | { what: 'duplicate'; dashboard: Dashboard } | null;

/** Dashboards, and the way to a new one. */
export default function Dashboards() {
  const { t } = useTranslation();
  const session = useSession();
  const dashboards = useDashboards();
  const [doing, setDoing] = useState<Doing>(null);
  const remove = useRemoval(kDashboards);
  const mayWrite = may(session.data, 'write');
  const make = mayWrite && <Button onClick={() => setDoing({ what: 'make' })}>{t('board.new')}</Button>;
  return (
    <Page title={t('place.dashboards')} about={t('board.about')} actions={make}>
      <DeletedNotice shelf={kDashboards} text={({ name }) => t('board.deleted', { name })} />
      <RemovalNotice of={remove} />
      <Panel flush>
        <Answer of={dashboards}>
          {(all) => all.length === 0
            ? <Empty title={t('board.none')} hint={t('board.none_hint')} action={make} />
            : <DashboardTable dashboards={all} mayWrite={mayWrite} onDuplicate={(dashboard) => setDoing({ what: 'duplicate', dashboard })} onDelete={remove.run} />}
        </Answer>
      </Panel>
      {doing && <MakeDashboard like={doing.what === 'duplicate' ? doing.dashboard : null} onClose={() => setDoing(null)} />}
    </Page>
  );
}

/** Makes a dashboard, empty or like another, and opens it. */
function MakeDashboard({ like, onClose }: { like: Dashboard | null; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const make = useMakeDashboard();
  const start = like ? { name: t('saved.copy_of', { name: like.name }), description: like.description } : { name: '', description: '' };
  return (
    <NameDialog title={t(like ? 'board.duplicate' : 'board.new')} start={start} confirm={t(like ? 'act.duplicate' : 'board.create')}
      pending={make.isPending} error={make.error} onClose={onClose}
      onConfirm={(naming) => make.mutate({ ...(like ? writeOf(like) : {}), ...naming }, { onSuccess: (made) => void navigate(`/dashboards/${made.key}`) })} />
  );
}

interface TableProps {
  dashboards: Dashboard[];
  mayWrite: boolean;
  onDuplicate: (dashboard: Dashboard) => void;
  onDelete: (dashboard: Dashboard) => void;
}

function DashboardTable({ dashboards, mayWrite, onDuplicate, onDelete }: TableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('place.dashboards')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('board.dashboard')}</Table.Th>
            <Table.Th className="num">{t('board.tiles')}</Table.Th>
            <Table.Th>{t('saved.changed')}</Table.Th>
            {mayWrite && <Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {dashboards.map((one) => (
            <Table.Tr key={one.key} data-dashboard={one.key}>
              <Cell>
                <div>
                  <Link className="row-link" to={`/dashboards/${one.key}`}>{one.name}</Link>
                  {one.description && <Text size="xs" c="dimmed">{one.description}</Text>}
                </div>
              </Cell>
              <Cell label={t('board.tiles')} className="num">{format.number(one.tiles.length)}</Cell>
              <Cell label={t('saved.changed')}><span><Dotted><Time at={one.updated_at} />{one.updated_by}</Dotted></span></Cell>
              {mayWrite && (
                <Cell ta="right">
                  <Menu position="bottom-end">
                    <Menu.Target>
                      <ActionIcon variant="subtle" color="gray" aria-label={t('saved.actions', { name: one.name })}><IconDots size={16} /></ActionIcon>
                    </Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item onClick={() => onDuplicate(one)}>{t('act.duplicate')} …</Menu.Item>
                      <Menu.Item c="var(--mantine-color-error)" onClick={() => onDelete(one)}>{t('act.delete')}</Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                </Cell>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
