import { ActionIcon, Button, Menu, Select, SimpleGrid, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { ApiError } from '../../data/errors';
import { useRemoval } from '../../data/removal';
import { may, useSession } from '../../data/session';
import { ConflictNotice } from '../../ui/ConflictNotice';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { RemovalNotice } from '../../ui/Removal';
import { Answer, Failure } from '../../ui/States';
import { useChannelText } from '../../ui/useChannelText';
import { kNothingLost } from '../../ui/unsaved';
import { useMade } from '../../ui/useMade';
import { useUnsaved } from '../../ui/useUnsaved';
import { draftOf, kChannels, kEmptyDraft, localeOf, writeOf, type Channel, type Draft } from './draft';
import { exampleOf, kExamples } from './examples';
import { PartsPanel } from './PartsPanel';
import { PreviewPanel, usePreviewing } from './PreviewPanel';
import './templates.css';
import { kTemplates, readTemplate, useTemplate, useWriteTemplate, type Loaded } from './templatesData';

const isSame = (one: Draft, other: Draft) => JSON.stringify(writeOf(one)) === JSON.stringify(writeOf(other));

/** Writes a template, with the message that becomes of it beside. */
export default function TemplateEditor() {
  const { t } = useTranslation();
  const { key } = useParams();
  const [params] = useSearchParams();
  const from = params.get('from');
  const example = kExamples.find((one) => one === params.get('example'));
  const loaded = useTemplate(key ?? from);
  const { identity, isMade, onMade } = useMade(key, `${from ?? ''}/${example ?? ''}`);
  if (!isMade && (key ?? from) !== null && !loaded.data) return <Page title={t('template.template')}><Answer of={loaded}>{() => null}</Answer></Page>;
  const start = loaded.data ? draftOf(loaded.data.template) : example ? exampleOf(example, t(`template.example_${example}`)) : kEmptyDraft;
  const copied = key === undefined && loaded.data ? { ...start, name: t('saved.copy_of', { name: start.name }) } : start;
  return <Editor key={identity} start={copied} loaded={key === undefined ? null : loaded.data ?? null} onMade={onMade} />;
}

interface EditorProps { start: Draft; loaded: Loaded | null; onMade: (key: string) => void }

function Editor({ start, loaded, onMade }: EditorProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const session = useSession();
  const mayWrite = may(session.data, 'send');
  const [draft, setDraft] = useState(start);
  const [base, setBase] = useState(loaded); // What the draft was made on.
  const [locale, setLocale] = useState(start.locale);
  const [theirs, setTheirs] = useState<Loaded | 'gone' | null>(null); // What somebody else made of it meanwhile.
  const write = useWriteTemplate();
  const remove = useRemoval(kTemplates);
  const preview = usePreviewing(draft, locale);
  const channelText = useChannelText();
  const isDirty = !base || !isSame(draft, draftOf(base.template));
  const question = useUnsaved(mayWrite && !isSame(draft, base ? draftOf(base.template) : start));
  const { problems } = preview;
  const whole = problems.filter((one) => localeOf(draft, one) === null && one.path !== 'name');
  const put = (fields: Partial<Draft>) => setDraft({ ...draft, ...fields });

  const onFailure = (error: unknown) => {
    if (!base || !(error instanceof ApiError) || error.status !== 412) return;
    readTemplate(base.template.key).then(setTheirs, () => setTheirs('gone'));
  };
  const save = (etag: string | null) => write.mutate({ key: base?.template.key ?? null, etag, body: writeOf(draft) }, {
    onError: onFailure,
    onSuccess: (written) => {
      setBase(written);
      setTheirs(null);
      if (base) return;
      onMade(written.template.key);
      void navigate(`/templates/${written.template.key}`, { replace: true, state: kNothingLost });
    },
  });
  const takeTheirs = () => {
    if (!theirs || theirs === 'gone') return;
    setDraft(draftOf(theirs.template));
    setBase(theirs);
    setTheirs(null);
    write.reset();
  };
  return (
    <Page title={base?.template.name ?? t('template.new')} about={base ? <span className="mono">{base.template.key}</span> : t('template.new_about')}
      actions={
        <>
          {write.isSuccess && !isDirty && <Text size="sm" c="dimmed" role="status">{t('act.saved')}</Text>}
          <Button disabled={!mayWrite || !draft.name.trim() || !isDirty} loading={write.isPending} onClick={() => save(base?.etag ?? null)}>{t('act.save')}</Button>
          {base && mayWrite && <MoreMenu of={base} onDelete={remove.run} />}
        </>
      }>
      {theirs !== null ? (
        <div className="template-conflict"><ConflictNotice now={theirs === 'gone' ? null : theirs.template} onTheirs={takeTheirs} onMine={() => save(theirs === 'gone' ? null : theirs.etag)}>
          {theirs !== 'gone' && <><b>{theirs.template.name}</b>. {theirs.template.subject ?? theirs.template.text}</>}
        </ConflictNotice></div>
      ) : write.error && <Failure error={write.error} />}
      <RemovalNotice of={remove} />
      <div className="template-editor">
        <Stack gap="sm">
          <Panel>
            <div className="template-names">
              <TextInput required autoFocus={!base && !draft.name} label={t('source.name')} value={draft.name} maxLength={100} readOnly={!mayWrite} onChange={(event) => put({ name: event.currentTarget.value })} />
              <Select label={t('template.channel')} allowDeselect={false} value={draft.channel} disabled={base !== null} data={kChannels.map((one) => ({ value: one, label: channelText(one) }))}
                onChange={(next) => next && put({ channel: next as Channel })} />
              <TextInput label={t('act.description')} value={draft.description} maxLength={500} readOnly={!mayWrite} onChange={(event) => put({ description: event.currentTarget.value })} />
            </div>
          </Panel>
          <PartsPanel draft={draft} locale={locale} problems={problems} readOnly={!mayWrite} onDraft={setDraft} onLocale={setLocale} />
          <SendingPanel draft={draft} readOnly={!mayWrite} onChange={put} />
          {whole.length > 0 && <ul className="code-faults">{whole.map((one) => <li key={one.path + one.message}><span className="mono">{[one.path, one.message].filter(Boolean).join(': ')}</span></li>)}</ul>}
        </Stack>
        <PreviewPanel of={preview} draft={draft} locale={locale} />
      </div>
      {question}
    </Page>
  );
}

function MoreMenu({ of, onDelete }: { of: Loaded; onDelete: (template: Loaded['template']) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={30} aria-label={t('saved.actions', { name: of.template.name })}><IconDots size={16} /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void navigate(`/templates/new?from=${of.template.key}`)}>{t('act.duplicate')}</Menu.Item>
        <Menu.Item c="var(--mantine-color-error)" onClick={() => onDelete(of.template)}>{t('act.delete')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

interface SendingPanelProps { draft: Draft; readOnly: boolean; onChange: (fields: Partial<Draft>) => void }

/** What holds a message back, and whom it comes from. */
function SendingPanel({ draft, readOnly, onChange }: SendingPanelProps) {
  const { t } = useTranslation();
  return (
    <Panel title={t('template.sending')}>
      <Stack gap="sm">
        <TagsInput size="xs" label={t('template.required')} description={t('template.required_hint')} value={draft.required} readOnly={readOnly} placeholder={draft.required.length > 0 ? '' : 'event.properties.order_id'} onChange={(required) => onChange({ required })} />
        {draft.channel === 'email' && (
          <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm" className="align-end">
            {(['from', 'from_name', 'reply_to'] as const).map((field) => (
              <TextInput key={field} label={t(`template.${field}`)} placeholder={t('template.of_sender')} value={draft[field]} readOnly={readOnly} onChange={(event) => onChange({ [field]: event.currentTarget.value })} />
            ))}
          </SimpleGrid>
        )}
      </Stack>
    </Panel>
  );
}
