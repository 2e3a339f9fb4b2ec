import { Button, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { keyFor } from '../../data/definitions';
import { ApiError } from '../../data/errors';
import { may, useSession } from '../../data/session';
import { CodeArea, type Mark } from '../../ui/CodeArea';
import { ConflictNotice } from '../../ui/ConflictNotice';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Answer, Empty, Failure } from '../../ui/States';
import { kNothingLost } from '../../ui/unsaved';
import { useMade } from '../../ui/useMade';
import { useUnsaved } from '../../ui/useUnsaved';
import { BacktestPanel } from './BacktestPanel';
import { PublishDialog } from './dialogs';
import { graphOf } from './graph';
import { JourneyGraph } from './JourneyGraph';
import './journeys.css';
import { readJourney, textOfDraft, unreadableAt, useFindings, useJourneyToEdit, useJourneys, useShippedJourneys, useWriteJourney, type Journey, type JourneyFindings, type JourneyProblem, type JourneyWrite, type Loaded } from './journeysData';
import { placeOf, placesOf, textAt, withTextAt } from './places';

const kOwn = `key: welcome
name: Welcome
description: Says hello an hour after somebody signed up.

trigger: {event: Signed Up}

steps:
  - {id: hour, type: wait, for: 1h}
  - id: hello
    type: message
    channel: email
    template: welcome
    purpose: marketing
`;

/** The text with a key that no journey has yet. */
function withFreeKey(text: string, taken: readonly Journey[]): string {
  const key = textAt(text, 'key');
  const free = keyFor(key, taken.map((one) => one.key), 'journey');
  return free === key ? text : withTextAt(text, 'key', free);
}

/** Writes a journey as text, with what is wrong at its line, and what it looks like beside. */
export default function JourneyEditor() {
  const { t } = useTranslation();
  const { key } = useParams();
  const [params] = useSearchParams();
  const from = params.get('from');
  const example = params.get('shipped');
  const isNew = key === undefined;
  const { identity, isMade, onMade } = useMade(key, `${from ?? ''}/${example ?? ''}`);
  const loaded = useJourneyToEdit(key ?? from);
  const all = useJourneys(isNew);
  const shipped = useShippedJourneys(example !== null);
  if (isMade) return <Editor key={identity} start="" loaded={null} onMade={onMade} />; // It has read all it needs.
  const wanted = [...((key ?? from) === null ? [] : [loaded]), ...(isNew ? [all] : []), ...(example === null ? [] : [shipped])];
  const missing = wanted.find((one) => one.data === undefined);
  if (missing) return <Page title={t('journey.journey')}><Answer of={{ ...missing, data: undefined }}>{() => null}</Answer></Page>;
  const draft = loaded.data?.journey;
  if (!isNew && draft) return <Editor key={identity} start={textOfDraft(draft)} loaded={loaded.data ?? null} onMade={onMade} />;
  const copied = draft && withTextAt(draft.yaml ?? kOwn, 'name', t('saved.copy_of', { name: draft.name }));
  const text = copied ?? shipped.data?.items.find((one) => one.key === example)?.yaml ?? kOwn;
  return <Editor key={identity} start={withFreeKey(text, all.data ?? [])} loaded={null} onMade={onMade} />;
}

interface EditorProps { start: string; loaded: Loaded | null; onMade: (key: string) => void }

/** A draft as it is written, against what is kept of it. */
function useDraft({ start, loaded, onMade }: EditorProps) {
  const navigate = useNavigate();
  const [text, setText] = useState(start);
  const [begun] = useState(start);
  const [base, setBase] = useState(loaded); // What the text was made on.
  const [theirs, setTheirs] = useState<Loaded | 'gone' | null>(null); // What somebody else made of it meanwhile.
  const write = useWriteJourney();
  const key = base?.journey.key ?? textAt(text, 'key');
  const onFailure = (error: unknown) => {
    if (!base || !(error instanceof ApiError) || error.status !== 412) return;
    readJourney(base.journey.key).then(setTheirs, () => setTheirs('gone'));
  };
  const save = (etag: string | null) => {
    const body: JourneyWrite = { name: textAt(text, 'name') || key, description: textAt(text, 'description'), yaml: text };
    write.mutate({ key, etag, body }, {
      onError: onFailure,
      onSuccess: (written) => {
        setBase(written);
        setTheirs(null);
        if (base) return;
        onMade(written.journey.key);
        void navigate(`/journeys/${written.journey.key}/edit`, { replace: true, state: kNothingLost });
      },
    });
  };
  const takeTheirs = () => {
    if (!theirs || theirs === 'gone') return;
    setText(textOfDraft(theirs.journey));
    setBase(theirs);
    setTheirs(null);
    write.reset();
  };
  const isDirty = !base || text !== textOfDraft(base.journey);
  return { text, setText, begun, base, theirs, write, key, isDirty, save: () => save(base?.etag ?? null), saveMine: () => save(theirs === null || theirs === 'gone' ? null : theirs.etag), takeTheirs };
}

/** Saves by Control and S. */
function useSaveKey(save: () => void) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 's') return;
      event.preventDefault();
      save();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
}

/** What is wrong, where it stands in the text. */
function marksOf(text: string, problems: readonly JourneyProblem[], warnings: readonly JourneyProblem[]): Mark[] {
  const places = placesOf(text);
  const mark = (isSoft: boolean) => ({ path, message }: JourneyProblem): Mark => ({ ...placeOf(places, path), message: [path, message].filter(Boolean).join(': '), isSoft });
  return [...problems.map(mark(false)), ...warnings.map(mark(true))].sort((a, b) => a.line - b.line || a.column - b.column);
}

const kPauseMs = 350; // After the last change, so that not every letter asks the server.

/** What is wrong with the text, a moment after each change. */
function useCheck(key: string, text: string) {
  const [asked] = useDebouncedValue(text, kPauseMs);
  const { data, error } = useFindings(key, asked);
  const marks = useMemo(() => {
    if (!data) return [];
    const unreadable = unreadableAt(data.problems[0]?.message ?? '');
    return unreadable ? [unreadable] : marksOf(text, data.problems, data.warnings);
  }, [text, data]);
  return { findings: data ?? null, marks, error };
}

function Editor(props: EditorProps) {
  const { t } = useTranslation();
  const session = useSession();
  const mayWrite = may(session.data, 'write');
  const verdict = useVerdict();
  const draft = useDraft(props);
  const { text, base, theirs, write, isDirty } = draft;
  const [publishing, setPublishing] = useState(false);
  const [tries, setTries] = useState(0);
  const check = useCheck(draft.key, text);
  const isUnreadable = check.findings?.document === null;
  const canSave = mayWrite && isDirty && draft.key !== '' && !isUnreadable && !write.isPending;
  useSaveKey(() => { if (canSave) draft.save(); });
  const question = useUnsaved(mayWrite && isDirty && (base !== null || text !== draft.begun));
  const journey = base?.journey ?? null;
  const document = check.findings?.document ?? journey?.document;
  const graph = useMemo(() => (document ? graphOf(document) : null), [document]);
  const canPublish = journey !== null && !isDirty && journey.problems.length === 0 && journey.has_changes && may(session.data, 'send');
  return (
    <Page title={journey ? t('segment.edit_named', { name: journey.name }) : t('journey.new')} about={t('journey.edit_about')}
      actions={
        <>
          {write.isSuccess && !isDirty && <Text size="sm" c="dimmed" role="status">{t('act.saved')}</Text>}
          <Button variant="default" component={Link} to={journey ? `/journeys/${journey.key}` : '/journeys'}>{t('act.back')}</Button>
          {journey && !isDirty && <Button variant="default" onClick={() => setTries(tries + 1)}>{t('backtest.title')}</Button>}
          <Button disabled={!canSave} loading={write.isPending} onClick={draft.save}>{t('journey.save_draft')}</Button>
          {canPublish && <Button onClick={() => setPublishing(true)}>{t('journey.publish')} …</Button>}
        </>
      }>
      {theirs !== null ? (
        <ConflictNotice now={theirs === 'gone' ? null : theirs.journey} onTheirs={draft.takeTheirs} onMine={draft.saveMine}>
          {theirs !== 'gone' && <b>{theirs.journey.name}</b>}
        </ConflictNotice>
      ) : (write.error || check.error) && <Failure error={write.error ?? check.error} />}
      <div className="journey-editor">
        <Panel title={t('journey.text')} about={verdict(check.findings, draft.key !== '')}>
          <CodeArea beside label={t('journey.text')} value={text} rows={34} readOnly={!mayWrite} marks={check.marks} onChange={draft.setText} />
        </Panel>
        <aside className="journey-drawn" aria-label={t('journey.drawn')}>
          <Panel title={t('journey.drawn')}>
            {document && graph && graph.stops.length > 0 ? <JourneyGraph graph={graph} document={document} /> : <Empty title={t(document ? 'journey.no_steps' : 'journey.not_drawn')} />}
          </Panel>
        </aside>
      </div>
      {journey && <BacktestPanel journey={journey} isDirty={isDirty} arrivals={tries} />}
      {question}
      {publishing && base && <PublishDialog loaded={base} onClose={() => setPublishing(false)} />}
    </Page>
  );
}

/** How the text stands, in a line. */
function useVerdict(): (findings: JourneyFindings | null, hasKey: boolean) => string {
  const { t } = useTranslation();
  return (findings, hasKey) => {
    if (!hasKey) return t('journey.no_key');
    if (!findings) return '';
    if (findings.document === null) return t('journey.unreadable');
    const count = findings.problems.length;
    return count > 0 ? t('journey.has_problems', { count }) : t('journey.no_problems');
  };
}
