import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { Dialog } from '../../ui/Dialog';
import { Failure } from '../../ui/States';
import { kNothingLost } from '../../ui/unsaved';
import { useDeleteMapping } from './mappingsData';

/** Deletes a mapping of one's own, after a question. */
export function DeleteMapping({ mappingKey, etag }: { mappingKey: string; etag: string | null }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const remove = useDeleteMapping();
  return (
    <>
      <Button variant="default" c="var(--mantine-color-error)" onClick={() => setOpen(true)}>{t('mapping.delete')} …</Button>
      {open && (
        <Dialog onClose={() => setOpen(false)} title={t('mapping.delete')}>
          <Stack gap="sm">
            <Text size="sm">{t('mapping.delete_what', { key: mappingKey })}</Text>
            {remove.error && <Failure error={remove.error} />}
            <Group justify="flex-end">
              <Button variant="default" data-autofocus onClick={() => setOpen(false)}>{t('act.cancel')}</Button>
              <Button color="red.9" loading={remove.isPending} onClick={() => remove.mutate({ key: mappingKey, etag }, { onSuccess: () => void navigate('/mappings', { state: kNothingLost }) })}>{t('mapping.delete')}</Button>
            </Group>
          </Stack>
        </Dialog>
      )}
    </>
  );
}
