import { ActionIcon, Button, Checkbox, Group, MultiSelect, SegmentedControl, Select, Table, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Cell } from '../../ui/Cell';
import { Panel } from '../../ui/Panel';
import { kFieldTypes, kNoField, kOwners, namesOf, type Draft, type Field, type FieldType, type Owner } from './typeDraft';
import { useStateText } from './useStateText';

export interface PanelProps {
  draft: Draft;
  isLocked: boolean; // There are items: whose they are, and the fields of state and due time, stay.
  onChange: (fields: Partial<Draft>) => void;
}

/** What is said of an item. */
export function FieldsPanel({ draft, isLocked, onChange }: PanelProps) {
  const { t } = useTranslation();
  const put = (at: number, fields: Partial<Field>) => onChange({ fields: draft.fields.map((one, place) => (place === at ? { ...one, ...fields } : one)) });
  return (
    <Panel title={t('item.fields')} about={t('item.fields_about')}>
      <div className="scroll-x">
        <Table className="cards" aria-label={t('item.fields')} verticalSpacing={4}>
          <Table.Thead><Table.Tr><Table.Th>{t('source.name')}</Table.Th><Table.Th>{t('item.field_type')}</Table.Th><Table.Th>{t('item.required')}</Table.Th><Table.Th>{t('item.personal')}</Table.Th><Table.Th><span className="visually-hidden">{t('act.actions')}</span></Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {draft.fields.map((one, at) => {
              const label = (text: string) => `${text}: ${one.name || at + 1}`;
              return (
                <Table.Tr key={at}>
                  <Cell><TextInput aria-label={label(t('source.name'))} value={one.name} maxLength={64} spellCheck={false} onChange={(event) => put(at, { name: event.currentTarget.value })} /></Cell>
                  <Cell label={t('item.field_type')}><Select aria-label={label(t('item.field_type'))} allowDeselect={false} value={one.type} data={kFieldTypes.map((type) => ({ value: type, label: t(`item.field_${type}`) }))} onChange={(type) => type && put(at, { type: type as FieldType })} /></Cell>
                  <Cell label={t('item.required')}><Checkbox size="xs" aria-label={label(t('item.required'))} checked={one.required} onChange={(event) => put(at, { required: event.currentTarget.checked })} /></Cell>
                  <Cell label={t('item.personal')}><Checkbox size="xs" aria-label={label(t('item.personal'))} checked={one.personal} onChange={(event) => put(at, { personal: event.currentTarget.checked })} /></Cell>
                  <Cell ta="right"><ActionIcon variant="subtle" color="gray" aria-label={t('item.remove_field', { name: one.name || at + 1 })} onClick={() => onChange({ fields: draft.fields.filter((_, place) => place !== at) })}><IconX size={15} /></ActionIcon></Cell>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </div>
      <Group mt="sm" align="flex-end" justify="space-between">
        <Button variant="default" size="compact-xs" onClick={() => onChange({ fields: [...draft.fields, kNoField] })}>+ {t('item.add_field')}</Button>
        <Select label={t('item.id_field')} disabled={isLocked} clearable clearButtonProps={{ 'aria-label': t('act.clear') }} placeholder="id" value={draft.id || null} data={namesOf(draft, ['text'])} onChange={(id) => onChange({ id: id ?? '' })} />
      </Group>
    </Panel>
  );
}

const kNamespaces = ['user_id', 'email', 'phone', 'anonymous_id'];

/** Whose an item is: then a change of state is an event of hers. */
export function OwnerPanel({ draft, isLocked, onChange }: PanelProps) {
  const { t } = useTranslation();
  return (
    <Panel title={t('item.owner')} about={t('item.owner_about')}>
      <Group gap="sm" align="flex-end">
        <SegmentedControl size="xs" aria-label={t('item.owner')} disabled={isLocked} value={draft.owner} onChange={(owner) => onChange({ owner: owner as Owner })} data={kOwners.map((one) => ({ value: one, label: t(`item.owner_${one}`) }))} />
        {draft.owner !== 'nobody' && <Select required label={t('item.owner_field')} disabled={isLocked} allowDeselect={false} value={draft.ownerField || null} data={namesOf(draft, ['text'])} onChange={(field) => field && onChange({ ownerField: field })} />}
        {draft.owner === 'person' && <Select required label={t('item.owner_namespace')} disabled={isLocked} allowDeselect={false} value={draft.namespace} data={[...new Set([...kNamespaces, draft.namespace])]} onChange={(namespace) => namespace && onChange({ namespace })} />}
      </Group>
    </Panel>
  );
}

/** By when something was promised, what is old, and fields that the type does not have. */
export function TimesPanel({ draft, isLocked, onChange }: PanelProps) {
  const { t } = useTranslation();
  const stateText = useStateText();
  const states = draft.stateField ? draft.states.map((one) => one.value.trim()).filter(Boolean) : [];
  return (
    <Panel title={t('item.due')} about={t('item.due_about')}>
      <div className="type-times">
        <Select label={t('item.due_field')} disabled={isLocked} clearable clearButtonProps={{ 'aria-label': t('act.clear') }} placeholder={t('item.nothing_promised')} value={draft.dueField || null} data={namesOf(draft, ['time'])} onChange={(dueField) => onChange({ dueField: dueField ?? '' })} />
        {draft.dueField && states.length > 0 && <MultiSelect size="xs" label={t('item.due_in')} placeholder={draft.dueIn.length > 0 ? '' : t('item.all_states')} value={draft.dueIn.filter((one) => states.includes(one))} data={[...new Set(states)].map((one) => ({ value: one, label: stateText(one) }))} onChange={(dueIn) => onChange({ dueIn })} />}
        <TextInput type="number" min={1} label={t('item.late_after')} placeholder="24" value={draft.lateAfterHours} onChange={(event) => onChange({ lateAfterHours: event.currentTarget.value })} />
      </div>
      <Checkbox mt="sm" size="xs" label={t('item.drop_unknown')} description={t('item.drop_unknown_hint')} checked={draft.dropsUnknown} onChange={(event) => onChange({ dropsUnknown: event.currentTarget.checked })} />
    </Panel>
  );
}
