import { ActionIcon, Badge, Button, Group, Menu, Table, Text } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { may, useSession } from '../../data/session';
import { Cell } from '../../ui/Cell';
import { Dialog } from '../../ui/Dialog';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Dotted, Time } from '../../ui/Small';
import { Answer, Empty, Failure } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { draftOf, kStateColors, useDeleteForward, useForwards, useWriteForward, writeOf, type Forward } from './forwardsData';

/** Where accepted events go on to, and how far each forward is. */
export default function Forwards() {
  const { t } = useTranslation();
  const session = useSession();
  const forwards = useForwards();
  const mayWrite = may(session.data, 'admin');
  const create = mayWrite && <Button component={Link} to="/forwards/new">{t('forward.new')}</Button>;
  return (
    <Page title={t('place.forwards')} about={t('forward.about')} actions={forwards.data?.length ? create : undefined}>
      <Panel flush>
        <Answer of={forwards}>
          {(all) => all.length === 0 ? <Empty title={t('forward.none')} hint={t('forward.none_hint')} action={create} /> : <ForwardTable forwards={all} mayWrite={mayWrite} />}
        </Answer>
      </Panel>
    </Page>
  );
}

function ForwardTable({ forwards, mayWrite }: { forwards: Forward[]; mayWrite: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('place.forwards')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('forward.forward')}</Table.Th>
            <Table.Th>{t('forward.state')}</Table.Th>
            <Table.Th className="num">{t('forward.lag')}</Table.Th>
            <Table.Th className="num">{t('forward.sent')}</Table.Th>
            <Table.Th className="num">{t('forward.refused')}</Table.Th>
            <Table.Th className="num">{t('forward.repeated')}</Table.Th>
            {mayWrite && <Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {forwards.map((one) => (
            <Table.Tr key={one.key} data-forward={one.key}>
              <Cell>
                <div>
                  {mayWrite ? <Link className="row-link" to={`/forwards/${one.key}`}>{one.name}</Link> : <Text fw={600}>{one.name}</Text>}
                  <Text size="xs" c="dimmed" className="mono" style={{ overflowWrap: 'anywhere' }}>{one.url}</Text>
                </div>
              </Cell>
              <Cell label={t('forward.state')}><State forward={one} /></Cell>
              <Cell label={t('forward.lag')} className="num"><Lag forward={one} /></Cell>
              <Cell label={t('forward.sent')} className="num">{format.number(one.sent)}</Cell>
              <Cell label={t('forward.refused')} className="num">{format.number(one.refused)}</Cell>
              <Cell label={t('forward.repeated')} className="num">{format.number(one.repeated)}</Cell>
              {mayWrite && <Cell ta="right"><RowMenu forward={one} /></Cell>}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** How it is, what that means, and what went wrong last. */
function State({ forward }: { forward: Forward }) {
  const { t } = useTranslation();
  const { state, last_error, last_error_at } = forward;
  const needsHelp = state === 'held' || state === 'behind';
  return (
    <div>
      <Badge color={kStateColors[state]}>{t(`forward.state_${state}`)}</Badge>
      {needsHelp && <Text size="xs" c="dimmed" maw={340}>{t(`forward.help_${state}`)}</Text>}
      {last_error && <Text size="xs" maw={340} {...(state === 'failing' ? { c: 'var(--mantine-color-error)' } : { c: 'dimmed' })}><Dotted><span className="mono">{last_error}</span><Time at={last_error_at} /></Dotted></Text>}
    </div>
  );
}

function Lag({ forward }: { forward: Forward }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (forward.state === 'current') return <span>–</span>;
  return (
    <div>
      <div>{t('forward.records', { count: forward.lag_records, number: format.number(forward.lag_records) })}</div>
      {forward.lag_seconds !== null && <Text size="xs" c="dimmed">{t('forward.seconds', { number: format.number(forward.lag_seconds) })}</Text>}
    </div>
  );
}

function RowMenu({ forward }: { forward: Forward }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const write = useWriteForward();
  const turn = () => write.mutate({ key: forward.key, etag: null, body: { ...writeOf(draftOf(forward), forward), enabled: !forward.enabled } });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t('saved.actions', { name: forward.name })}><IconDots size={16} /></ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => void navigate(`/forwards/${forward.key}`)}>{t('forward.edit')}</Menu.Item>
          <Menu.Item onClick={turn}>{t(forward.enabled ? 'forward.turn_off' : 'forward.turn_on')}</Menu.Item>
          <Menu.Item c="var(--mantine-color-error)" onClick={() => setDeleting(true)}>{t('act.delete')} …</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {write.error && <Failure error={write.error} />}
      {deleting && <DeleteForward forward={forward} onClose={() => setDeleting(false)} />}
    </>
  );
}

function DeleteForward({ forward, onClose }: { forward: Forward; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useDeleteForward();
  return (
    <Dialog title={t('forward.delete', { name: forward.name })} onClose={onClose}>
      <Text size="sm">{t('forward.delete_what')}</Text>
      {remove.error && <Failure error={remove.error} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
        <Button color="red.9" data-autofocus loading={remove.isPending} onClick={() => remove.mutate(forward.key, { onSuccess: onClose })}>{t('act.delete')}</Button>
      </Group>
    </Dialog>
  );
}
