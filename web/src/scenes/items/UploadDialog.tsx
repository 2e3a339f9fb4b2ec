import { Button, FileInput, Group, Progress, SegmentedControl, Stack, Switch, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { Failure } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { useUpload, type Catalog } from './itemsData';
import { formOf, kNothingSent, piecesOf, type ItemsAnswer, type Refusal } from './upload';
import { useTypeText } from './useTypeText';

const kShown = 200; // Refusals in the table; all of them are counted.

/** Sends a file of items, and tells which of them were refused, by their lines. */
export function UploadDialog({ catalog, onClose }: { catalog: Catalog; onClose: () => void }) {
  const { t } = useTranslation();
  const { nameOf } = useTypeText();
  const [file, setFile] = useState<File | null>(null);
  const [isWhole, setWhole] = useState(false);
  const [isHistory, setHistory] = useState(false);
  const [sum, setSum] = useState<ItemsAnswer>(kNothingSent);
  const [total, setTotal] = useState(0);
  const upload = useUpload(catalog.key, setSum);
  const send = async () => {
    if (!file) return;
    const text = await file.text();
    const form = formOf(file.name, text);
    setTotal(piecesOf(text, form).reduce((count, piece) => count + piece.items, 0));
    upload.mutate({ text, form, isWhole, isHistory });
  };
  const begun = !upload.isIdle;
  return (
    <Dialog title={t('item.upload_to', { name: nameOf(catalog) })} onClose={onClose} size="lg" closeOnClickOutside={false}>
      <form onSubmit={(event) => { event.preventDefault(); void send(); }}>
        <Stack gap="sm">
          <FileInput data-autofocus required size="xs" label={t('item.file')} description={t('item.file_hint')} placeholder={t('item.choose_file')} accept=".csv,.jsonl,.ndjson,.json" value={file} onChange={(next) => { setFile(next); upload.reset(); }} />
          <Columns catalog={catalog} />
          <SegmentedControl size="xs" aria-label={t('item.unnamed')} value={isWhole ? 'whole' : 'merge'} onChange={(next) => setWhole(next === 'whole')} data={(['merge', 'whole'] as const).map((one) => ({ value: one, label: t(`item.fields_${one}`) }))} />
          <Switch size="xs" label={t('item.history')} description={t('item.history_hint')} checked={isHistory} onChange={(event) => setHistory(event.currentTarget.checked)} />
          {upload.error && <Failure error={upload.error} help={t('item.upload_again')} />}
          {begun && <Result sum={sum} total={total} isDone={!upload.isPending} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('act.close')}</Button>
            <Button type="submit" disabled={!file} loading={upload.isPending}>{t('item.upload')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** What the columns of a file are called. */
function Columns({ catalog }: { catalog: Catalog }) {
  const { t } = useTranslation();
  const names = [...(catalog.id ? [] : ['id']), ...catalog.fields.map((one) => one.name), 'updated_at'];
  return <Text size="xs" c="dimmed">{t('item.columns')} <span className="mono">{names.join(', ')}</span></Text>;
}

function Result({ sum, total, isDone }: { sum: ItemsAnswer; total: number; isDone: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const seen = sum.accepted + sum.unchanged + sum.older + sum.rejected_count;
  const facts = (['accepted', 'unchanged', 'older'] as const).map((one) => [one, sum[one]] as const).filter(([one, count]) => one === 'accepted' || count > 0);
  return (
    <div role="status">
      {!isDone && <Progress size={5} mb={6} value={total > 0 ? (100 * seen) / total : 100} animated={total === 0} striped={total === 0} aria-label={t('item.uploading')} />}
      {isDone && seen === 0 && <Text size="sm">{t('item.file_empty')}</Text>}
      {seen > 0 && <Text size="sm">{facts.map(([one, count]) => t(`item.count_${one}`, { count, number: format.number(count) })).join(' · ')}</Text>}
      {sum.rejected_count > 0 && (
        <>
          <Text size="sm" fw={600} c="var(--mantine-color-error)" mt={4}>{t('item.count_refused', { count: sum.rejected_count, number: format.number(sum.rejected_count) })}</Text>
          <Refusals of={sum.rejected.slice(0, kShown)} />
          {sum.rejected_count > kShown && <Text size="xs" c="dimmed">{t('item.first_refused', { number: format.number(kShown) })}</Text>}
        </>
      )}
    </div>
  );
}

function Refusals({ of }: { of: Refusal[] }) {
  const { t } = useTranslation();
  return (
    <div className="upload-refused" tabIndex={0} role="group" aria-label={t('item.refused')}>
      <Table verticalSpacing={3} aria-label={t('item.refused')}>
        <Table.Thead><Table.Tr><Table.Th>{t('item.line')}</Table.Th><Table.Th>{t('item.id')}</Table.Th><Table.Th>{t('message.reason')}</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {of.map((one) => (
            <Table.Tr key={`${one.line ?? ''}/${one.index}`}>
              <Table.Td className="num">{one.line ?? one.index + 1}</Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{one.id ?? '–'}</Table.Td>
              <Table.Td className="mono" lang="en">{one.message}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
