import { Button, Group, Stack, Tabs, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useParams, useSearchParams } from 'react-router';
import { may, useSession } from '../../data/session';
import { Page } from '../../ui/Page';
import { Partial, Answer } from '../../ui/States';
import { CopyText, KnownBadge } from '../../ui/Small';
import { useFormat } from '../../ui/useFormat';
import { ActivityPanel } from './ActivityPanel';
import { ChangeNotice } from './ChangeNotice';
import { ConsentsPanel } from './ConsentsPanel';
import { EraseButton } from './EraseButton';
import { Glance } from './Glance';
import { Identity } from './Identity';
import { displayName, exportPath, useProfile, type Profile as Person } from './peopleData';
import { AccountsPanel, IdentifiersPanel } from './ProfileFacts';
import { SegmentsPanel } from './SegmentsPanel';
import { Timeline } from './Timeline';
import { TraitsPanel } from './TraitsPanel';
import { WaysPanel } from './WaysPanel';

/** The golden record of one person. */
export default function Profile() {
  const { t } = useTranslation();
  const { ref = '' } = useParams();
  const profile = useProfile(ref);
  if (!profile.data) return <Page title={t('people.person')}><Answer of={profile} rows={10}>{() => null}</Answer></Page>;
  return <Loaded person={profile.data} />;
}

function Loaded({ person }: { person: Person }) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const session = useSession();
  const tab = params.get('tab') === 'identity' ? 'identity' : 'timeline';
  return (
    <Page title={displayName(person, t('people.nameless'))} about={<Header person={person} />}
      actions={
        <>
          <Button variant="default" component={Link} to={`/messages?person=${person.id}`}>{t('place.messages')}</Button>
          <Button variant="default" component={Link} to={`/tasks?person=${person.id}`}>{t('place.tasks')}</Button>
          <Button variant="default" component="a" href={exportPath(person.id)} download>{t('profile.export')}</Button>
          {may(session.data, 'erase') && <EraseButton person={person} />}
        </>
      }>
      {person.merged_from && <Partial>{t('profile.merged_from', { id: person.merged_from })}</Partial>}
      <ChangeNotice person={person} mayWrite={may(session.data, 'write')} />
      <Glance person={person} />
      <div className="split">
        <Stack gap="sm">
          <IdentifiersPanel person={person} />
          <SegmentsPanel person={person} />
          <WaysPanel person={person} />
          <ActivityPanel person={person} />
          <TraitsPanel person={person} />
          <ConsentsPanel person={person} mayWrite={may(session.data, 'write')} />
          <AccountsPanel person={person} />
        </Stack>
        <Tabs value={tab} onChange={(value) => setParams(value === 'identity' ? { tab: 'identity' } : {}, { replace: true })} keepMounted={false}>
          <Tabs.List mb="sm">
            <Tabs.Tab value="timeline">{t('profile.timeline')}</Tabs.Tab>
            <Tabs.Tab value="identity">{t('profile.identity')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="timeline"><Timeline person={person} /></Tabs.Panel>
          <Tabs.Panel value="identity"><Identity person={person} mayWrite={may(session.data, 'write')} /></Tabs.Panel>
        </Tabs>
      </div>
    </Page>
  );
}

function Header({ person }: { person: Person }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Group gap="xs" mt={4}>
      <KnownBadge known={person.known} />
      <Text span size="sm" className="num">{t('profile.events', { count: person.event_count, number: format.number(person.event_count) })}</Text>
      <Text span size="sm" className="num">{t('profile.sessions', { count: person.session_count, number: format.number(person.session_count) })}</Text>
      <Text span size="sm">{t('people.first_seen')}: {format.time(person.first_seen)}</Text>
      <span className="mono">{person.id}</span>
      <CopyText text={person.id} label={t('profile.copy_id')} compact />
    </Group>
  );
}
