import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { Failure } from '../../ui/States';
import { useDeleteDefinition, type Purpose, type Topic } from './consentsData';

type Of = { kind: 'purposes'; definition: Purpose } | { kind: 'topics'; definition: Topic };

/** What can be done with a purpose or topic in its row. */
export function DefinitionActions({ onEdit, ...of }: Of & { onEdit: () => void }) {
  const { t } = useTranslation();
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap">
      <Button variant="default" size="compact-xs" onClick={onEdit} aria-label={t('consent.edit_named', { name: of.definition.name })}>{t('consent.edit')} …</Button>
      <DeleteDefinition {...of} />
    </Group>
  );
}

/** Deletes it, after a question: what people said of it is kept. */
function DeleteDefinition({ kind, definition }: Of) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const remove = useDeleteDefinition(kind);
  const title = t('consent.delete_named', { name: definition.name });
  return (
    <>
      <Button variant="default" size="compact-xs" onClick={() => setOpen(true)} aria-label={title}>{t('consent.delete')} …</Button>
      {open && (
        <Dialog onClose={() => setOpen(false)} title={title}>
          <Stack gap="sm">
            <Text size="sm">{t(`consent.delete_${kind}_what`)}</Text>
            {remove.error && <Failure error={remove.error} />}
            <Group justify="flex-end">
              <Button variant="default" data-autofocus onClick={() => setOpen(false)}>{t('act.cancel')}</Button>
              <Button color="red.9" loading={remove.isPending} onClick={() => remove.mutate(definition as Purpose & Topic, { onSuccess: () => setOpen(false) })}>{t('consent.delete')}</Button>
            </Group>
          </Stack>
        </Dialog>
      )}
    </>
  );
}
