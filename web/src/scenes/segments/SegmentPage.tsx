import { ActionIcon, Button, Group, Menu, Progress, Table, Text } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { useRemoval } from '../../data/removal';
import { may, useSession } from '../../data/session';
import { Cell } from '../../ui/Cell';
import { LazyChart } from '../../ui/LazyChart';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { RemovalNotice } from '../../ui/Removal';
import { CopyText, IdentifierText, KnownBadge, More, Time } from '../../ui/Small';
import { Answer, Empty } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { displayName } from '../people/peopleData';
import { BacktestPanel } from './BacktestPanel';
import { RenameSegment } from './RenameSegment';
import './segments.css';
import { SegmentState } from './SegmentState';
import { kSegments, useComings, useMembers, usePreview, useSegment, type Segment, type SegmentMember } from './segmentsData';
import { usePeopleText } from './words';

/** A segment: who is meant, how many they are, who came and went, and who is in it. */
export default function SegmentPage() {
  const { t } = useTranslation();
  const { key = '' } = useParams();
  const loaded = useSegment(key);
  if (!loaded.data) return <Page title={t('segment.segment')}><Answer of={loaded}>{() => null}</Answer></Page>;
  return <Shown key={key} segment={loaded.data.segment} />;
}

function Shown({ segment }: { segment: Segment }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const session = useSession();
  const [renaming, setRenaming] = useState(false);
  const remove = useRemoval(kSegments);
  return (
    <Page title={segment.name} about={<About segment={segment} />}
      actions={may(session.data, 'write') && (
        <>
          <Button component={Link} to={`/segments/${segment.key}/edit`}>{t('segment.edit')}</Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="default" size={30} aria-label={t('saved.actions', { name: segment.name })}><IconDots size={16} /></ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setRenaming(true)}>{t('act.rename')} …</Menu.Item>
              <Menu.Item onClick={() => void navigate(`/segments/new?from=${segment.key}`)}>{t('act.duplicate')}</Menu.Item>
              <Menu.Item c="var(--mantine-color-error)" onClick={() => remove.run(segment)}>{t('act.delete')}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      )}>
      <RemovalNotice of={remove} />
      <div className="segment-page">
        <Size segment={segment} />
        <Comings segment={segment} />
        <BacktestPanel segment={segment} />
        <Members segment={segment} />
      </div>
      {renaming && <RenameSegment segment={segment} onClose={() => setRenaming(false)} />}
    </Page>
  );
}

function About({ segment }: { segment: Segment }) {
  const { t } = useTranslation();
  return (
    <>
      {segment.description && <Text size="sm" c="dimmed" maw={760}>{segment.description}</Text>}
      <Group gap={8} component="div">
        <SegmentState state={segment.state} />
        <span>{t('saved.changed_by', { by: segment.updated_by })} <Time at={segment.updated_at} /></span>
        <span className="mono">{segment.key}</span>
        <CopyText text={segment.key} label={t('segment.copy_key')} compact />
      </Group>
    </>
  );
}

function Size({ segment }: { segment: Segment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const peopleText = usePeopleText();
  return (
    <Panel>
      <Text size="xs" c="dimmed">{t('segment.in_it')}</Text>
      <Text className="segment-size num" data-size={segment.size}>{format.number(segment.size)}</Text>
      {segment.state === 'building' && <Building segment={segment} />}
      <Text mt={8} style={{ overflowWrap: 'anywhere' }}>{peopleText(segment.conditions)}</Text>
    </Panel>
  );
}

/** How far the people of before are brought in, of those whom history holds. */
function Building({ segment }: { segment: Segment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = usePreview(segment.conditions).data?.count;
  const share = count ? Math.min(1, segment.size / count) : 0;
  return (
    <>
      <Progress my={6} size={5} color="gold" value={share > 0 ? share * 100 : 100} striped={share === 0} animated={share === 0} aria-label={t('segment.state_building')} />
      <Text size="xs" c="dimmed">{count === undefined ? t('segment.building_about') : t('segment.building_of', { count, number: format.number(count) })}</Text>
    </>
  );
}

function Comings({ segment }: { segment: Segment }) {
  const { t } = useTranslation();
  const format = useFormat();
  const comings = useComings(segment.key);
  const people = (value: number) => format.number(Math.abs(value));
  return (
    <Panel title={t('segment.comings')} about={t('segment.comings_about')}>
      <Answer of={comings} rows={4}>
        {(days) => days.every((day) => day.entered === 0 && day.left === 0) ? <Text size="sm" c="dimmed">{t('segment.no_comings')}</Text> : (
          <LazyChart kind="stacked" height={170} label={t('segment.comings')} categories={days.map((day) => format.tick(day.at, 'day'))} value={people} compact={people}
            series={[{ label: t('segment.entered'), points: days.map((day, place) => [place, day.entered]) }, { label: t('segment.left'), points: days.map((day, place) => [place, -day.left]) }]} />
        )}
      </Answer>
    </Panel>
  );
}

function Members({ segment }: { segment: Segment }) {
  const { t } = useTranslation();
  const members = useMembers(segment.key);
  return (
    <Panel title={t('segment.members')} flush>
      <Answer of={members}>
        {(data) => {
          const items = data.pages.flatMap((page) => page.items);
          if (items.length === 0) return <Empty title={t('segment.no_members')} hint={t(segment.state === 'building' ? 'segment.building_about' : 'segment.no_members_hint')} />;
          return <><MemberTable members={items} /><More of={members} /></>;
        }}
      </Answer>
    </Panel>
  );
}

const kIdentifiers = 2;

function MemberTable({ members }: { members: SegmentMember[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="scroll-x">
      <Table className="cards" aria-label={t('segment.members')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('people.person')}</Table.Th>
            <Table.Th>{t('people.identifiers')}</Table.Th>
            <Table.Th>{t('segment.since')}</Table.Th>
            <Table.Th className="num">{t('people.events')}</Table.Th>
            <Table.Th>{t('people.last_seen')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {members.map(({ since, profile }) => (
            <Table.Tr key={profile.id}>
              <Cell>
                <Link className="row-link" to={`/people/${profile.id}`}>{displayName(profile, t('people.nameless'))}</Link>{' '}
                <KnownBadge known={profile.known} />
              </Cell>
              <Cell label={t('people.identifiers')}>{profile.identifiers.slice(0, kIdentifiers).map((one) => <div key={one.namespace + one.value}><IdentifierText {...one} /></div>)}</Cell>
              <Cell label={t('segment.since')}><Time at={since} /></Cell>
              <Cell label={t('people.events')} className="num">{format.number(profile.event_count)}</Cell>
              <Cell label={t('people.last_seen')}><Time at={profile.last_seen} /></Cell>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
