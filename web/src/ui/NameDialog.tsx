import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from './Dialog';
import { Failure } from './States';

export interface Naming {
  name: string;
  description: string;
}

interface NameDialogProps {
  title: string;
  start: Naming;
  confirm: string;
  pending: boolean;
  error: unknown;
  onConfirm: (naming: Naming) => void;
  onClose: () => void;
  children?: ReactNode; // What else is to be chosen, below the description.
}

/** Asks for a name and what it is about. */
export function NameDialog({ title, start, confirm, pending, error, onConfirm, onClose, children }: NameDialogProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(start.name);
  const [description, setDescription] = useState(start.description);
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); onConfirm({ name: name.trim(), description: description.trim() }); }}>
        <Stack gap="sm">
          <TextInput required data-autofocus label={t('source.name')} value={name} maxLength={100} onChange={(event) => setName(event.currentTarget.value)} />
          <Textarea label={t('act.description')} value={description} maxLength={500} autosize minRows={2} maxRows={6} onChange={(event) => setDescription(event.currentTarget.value)} />
          {children}
          {error ? <Failure error={error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
            <Button type="submit" loading={pending} disabled={!name.trim()}>{confirm}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
