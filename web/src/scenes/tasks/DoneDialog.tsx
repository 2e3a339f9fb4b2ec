import { Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { Failure } from '../../ui/States';
import { useDecide, type Task } from './tasksData';

const kNoteMost = 250; // Characters; the server takes 1,000 bytes.

/** Says that a task is done. The journey goes on then, which is why it is asked. */
export function DoneDialog({ task, by, onClose }: { task: Task; by: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [note, setNote] = useState('');
  const decide = useDecide();
  return (
    <Dialog title={t('task.done_title')} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); decide.mutate({ task, move: 'done', by, note: note.trim() }, { onSuccess: onClose }); }}>
        <Stack gap="sm">
          <Text size="sm" fw={560}>{task.title}</Text>
          <Text size="sm">{t('task.done_about', { by })}</Text>
          <Textarea data-autofocus label={t('task.note')} description={t('task.note_hint')} autosize minRows={2} value={note} maxLength={kNoteMost} onChange={(event) => setNote(event.currentTarget.value)} />
          {decide.error && <Failure error={decide.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
            <Button type="submit" loading={decide.isPending}>{t('task.done')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
