import { Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { groupOf, sameWhere, whereOf } from '../condition';
import { isChosen, type EventChoice } from '../question';
import { useEventText } from '../words';
import { Chip, type Editing } from './Chip';
import { ConditionGroup } from './ConditionGroup';
import { EventSelect } from './inputs';

interface EventChipProps<T extends EventChoice> {
  choice: T;
  label: string; // Which event of the sentence it is.
  text?: string; // Instead of its own words.
  add?: boolean; // It adds an event to the sentence.
  optional?: boolean; // It may be left out by people, where that can be chosen.
  extra?: (draft: T, onDraft: (draft: T) => void) => ReactNode; // What else is to be chosen.
  more?: (close: () => void) => ReactNode; // Further acts on it: move, remove.
  onChange: (choice: T) => void;
}

/** Which events: their name or type, and the conditions on them. */
export function EventChip<T extends EventChoice>({ choice, label, text, add = false, optional, extra, more, onChange }: EventChipProps<T>) {
  const eventText = useEventText();
  return (
    <Chip text={text ?? eventText(choice)} label={label} tone={add ? 'add' : isChosen(choice) ? 'set' : 'missing'}>
      {(editing) => <EventEditor choice={choice} optional={optional} extra={extra} more={more} editing={editing} onChange={onChange} />}
    </Chip>
  );
}

interface EventEditorProps<T extends EventChoice> {
  choice: T;
  optional: boolean | undefined;
  extra: EventChipProps<T>['extra'];
  more: ((close: () => void) => ReactNode) | undefined;
  editing: Editing;
  onChange: (choice: T) => void;
}

function EventEditor<T extends EventChoice>({ choice, optional, extra, more, editing, onChange }: EventEditorProps<T>) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(choice);
  const [group, setGroup] = useState(() => groupOf(choice.where)); // Null: a form that rows cannot show.
  const result = (): T => {
    const { where: _, ...rest } = draft;
    const where = group === null || sameWhere(whereOf(group), draft.where) ? draft.where : whereOf(group);
    return (where === undefined ? rest : { ...rest, where }) as T;
  };
  const take = () => {
    const next = result();
    if (isChosen(next) && JSON.stringify(next) !== JSON.stringify(choice)) onChange(next);
  };
  useEffect(() => editing.onLeave(take));
  const choose = (event: EventChoice) => {
    const { event: _, type: __, ...rest } = draft;
    setDraft({ ...rest, ...event } as T);
  };
  return (
    <form onSubmit={(event) => { event.preventDefault(); take(); editing.close(); }}>
      <Stack gap="sm">
        <EventSelect value={draft} onChange={choose} />
        {group ? <ConditionGroup of={draft} group={group} onChange={setGroup} /> : (
          <Group gap="xs"><Text size="xs" className="mono">{JSON.stringify(draft.where)}</Text><Button size="compact-xs" variant="default" onClick={() => setGroup(groupOf(undefined))}>{t('ask.remove')}</Button></Group>
        )}
        {optional !== undefined && (
          <Checkbox size="xs" label={t('ask.optional')} checked={!!(draft as { optional?: boolean }).optional}
            onChange={(event) => { const { optional: _, ...rest } = draft as T & { optional?: boolean }; setDraft((event.currentTarget.checked ? { ...rest, optional: true } : rest) as T); }} />
        )}
        {extra?.(draft, setDraft)}
        <Group justify="space-between">
          <Group gap={6}>{more?.(editing.close)}</Group>
          <Button type="submit" disabled={!isChosen(draft)}>{t('ask.apply')}</Button>
        </Group>
      </Stack>
    </form>
  );
}
