import { Button, Checkbox, Group as Row, NumberInput, PasswordInput, Select, SimpleGrid, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { may, useSession } from '../../data/session';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Answer, Failure } from '../../ui/States';
import { kNothingLost } from '../../ui/unsaved';
import { useUnsaved } from '../../ui/useUnsaved';
import { ConditionGroup } from '../explore/builder/ConditionGroup';
import '../explore/builder/sentence.css';
import '../segments/segments.css';
import { draftOf, kNewDraft, kTypes, useForward, useWriteForward, whereOfDraft, writeOf, type Draft, type EventType, type Loaded } from './forwardsData';

/** Makes a forward, or changes one. */
export default function ForwardEditor() {
  const { t } = useTranslation();
  const { key } = useParams();
  const loaded = useForward(key);
  if (key !== undefined && !loaded.data) return <Page title={t('forward.forward')}><Answer of={loaded}>{() => null}</Answer></Page>;
  return <Editor key={key ?? 'new'} base={key === undefined ? null : loaded.data ?? null} />;
}

function Editor({ base }: { base: Loaded | null }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const session = useSession();
  const [start] = useState(base); // What the draft is made on, whatever is read meanwhile.
  const [draft, setDraft] = useState(() => (start ? draftOf(start.forward) : kNewDraft));
  const [first] = useState(draft);
  const write = useWriteForward();
  const mayChange = may(session.data, 'admin');
  const question = useUnsaved(mayChange && JSON.stringify(draft) !== JSON.stringify(first));
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const isWhole = draft.name.trim() !== '' && draft.url.trim() !== '' && whereOfDraft(draft) !== null;
  const save = () => write.mutate({ key: start?.forward.key ?? null, etag: start?.etag ?? null, body: writeOf(draft, start?.forward ?? null) },
    { onSuccess: () => void navigate('/forwards', { state: kNothingLost }) });
  return (
    <Page title={start ? t('forward.edit_named', { name: start.forward.name }) : t('forward.new')} about={t('forward.form_about')}>
      <form onSubmit={(event) => { event.preventDefault(); if (isWhole) save(); }}>
        <Stack gap="sm">
          <Panel title={t('forward.to')}><Address draft={draft} keySet={start?.forward.write_key_set ?? false} set={set} /></Panel>
          <Panel title={t('forward.which')}><Events draft={draft} set={set} /></Panel>
          <Panel title={t('forward.how')}><Way draft={draft} isNew={start === null} set={set} /></Panel>
          {write.error && <Failure error={write.error} />}
          <Row justify="flex-end">
            <Button variant="default" component={Link} to="/forwards">{t('act.cancel')}</Button>
            <Button type="submit" loading={write.isPending} disabled={!isWhole || !mayChange}>{t('act.save')}</Button>
          </Row>
        </Stack>
      </form>
      {question}
    </Page>
  );
}

interface PartProps { draft: Draft; set: (change: Partial<Draft>) => void }

function Address({ draft, keySet, set }: PartProps & { keySet: boolean }) {
  const { t } = useTranslation();
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" className="align-end">
      <TextInput required label={t('source.name')} value={draft.name} maxLength={100} onChange={(event) => set({ name: event.currentTarget.value })} />
      <TextInput required type="url" label={t('forward.url')} description={t('forward.url_hint')} placeholder="https://loader.example/v1/batch" value={draft.url} onChange={(event) => set({ url: event.currentTarget.value })} />
      <PasswordInput label={t('forward.write_key')} description={t(keySet ? 'forward.write_key_kept' : 'forward.write_key_hint')} autoComplete="off" value={draft.writeKey} onChange={(event) => set({ writeKey: event.currentTarget.value })}
        visibilityToggleButtonProps={{ 'aria-label': t('forward.show_key') }} />
      <Switch mt="lg" size="xs" label={t('forward.allows_private')} description={t('forward.allows_private_hint')} checked={draft.allowsPrivate} onChange={(event) => set({ allowsPrivate: event.currentTarget.checked })} />
    </SimpleGrid>
  );
}

function Events({ draft, set }: PartProps) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      <Checkbox.Group label={t('forward.types')} description={t('forward.types_hint')} value={draft.types} onChange={(types) => set({ types: types as EventType[] })}>
        <Row gap="md" mt={6}>{kTypes.map((type) => <Checkbox key={type} size="xs" value={type} label={type} />)}</Row>
      </Checkbox.Group>
      <div className="segment-conditions" role="group" aria-label={t('forward.where')}>
        <Text size="sm" fw={600} mb={4}>{t('forward.where')}</Text>
        {typeof draft.where === 'string'
          ? <Textarea aria-label={t('forward.where')} autosize minRows={4} spellCheck={false} value={draft.where} error={whereOfDraft(draft) === null ? t('segment.missing_json') : null} onChange={(event) => set({ where: event.currentTarget.value })} />
          : <ConditionGroup of={{ event: '*' }} group={draft.where} asks="deeds" onChange={(where) => set({ where })} />}
      </div>
      <Switch size="xs" label={t('forward.include_history')} checked={draft.includeHistory} onChange={(event) => set({ includeHistory: event.currentTarget.checked })} />
    </Stack>
  );
}

function Way({ draft, isNew, set }: PartProps & { isNew: boolean }) {
  const { t } = useTranslation();
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
      <NumberInput label={t('forward.batch_events')} description={t('forward.batch_events_hint')} min={1} max={2000} value={draft.batchEvents} onChange={(value) => set({ batchEvents: Number(value) || 100 })} />
      {!isNew && (
        <Select label={t('forward.from')} description={t('forward.from_hint')} allowDeselect={false} value={draft.from} onChange={(value) => set({ from: (value ?? 'here') as Draft['from'] })}
          data={(['here', 'now', 'oldest'] as const).map((value) => ({ value, label: t(`forward.from_${value}`) }))} />
      )}
      <Switch mt="lg" size="xs" label={t('forward.enabled')} description={t('forward.enabled_hint')} checked={draft.enabled} onChange={(event) => set({ enabled: event.currentTarget.checked })} />
    </SimpleGrid>
  );
}
