import { ActionIcon, Button, Group, MultiSelect, Select, Stack, Switch, TextInput } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Panel';
import { moved, namesOf, withStateName } from './typeDraft';
import type { PanelProps } from './TypePanels';
import { useStateText } from './useStateText';

/** The states that items pass, in the order of the work, and where they go from each. */
export function StatesPanel({ draft, isLocked, onChange }: PanelProps) {
  const { t } = useTranslation();
  const stateText = useStateText();
  const values = [...new Set(draft.states.map((one) => one.value.trim()).filter(Boolean))];
  return (
    <Panel title={t('item.states')} about={t('item.states_about')}>
      <Stack gap="sm">
        <Group gap="sm" align="flex-end">
          <Select label={t('item.state_field')} disabled={isLocked} clearable clearButtonProps={{ 'aria-label': t('act.clear') }} placeholder={t('item.no_states')} value={draft.stateField || null} data={namesOf(draft, ['text'])}
            onChange={(field) => onChange({ stateField: field ?? '', ...(field && draft.states.length === 0 ? { states: [{ value: '', moves: [] }] } : {}) })} />
          {draft.stateField && <Switch size="xs" mb={6} label={t('item.bound')} checked={draft.isBound} onChange={(event) => onChange({ isBound: event.currentTarget.checked })} />}
        </Group>
        {draft.stateField && (
          <ol className="type-states">
            {draft.states.map((one, at) => {
              const name = one.value || String(at + 1);
              return (
                <li key={at}>
                  <TextInput aria-label={t('item.state_number', { number: at + 1 })} value={one.value} maxLength={64} spellCheck={false} onChange={(event) => onChange(withStateName(draft, at, event.currentTarget.value))} />
                  <Group gap={2} wrap="nowrap">
                    <ActionIcon variant="subtle" color="gray" aria-label={t('item.state_up', { name })} disabled={at === 0} onClick={() => onChange({ states: moved(draft.states, at, -1) })}><IconArrowUp size={15} /></ActionIcon>
                    <ActionIcon variant="subtle" color="gray" aria-label={t('item.state_down', { name })} disabled={at === draft.states.length - 1} onClick={() => onChange({ states: moved(draft.states, at, 1) })}><IconArrowDown size={15} /></ActionIcon>
                    <ActionIcon variant="subtle" color="gray" aria-label={t('item.remove_state', { name })} onClick={() => onChange({ states: draft.states.filter((_, place) => place !== at) })}><IconX size={15} /></ActionIcon>
                  </Group>
                  {draft.isBound && <MultiSelect size="xs" aria-label={t('item.moves_from', { name })} placeholder={one.moves.length > 0 ? '' : t('item.moves_nowhere')} value={one.moves.filter((to) => values.includes(to))} data={values.filter((to) => to !== one.value.trim()).map((to) => ({ value: to, label: stateText(to) }))}
                    onChange={(moves) => onChange({ states: draft.states.map((each, place) => (place === at ? { ...each, moves } : each)) })} />}
                </li>
              );
            })}
          </ol>
        )}
        {draft.stateField && <div><Button variant="default" size="compact-xs" onClick={() => onChange({ states: [...draft.states, { value: '', moves: [] }] })}>+ {t('item.add_state')}</Button></div>}
      </Stack>
    </Panel>
  );
}
