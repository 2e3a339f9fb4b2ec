import { Button, FileInput, Group, Progress, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Failure, Partial } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { useMappings, useSources } from '../sources/sourcesData';
import { ExpectedColumns } from './ExpectedColumns';
import { ImportPreviewPanel } from './ImportPreviewPanel';
import { expectedColumns, takesNothing, usePreviewImport, useRunImport } from './importsData';

/** Choose a file and a mapping, look at what they make, upload and start. */
export default function NewImport() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const sources = useSources();
  const mappings = useMappings('file');
  const [file, setFile] = useState<File | null>(null);
  const [mapping, setMapping] = useState<string | null>(null);
  const [source, setSource] = useState<string | null>(null);
  const [share, setShare] = useState(0);
  const preview = usePreviewImport();
  const run = useRunImport(setShare);
  const wish = file && mapping && source ? { file, mapping, source } : null;
  const chosen = mappings.data?.items.find((one) => one.key === mapping);
  const change = <T,>(set: (value: T) => void) => (value: T) => {
    set(value);
    preview.reset();
  };
  return (
    <Page title={t('import.new')} about={t('import.new_about')}>
      <Stack gap="sm">
        <Panel>
          {(sources.error ?? mappings.error) && <Failure error={sources.error ?? mappings.error} />}
          <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
            <FileInput size="xs" required label={t('import.file')} description={t('import.file_hint')} placeholder={t('import.choose')} value={file} onChange={change(setFile)}
              accept=".csv,.tsv,.txt,.json,.jsonl,.ndjson,.gz,.zst" />
            <Select required searchable label={t('import.mapping')} description={chosen?.description ?? t('import.mapping_hint')} value={mapping} onChange={change(setMapping)}
              data={(mappings.data?.items ?? []).map((one) => ({ value: one.key, label: one.name }))}
              renderOption={({ option }) => <Option name={option.label} columns={expectedColumns(mappings.data?.items.find((one) => one.key === option.value)?.definition)} />} />
            <Select required label={t('source.source')} description={t('import.source_hint')} value={source} onChange={change(setSource)}
              data={(sources.data?.items ?? []).map((one) => ({ value: one.key, label: one.name }))} />
          </SimpleGrid>
          <Group justify="flex-end" mt="md">
            <Button variant="default" component={Link} to="/imports">{t('act.cancel')}</Button>
            <Button variant="default" disabled={!wish} loading={preview.isPending} onClick={() => wish && preview.mutate(wish)}>{t('import.preview')}</Button>
            <Button disabled={!wish || !preview.data || takesNothing(preview.data)} loading={run.isPending} onClick={() => wish && run.mutate(wish, { onSuccess: () => void navigate('/imports') })}>{t('import.run')}</Button>
          </Group>
          {run.isPending && (
            <div role="status">
              <Progress value={share * 100} mt="sm" aria-label={t('import.uploading')} />
              <Text size="xs" c="dimmed" className="num">{t('import.uploading')} {format.percent(share)}</Text>
            </div>
          )}
          {run.error && <Failure error={run.error} />}
        </Panel>
        {chosen && <ExpectedColumns mapping={chosen} found={preview.data?.columns ?? []} />}
        {preview.data && takesNothing(preview.data) && <Partial>{t('import.takes_nothing')}</Partial>}
        {preview.error && <Failure error={preview.error} />}
        {preview.data && <ImportPreviewPanel preview={preview.data} />}
      </Stack>
    </Page>
  );
}

/** A mapping in the list, with the first of the columns that it reads. */
function Option({ name, columns }: { name: string; columns: string[] }) {
  return (
    <div>
      <Text size="sm">{name}</Text>
      <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{columns.slice(0, 6).join(', ')}{columns.length > 6 && ' …'}</Text>
    </div>
  );
}
