import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { Failure } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { useErase, type Profile } from './peopleData';

/** Erasure, after the id's last letters were typed. */
export function EraseButton({ person }: { person: Profile }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const erase = useErase();
  const word = person.id.slice(-6);
  const close = () => {
    setOpen(false);
    if (erase.isSuccess) void navigate('/people');
  };
  return (
    <>
      <Button variant="default" c="var(--mantine-color-error)" onClick={() => setOpen(true)}>{t('profile.erase')}</Button>
      <Modal opened={open} onClose={close} title={t('erase.title')} closeButtonProps={{ 'aria-label': t('act.close') }}>
        {erase.data ? (
          <Stack gap="sm">
            <Text size="sm" role="status">{t('erase.done', { by: format.time(erase.data.complete_by), backups: format.time(erase.data.backups_by) })}</Text>
            <Button onClick={close}>{t('act.close')}</Button>
          </Stack>
        ) : (
          <Stack gap="sm">
            <Text size="sm">{t('erase.what')}</Text>
            <TextInput data-autofocus label={t('erase.type', { word })} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} autoComplete="off" />
            {erase.error && <Failure error={erase.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>{t('act.cancel')}</Button>
              <Button color="red" disabled={typed !== word} loading={erase.isPending} onClick={() => erase.mutate(person.id)}>{t('erase.confirm')}</Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}
