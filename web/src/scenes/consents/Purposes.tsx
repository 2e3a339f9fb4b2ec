import { Button, Checkbox, Group, Select, Stack, Table, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keyOf } from '../../data/definitions';
import { Cell } from '../../ui/Cell';
import { Dialog } from '../../ui/Dialog';
import { Panel } from '../../ui/Panel';
import { Answer, Empty, Failure } from '../../ui/States';
import { useLengthText } from '../../ui/useLengthText';
import { DefinitionActions } from './DefinitionActions';
import { kBases, usePurposes, useWritePurpose, wordsOf, type Basis, type Purpose } from './consentsData';

const kAges = ['6mo', '12mo', '24mo', '36mo'];

/** What data is used for, and on what ground. */
export function Purposes({ mayWrite }: { mayWrite: boolean }) {
  const { t } = useTranslation();
  const length = useLengthText();
  const purposes = usePurposes();
  const [edited, setEdited] = useState<Purpose | 'new' | null>(null);
  const create = mayWrite ? <Button onClick={() => setEdited('new')}>{t('consent.new_purpose')}</Button> : undefined;
  return (
    <Panel title={t('consent.tab_purposes')} about={t('consent.purposes_about')} actions={create} flush>
      <Answer of={purposes}>
        {(items) => items.length === 0 ? <Empty title={t('consent.no_purposes')} hint={t('consent.no_purposes_hint')} /> : (
          <div className="scroll-x">
            <Table className="cards" aria-label={t('consent.tab_purposes')}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('consent.name')}</Table.Th><Table.Th>{t('source.key')}</Table.Th><Table.Th>{t('consent.basis')}</Table.Th>
                  <Table.Th>{t('consent.categories')}</Table.Th><Table.Th>{t('consent.expires_after')}</Table.Th>
                  <Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((purpose) => (
                  <Table.Tr key={purpose.key} data-purpose={purpose.key}>
                    <Cell fw={560}>{purpose.name}</Cell>
                    <Cell label={t('source.key')} className="mono">{purpose.key}</Cell>
                    <Cell label={t('consent.basis')}>{t(`basis.${purpose.basis}`)}</Cell>
                    <Cell label={t('consent.categories')} className="mono">{purpose.categories.join(', ') || '–'}</Cell>
                    <Cell label={t('consent.expires_after')}>{purpose.expires_after ? length(purpose.expires_after) : t('consent.never')}</Cell>
                    <Cell ta="right">
                      {mayWrite && <DefinitionActions kind="purposes" definition={purpose} onEdit={() => setEdited(purpose)} />}
                    </Cell>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </Answer>
      {edited && <PurposeDialog purpose={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />}
    </Panel>
  );
}

function PurposeDialog({ purpose, onClose }: { purpose: Purpose | null; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(purpose?.name ?? '');
  const [basis, setBasis] = useState<Basis>(purpose?.basis ?? 'consent');
  const [categories, setCategories] = useState(purpose?.categories.join('\n') ?? '');
  const [age, setAge] = useState<string | null>(purpose ? purpose.expires_after : '24mo');
  const [capped, setCapped] = useState(purpose?.capped ?? true);
  const [quiet, setQuiet] = useState(purpose?.quiet ?? true);
  const write = useWritePurpose();
  const length = useLengthText();
  const key = purpose?.key ?? keyOf(name);
  const ages = age && !kAges.includes(age) ? [...kAges, age] : kAges;
  const submit = () => write.mutate({
    key, seen: purpose,
    body: { name: name.trim(), description: purpose?.description ?? '', basis, categories: wordsOf(categories), expires_after: basis === 'consent' ? age : null, capped, quiet },
  }, { onSuccess: onClose });
  return (
    <Dialog onClose={onClose} title={purpose ? t('consent.edit_named', { name: purpose.name }) : t('consent.new_purpose')}>
      <form onSubmit={(event) => { event.preventDefault(); submit(); }}>
        <Stack gap="sm">
          <TextInput data-autofocus required label={t('consent.name')} description={key ? `${t('source.key')}: ${key}` : ''} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Select label={t('consent.basis')} description={t(`basis.${basis}_means`)} value={basis} allowDeselect={false} onChange={(value) => setBasis((value ?? 'consent') as Basis)}
            data={kBases.map((value) => ({ value, label: t(`basis.${value}`) }))} />
          <Textarea label={t('consent.categories')} description={t('consent.categories_hint')} autosize minRows={2} value={categories} onChange={(event) => setCategories(event.currentTarget.value)} />
          {basis === 'consent' && (
            <Select label={t('consent.expires_after')} value={age} clearable placeholder={t('consent.never')} onChange={setAge} clearButtonProps={{ 'aria-label': t('act.clear') }}
              data={ages.map((value) => ({ value, label: length(value) }))} />
          )}
          <Checkbox size="xs" label={t('consent.capped')} checked={capped} onChange={(event) => setCapped(event.currentTarget.checked)} />
          <Checkbox size="xs" label={t('consent.quiet')} checked={quiet} onChange={(event) => setQuiet(event.currentTarget.checked)} />
          <Text size="xs" c="dimmed">{t('consent.exempt_hint')}</Text>
          {write.error && <Failure error={write.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
            <Button type="submit" disabled={!key} loading={write.isPending}>{t('consent.save')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
