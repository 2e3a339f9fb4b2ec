import { ActionIcon, Badge, Button, Group, Loader, Menu, Select, Text } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { useRemoval } from '../../data/removal';
import { may, useSession } from '../../data/session';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { RemovalNotice } from '../../ui/Removal';
import { CopyText, Stat, Time } from '../../ui/Small';
import { Answer, Empty, Failure, Partial } from '../../ui/States';
import { UndoNotice } from '../../ui/UndoNotice';
import { useFormat } from '../../ui/useFormat';
import { BacktestPanel } from './BacktestPanel';
import { PublishDialog, ResumeDialog, StopDialog } from './dialogs';
import { draw } from './drawing';
import { Endings, Refusals, Rules } from './Facts';
import { graphOf, graphOfVersion } from './graph';
import { JourneyGraph } from './JourneyGraph';
import './journeys.css';
import { JourneyState } from './JourneyState';
import { kJourneys, useJourney, usePause, useReport, versionOfDraft, type Journey, type JourneyReport, type Loaded } from './journeysData';
import { Runs } from './Runs';

/** One journey: its steps with who is where, how runs ended, and who is on her way. */
export default function JourneyPage() {
  const { t } = useTranslation();
  const { key = '' } = useParams();
  const loaded = useJourney(key);
  if (!loaded.data) return <Page title={t('journey.journey')}><Answer of={loaded}>{() => null}</Answer></Page>;
  return <Shown key={key} loaded={loaded.data} />;
}

function Shown({ loaded }: { loaded: Loaded }) {
  const { t } = useTranslation();
  const { journey } = loaded;
  const session = useSession();
  const report = useReport(journey.key);
  const [params, setParams] = useSearchParams();
  const step = params.get('step') ?? '';
  const remove = useRemoval(kJourneys);
  const pause = usePause();
  const [dialog, setDialog] = useState<'publish' | 'resume' | 'stop' | null>(null);
  const close = () => setDialog(null);
  const put = (name: string, value: string) => setParams((before) => { if (value) before.set(name, value); else before.delete(name); return before; }, { replace: true });
  return (
    <Page title={journey.name} about={<About journey={journey} />}
      actions={
        <>
          {may(session.data, 'write') && <Button variant="default" component={Link} to={`/journeys/${journey.key}/edit`}>{t('segment.edit')}</Button>}
          {journey.state === 'published' && may(session.data, 'write') && <Button variant="default" loading={pause.isPending} onClick={() => pause.mutate(journey.key)}>{t('journey.pause')}</Button>}
          {journey.state === 'paused' && may(session.data, 'send') && <Button onClick={() => setDialog('resume')}>{t('journey.resume')} …</Button>}
          {journey.has_changes && journey.state !== 'paused' && may(session.data, 'send') && <Button disabled={journey.problems.length > 0} onClick={() => setDialog('publish')}>{t(journey.state === 'published' ? 'journey.publish_changes' : 'journey.publish')} …</Button>}
          {may(session.data, 'write') && <MoreMenu journey={journey} onStop={() => setDialog('stop')} onDelete={remove.run} />}
        </>
      }>
      {pause.isSuccess && journey.state === 'paused' && <UndoNotice text={t('journey.was_paused')} pending={false} error={null} onUndo={() => setDialog('resume')} onClose={() => pause.reset()} />}
      <RemovalNotice of={remove} />
      {pause.error && <Failure error={pause.error} />}
      {journey.problems.length > 0 && <Partial>{t('journey.has_problems', { count: journey.problems.length })} <Link to={`/journeys/${journey.key}/edit`}>{t('journey.show_problems')}</Link></Partial>}
      <Figures journey={journey} />
      <Answer of={report}>
        {(data) => <Middle journey={journey} report={data} step={step} wanted={params.get('version') ?? ''} onVersion={(version) => put('version', version)} />}
      </Answer>
      <BacktestPanel journey={journey} />
      {journey.versions.length > 0 && (
        <Runs of={journey.key} step={step} onStep={(next) => put('step', next)} mayWrite={may(session.data, 'write')}
          steps={[...new Set((report.data?.versions ?? []).flatMap((one) => one.steps.map((each) => each.id)))]} />
      )}
      {dialog === 'publish' && <PublishDialog loaded={loaded} onClose={close} />}
      {dialog === 'resume' && <ResumeDialog journey={journey} onClose={close} />}
      {dialog === 'stop' && <StopDialog journey={journey} onClose={close} />}
    </Page>
  );
}

interface MoreProps { journey: Journey; onStop: () => void; onDelete: (journey: Journey) => void }

function MoreMenu({ journey, onStop, onDelete }: MoreProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const canStop = journey.state === 'published' || journey.state === 'building' || journey.state === 'paused' || journey.totals.on_their_way > 0;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={30} aria-label={t('saved.actions', { name: journey.name })}><IconDots size={16} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {canStop && <Menu.Item onClick={onStop}>{t('journey.stop')} …</Menu.Item>}
        <Menu.Item onClick={() => void navigate(`/messages?journey=${journey.key}`)}>{t('place.messages')}</Menu.Item>
        <Menu.Item onClick={() => void navigate(`/journeys/new?from=${journey.key}`)}>{t('act.duplicate')}</Menu.Item>
        <Menu.Item c="var(--mantine-color-error)" onClick={() => onDelete(journey)}>{t('act.delete')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** How much of what people did before has been read for a version that waits to take over. */
function BuildingBadge({ building }: { building: NonNullable<Journey['building']> }) {
  const { t } = useTranslation();
  const format = useFormat();
  const text = building.read < 1
    ? t('journey.building_reads', { number: building.version, share: format.percent(building.read) })
    : t('journey.building_waits', { number: building.version, segments: building.segments.join(', ') });
  return <Badge color="gold" leftSection={<Loader size={9} color="currentColor" aria-hidden />}>{text}</Badge>;
}

function About({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  return (
    <>
      {journey.description && <Text size="sm" c="dimmed" maw={760}>{journey.description}</Text>}
      <Group gap={8} component="div">
        <JourneyState state={journey.state} />
        {journey.paused_at && <Time at={journey.paused_at} />}
        {journey.version !== null && <span>{t('journey.version_of_new', { number: journey.version })}</span>}
        {journey.building && <BuildingBadge building={journey.building} />}
        {journey.catching_up && <Badge color="gold" leftSection={<Loader size={9} color="currentColor" aria-hidden />}>{t('journey.catching_up')}</Badge>}
        {journey.has_changes && journey.versions.length > 0 && <Badge color="gold">{t('journey.draft_differs')}</Badge>}
        <span className="mono">{journey.key}</span>
        <CopyText text={journey.key} label={t('segment.copy_key')} compact />
      </Group>
    </>
  );
}

/** How many, over all versions. */
function Figures({ journey: { totals, versions } }: { journey: Journey }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (versions.length === 0) return null;
  const share = (count: number) => (totals.entered > 0 ? t('journey.of_entered', { share: format.percent(count / totals.entered) }) : undefined);
  const ended = Object.values(totals.ended).reduce((sum, one) => sum + one, 0);
  return (
    <div className="journey-figures" role="group" aria-label={t('journey.figures')}>
      <Stat label={t('journey.on_their_way')} value={format.number(totals.on_their_way)} unit={t('journey.runs_now')} />
      <Stat label={t('journey.entered')} value={format.number(totals.entered)} unit={t('journey.since_ever')} />
      <Stat label={t('journey.goals')} value={format.number(totals.ended.goal)} unit={share(totals.ended.goal)} />
      <Stat label={t('journey.ended')} value={format.number(ended)} unit={share(ended)} {...(totals.ended.stuck > 0 ? { tone: 'bad' as const } : {})} />
    </div>
  );
}

const kDraft = 'draft';
const kBeside = 800; // A wider drawing has the whole width, and the facts stand below.

interface MiddleProps { journey: Journey; report: JourneyReport; step: string; wanted: string; onVersion: (version: string) => void }

/** The steps of a version or of the draft, and beside them how runs end. */
function Middle({ journey, report, step, wanted, onVersion }: MiddleProps) {
  const { t } = useTranslation();
  const choices = [
    ...[...report.versions].reverse().map((one) => ({ value: String(one.number), label: t('journey.version_number', { number: one.number }) })),
    ...(journey.has_changes || report.versions.length === 0 ? [{ value: kDraft, label: t('journey.draft') }] : []),
  ];
  const usual = String(journey.version ?? report.versions.at(-1)?.number ?? kDraft);
  const chosen = choices.find((one) => one.value === wanted)?.value ?? usual;
  const version = report.versions.find((one) => String(one.number) === chosen) ?? null;
  const document = version === null || version.number === versionOfDraft(journey) ? journey.document : null;
  const graph = version ? graphOfVersion(version, document) : graphOf(journey.document);
  const linkTo = (id: string) => `?${new URLSearchParams({ ...(wanted ? { version: wanted } : {}), ...(id === step ? {} : { step: id }) }).toString()}`;
  return (
    <div className="journey-page" data-wide={draw(graph).width > kBeside}>
      <Panel title={t('journey.steps')} about={version ? t('journey.steps_about') : t('journey.steps_of_draft')}
        actions={choices.length > 1 && <Select w={150} aria-label={t('journey.version')} allowDeselect={false} value={chosen} data={choices} onChange={(next) => onVersion(next === null || next === usual ? '' : next)} />}>
        {graph.stops.length === 0 ? <Empty title={t('journey.no_steps')} /> : <JourneyGraph graph={graph} document={document} chosen={step} linkTo={linkTo} />}
        {version && document === null && <Text size="xs" c="dimmed">{t('journey.ways_gone')}</Text>}
      </Panel>
      <div className="journey-side">
        <Endings ended={version?.ended ?? null} erased={version?.erased ?? 0} />
        {report.versions.length > 0 && <Refusals refused={report.refused} />}
        {document !== null && <Rules document={document} />}
      </div>
    </div>
  );
}
