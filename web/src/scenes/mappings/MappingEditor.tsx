import { Alert, Button, Group, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { may, useSession } from '../../data/session';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Answer, Failure } from '../../ui/States';
import { kNothingLost } from '../../ui/unsaved';
import { useUnsaved } from '../../ui/useUnsaved';
import { ImportPreviewPanel } from '../imports/ImportPreviewPanel';
import { DeleteMapping } from './DeleteMapping';
import { kNewMapping, kNewSample, readDraft, useMapping, useTrial, useWriteMapping, type Loaded } from './mappingsData';

const kMono = { input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } };
const kTrialPauseMs = 350; // After the last key, so that not every letter asks the server.

/** A mapping as JSON, checked while one writes, with what it makes of a sample beside it. */
export default function MappingEditor() {
  const { t } = useTranslation();
  const { key = '' } = useParams();
  const [params] = useSearchParams();
  const isNew = key === 'new';
  const from = isNew ? params.get('from') : key;
  const loaded = useMapping(from);
  if (from !== null && !loaded.data) return <Page title={t('import.mapping')}><Answer of={loaded}>{() => null}</Answer></Page>;
  return <Editor key={`${key}/${from ?? ''}/${loaded.data?.etag ?? ''}`} loaded={loaded.data ?? null} isNew={isNew} />;
}

function Editor({ loaded, isNew }: { loaded: Loaded | null; isNew: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const session = useSession();
  const before = JSON.stringify(loaded?.mapping.definition ?? kNewMapping, null, 2);
  const [key, setKey] = useState(isNew ? (loaded ? `${loaded.mapping.key}-own` : kNewMapping.name) : (loaded?.mapping.key ?? ''));
  const [text, setText] = useState(before);
  const [sample, setSample] = useState(loaded ? '' : JSON.stringify(kNewSample, null, 2));
  const [firstKey] = useState(key);
  const write = useWriteMapping();
  const draft = readDraft(text);
  const mayWrite = may(session.data, 'write');
  const question = useUnsaved(mayWrite && (text !== before || key !== firstKey));
  const shipped = !isNew && loaded?.mapping.shipped === true;
  const save = () => draft.definition && write.mutate({ key, definition: draft.definition, etag: isNew ? null : (loaded?.etag ?? null) },
    { onSuccess: () => void navigate(`/mappings/${key}`, { replace: true, state: kNothingLost }) });
  return (
    <Page title={isNew ? t('mapping.new') : (loaded?.mapping.name ?? key)} about={isNew ? t('mapping.new_about') : <span className="mono">{key}</span>}
      actions={!isNew && mayWrite && (
        <>
          <Button variant="default" component={Link} to={`/mappings/new?from=${encodeURIComponent(key)}`}>{t('mapping.copy')}</Button>
          {!shipped && loaded && <DeleteMapping mappingKey={key} etag={loaded.etag} />}
        </>
      )}>
      <Stack gap="sm">
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
          <Panel title={t('mapping.definition')} about={t(shipped ? 'mapping.shipped_about' : 'mapping.definition_about')}>
            <Stack gap="sm">
              {isNew && <TextInput required label={t('source.key')} description={t('mapping.key_hint')} value={key} maxLength={64} onChange={(event) => setKey(event.currentTarget.value)} />}
              <Textarea aria-label={t('mapping.definition')} value={text} onChange={(event) => setText(event.currentTarget.value)} autosize minRows={14} maxRows={32} readOnly={shipped || !mayWrite} spellCheck={false}
                styles={kMono} error={draft.fault ? t('reject.not_json', { fault: draft.fault }) : null} />
              {write.error && <Failure error={write.error} />}
              {!shipped && (
                <Group justify="flex-end">
                  {write.isSuccess && text === before && <Text size="sm" c="dimmed" role="status">{t('act.saved')}</Text>}
                  <Button disabled={!mayWrite || !draft.definition || !key || (!isNew && text === before)} loading={write.isPending} onClick={save}>{t('act.save')}</Button>
                </Group>
              )}
            </Stack>
          </Panel>
          <Panel title={t('mapping.sample')} about={t('mapping.sample_about')}>
            <Textarea aria-label={t('mapping.sample')} value={sample} onChange={(event) => setSample(event.currentTarget.value)} autosize minRows={14} maxRows={32} spellCheck={false} styles={kMono}
              placeholder={t('mapping.sample_hint')} />
          </Panel>
        </SimpleGrid>
        <Trial mappingKey={key} text={text} sample={sample} />
      </Stack>
      {question}
    </Page>
  );
}

/** What the server says of the draft, a moment after the last key. */
function Trial({ mappingKey, text, sample }: { mappingKey: string; text: string; sample: string }) {
  const { t } = useTranslation();
  const [asked] = useDebouncedValue(`${text}\u0000${sample}`, kTrialPauseMs);
  const [askedText = '', askedSample = ''] = asked.split('\u0000');
  const { definition } = readDraft(askedText);
  const trial = useTrial(mappingKey, definition, askedSample);
  if (!definition) return null;
  if (trial.error) return <Failure error={trial.error} />;
  if (trial.data === undefined) return null;
  if (trial.data === null) return <Alert color="line" variant="light" role="status">{t('mapping.is_right')}</Alert>;
  return <ImportPreviewPanel preview={trial.data} />;
}
