import { ActionIcon, Badge, Button, Menu, Table, Text } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useRemoval } from '../../data/removal';
import { may, useSession } from '../../data/session';
import { Cell } from '../../ui/Cell';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { DeletedNotice, RemovalNotice } from '../../ui/Removal';
import { Answer, Empty } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import './journeys.css';
import { kJourneys, useJourneys, type Journey } from './journeysData';
import { JourneyState } from './JourneyState';
import { Shipped } from './Shipped';
import { useJourneyText } from './words';

/** What is done for people from the moment something happens, and how far they are. */
export default function Journeys() {
  const { t } = useTranslation();
  const session = useSession();
  const journeys = useJourneys();
  const remove = useRemoval(kJourneys);
  const mayWrite = may(session.data, 'write');
  const isEmpty = journeys.data?.length === 0;
  const create = mayWrite && <Button component={Link} to="/journeys/new">{t(isEmpty ? 'journey.write_own' : 'journey.new')}</Button>;
  return (
    <Page title={t('place.journeys')} about={t('journey.about')} actions={isEmpty ? undefined : create}>
      <DeletedNotice shelf={kJourneys} text={({ name, versions }) => t(versions.length > 0 ? 'journey.deleted' : 'saved.deleted', { name })} />
      <RemovalNotice of={remove} />
      <Answer of={journeys}>
        {(all) => all.length === 0
          ? <Panel><Empty title={t('journey.none')} hint={t('journey.none_hint')} action={create} />{mayWrite && <Shipped taken={[]} />}</Panel>
          : <><Panel flush><JourneyTable journeys={all} mayWrite={mayWrite} onDelete={remove.run} /></Panel>{mayWrite && <Shipped taken={all.map((one) => one.key)} />}</>}
      </Answer>
    </Page>
  );
}

interface TableProps { journeys: Journey[]; mayWrite: boolean; onDelete: (journey: Journey) => void }

function JourneyTable({ journeys, mayWrite, onDelete }: TableProps) {
  const { t } = useTranslation();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('place.journeys')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('journey.journey')}</Table.Th>
            <Table.Th>{t('journey.state')}</Table.Th>
            <Table.Th className="num">{t('journey.version')}</Table.Th>
            <Table.Th className="num">{t('journey.on_their_way')}</Table.Th>
            <Table.Th className="num">{t('journey.entered')}</Table.Th>
            <Table.Th className="num">{t('journey.goals')}</Table.Th>
            <Table.Th>{t('journey.problems')}</Table.Th>
            {mayWrite && <Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{journeys.map((one) => <Row key={one.key} journey={one} mayWrite={mayWrite} onDelete={onDelete} />)}</Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ journey, mayWrite, onDelete }: { journey: Journey } & Omit<TableProps, 'journeys'>) {
  const { t } = useTranslation();
  const format = useFormat();
  const { happeningText } = useJourneyText();
  const { totals, document } = journey;
  const trigger = happeningText((document as Record<string, unknown>).trigger);
  return (
    <Table.Tr data-journey={journey.key}>
      <Cell>
        <div style={{ minWidth: 0 }}>
          <Link className="row-link" to={`/journeys/${journey.key}`}>{journey.name}</Link>
          <Text size="xs" c="dimmed" maw={520} lineClamp={2}>{journey.description || trigger}</Text>
        </div>
      </Cell>
      <Cell label={t('journey.state')}><JourneyState state={journey.state} /></Cell>
      <Cell label={t('journey.version')} className="num">{journey.version ?? '–'}{journey.has_changes && journey.versions.length > 0 && <Text size="xs" c="dimmed">{t('journey.changed')}</Text>}</Cell>
      <Cell label={t('journey.on_their_way')} className="num">{format.number(totals.on_their_way)}</Cell>
      <Cell label={t('journey.entered')} className="num">{format.number(totals.entered)}</Cell>
      <Cell label={t('journey.goals')} className="num">{format.number(totals.ended.goal)}{totals.entered > 0 && <Text size="xs" c="dimmed">{format.percent(totals.ended.goal / totals.entered)}</Text>}</Cell>
      <Cell label={t('journey.problems')}><Problems journey={journey} /></Cell>
      {mayWrite && <Cell ta="right"><RowMenu journey={journey} onDelete={onDelete} /></Cell>}
    </Table.Tr>
  );
}

/** What keeps it from being published, or from doing all it should. */
function Problems({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  const { problems, warnings, totals: { ended: { stuck } } } = journey;
  if (problems.length + warnings.length + stuck === 0) return '–';
  return (
    <span className="journey-troubles">
      {problems.length > 0 && <Badge color="red">{t('journey.problem_count', { count: problems.length })}</Badge>}
      {stuck > 0 && <Badge color="red">{t('journey.stuck_count', { count: stuck })}</Badge>}
      {warnings.length > 0 && <Badge color="gold">{t('journey.warning_count', { count: warnings.length })}</Badge>}
    </span>
  );
}

function RowMenu({ journey, onDelete }: { journey: Journey; onDelete: (journey: Journey) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('saved.actions', { name: journey.name })}><IconDots size={16} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void navigate(`/journeys/${journey.key}/edit`)}>{t('segment.edit')}</Menu.Item>
        <Menu.Item onClick={() => void navigate(`/journeys/new?from=${journey.key}`)}>{t('act.duplicate')}</Menu.Item>
        <Menu.Item c="var(--mantine-color-error)" onClick={() => onDelete(journey)}>{t('act.delete')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
