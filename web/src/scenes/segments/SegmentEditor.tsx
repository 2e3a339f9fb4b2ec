import { Alert, Button, Group as Row, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { ApiError } from '../../data/errors';
import { may, useSession } from '../../data/session';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Answer, Failure } from '../../ui/States';
import { kNothingLost } from '../../ui/unsaved';
import { useFormat } from '../../ui/useFormat';
import { useUnsaved } from '../../ui/useUnsaved';
import { ConditionGroup } from '../explore/builder/ConditionGroup';
import '../explore/builder/sentence.css';
import { groupOf, kNoDeed, sameWhere, whereOf, type Group } from '../explore/condition';
import { useEvents } from '../explore/exploreData';
import { Conflict } from './Conflict';
import { eventOfExamples, exampleOf, kExamples } from './examples';
import { PreviewPanel, useDraftPreview } from './PreviewPanel';
import './segments.css';
import { rowsOf, saidPlainly, useSegment, useWriteSegment, type Loaded, type SegmentWrite } from './segmentsData';
import { usePeopleText } from './words';

const kNothing: Group = { join: 'and', parts: [kNoDeed] };

interface Draft {
  name: string;
  description: string;
  conditions: Group | string; // A text: JSON, of what rows cannot show.
}

/** The conditions of a draft as the API takes them; undefined while there are none, null while the text is no JSON. */
function conditionsOf({ conditions }: Draft): unknown {
  if (typeof conditions !== 'string') return whereOf(conditions);
  try {
    return JSON.parse(conditions) as unknown;
  } catch {
    return null;
  }
}

/** Conditions as rows, else as JSON. */
function rowsFor(conditions: unknown): Group | string {
  const group = groupOf(conditions);
  return group ? saidPlainly(group) : JSON.stringify(conditions, null, 2);
}

const draftOf = ({ name, description, conditions }: SegmentWrite): Draft => ({ name, description: description ?? '', conditions: rowsFor(conditions) });

/** Makes a segment, or changes one: its conditions, and who is meant by them while they change. */
export default function SegmentEditor() {
  const { t } = useTranslation();
  const { key } = useParams();
  const [params] = useSearchParams();
  const from = params.get('from');
  const example = kExamples.find((one) => one === params.get('example'));
  const loaded = useSegment(key ?? from);
  const events = useEvents();
  if ((key ?? from) !== null && !loaded.data) return <Page title={t('segment.segment')}><Answer of={loaded}>{() => null}</Answer></Page>;
  if (example && events.isPending) return <Page title={t('segment.new')}><Answer of={events}>{() => null}</Answer></Page>;
  const start = loaded.data ? draftOf(loaded.data.segment)
    : { name: example ? t(`segment.example_${example}`) : '', description: '', conditions: example ? exampleOf(example, eventOfExamples(events.data?.items ?? [])) : kNothing };
  const copied = key === undefined && loaded.data ? { ...start, name: t('saved.copy_of', { name: start.name }) } : start;
  return <Editor key={`${key ?? 'new'}/${from ?? ''}/${example ?? ''}`} start={copied} loaded={key === undefined ? null : loaded.data ?? null} />;
}

function Editor({ start, loaded }: { start: Draft; loaded: Loaded | null }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const session = useSession();
  const format = useFormat();
  const [draft, setDraft] = useState(start);
  const [saved, setSaved] = useState(start); // What the draft is compared with.
  const [base, setBase] = useState(loaded); // What the draft was made on.
  const write = useWriteSegment();
  const conditions = conditionsOf(draft);
  const preview = useDraftPreview(conditions ?? undefined);
  const isDirty = JSON.stringify(draft) !== JSON.stringify(saved);
  const question = useUnsaved(isDirty);
  const save = (etag: string | null) => write.mutate({ key: base?.segment.key ?? null, etag, body: { name: draft.name.trim(), description: draft.description.trim(), conditions } as SegmentWrite },
    { onSuccess: (segment) => void navigate(`/segments/${segment.key}`, { state: kNothingLost }) });
  const takeTheirs = (theirs: Loaded) => {
    setDraft(draftOf(theirs.segment));
    setSaved(draftOf(theirs.segment));
    setBase(theirs);
    write.reset();
  };
  const isConflict = write.error instanceof ApiError && write.error.status === 412 && base !== null;
  const missing = !draft.name.trim() ? 'name' : conditions === undefined ? 'conditions' : conditions === null ? 'json' : null;
  return (
    <Page title={base ? t('segment.edit_named', { name: base.segment.name }) : t('segment.new')}
      actions={<Button variant="default" component={Link} to={base ? `/segments/${base.segment.key}` : '/segments'}>{t('act.cancel')}</Button>}>
      <form className="segment-editor" onSubmit={(event) => { event.preventDefault(); if (!missing) save(base?.etag ?? null); }}>
        {/* What is typed after Save would be lost on the way to the segment's page. */}
        <fieldset className="segment-fields" disabled={write.isPending}><Stack gap="sm">
          <Panel>
            <div className="segment-names">
              <TextInput required data-autofocus autoFocus={!base} label={t('source.name')} value={draft.name} maxLength={100} placeholder={t('segment.name_hint')} onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })} />
              <TextInput label={t('act.description')} value={draft.description} maxLength={500} onChange={(event) => setDraft({ ...draft, description: event.currentTarget.value })} />
            </div>
          </Panel>
          <Panel title={t('segment.who_is_in')}>
            <Conditions value={draft.conditions} onChange={(next) => setDraft({ ...draft, conditions: next })} />
          </Panel>
          {isConflict ? <Conflict of={base.segment.key} onTheirs={takeTheirs} onMine={save} /> : write.error && <Failure error={write.error} />}
          <Row justify="flex-end" gap="sm" className="segment-save">
            {preview.data && conditions !== undefined && <Text size="sm" fw={600} className="segment-fit num">{t('segment.fit', { count: preview.data.count, number: format.number(preview.data.count) })}</Text>}
            {missing && isDirty && <Text size="xs" c="dimmed">{t(`segment.missing_${missing}`)}</Text>}
            <Button type="submit" disabled={missing !== null || !may(session.data, 'write') || (base !== null && !isDirty)} loading={write.isPending}>{t('act.save')}</Button>
          </Row>
        </Stack></fieldset>
        <PreviewPanel of={preview} isAsked={conditions !== undefined && conditions !== null} standing={base && !sameWhere(conditions, conditionsOf(draftOf(base.segment))) ? base.segment : null} />
      </form>
      {question}
    </Page>
  );
}

interface ConditionsProps { value: Group | string; onChange: (next: Group | string) => void }

/** Rows of conditions, with the way back from a removal; as JSON for what rows cannot show. */
function Conditions({ value, onChange }: ConditionsProps) {
  const { t } = useTranslation();
  const peopleText = usePeopleText();
  const [before, setBefore] = useState<Group | null>(null);
  if (typeof value === 'string') return <AsJson value={value} onChange={onChange} />;
  const change = (next: Group) => {
    setBefore(rowsOf(next) < rowsOf(value) ? value : null);
    onChange(next);
  };
  const where = whereOf(value);
  return (
    <Stack gap="sm" className="segment-conditions">
      <Text className="segment-words" role="status">{where === undefined ? t('segment.empty_words') : peopleText(where)}</Text>
      <ConditionGroup of={{ event: '*' }} group={value} asks="people" onChange={change} />
      {before && (
        <Alert variant="light" color="gray" py={4} role="status">
          <Row gap="sm"><Text size="sm">{t('segment.removed')}</Text><Button size="compact-xs" variant="default" onClick={() => { onChange(before); setBefore(null); }}>{t('act.undo')}</Button></Row>
        </Alert>
      )}
      <Row justify="flex-end"><Button size="compact-xs" variant="subtle" color="gray" onClick={() => onChange(JSON.stringify(where ?? [], null, 2))}>{t('segment.as_json')}</Button></Row>
    </Stack>
  );
}

function AsJson({ value, onChange }: { value: string; onChange: (next: Group | string) => void }) {
  const { t } = useTranslation();
  const conditions = conditionsOf({ name: '', description: '', conditions: value });
  const group = conditions === null ? null : groupOf(conditions);
  return (
    <Stack gap="xs">
      <Textarea aria-label={t('segment.conditions')} autosize minRows={8} maxRows={24} spellCheck={false} value={value} onChange={(event) => onChange(event.currentTarget.value)}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }} error={conditions === null ? t('segment.missing_json') : null} />
      <Row justify="space-between">
        <Text size="xs" c="dimmed">{conditions !== null && group === null ? t('segment.only_json') : ''}</Text>
        <Button size="compact-xs" variant="default" disabled={group === null} onClick={() => group && onChange(saidPlainly(group))}>{t('segment.as_rows')}</Button>
      </Row>
    </Stack>
  );
}
