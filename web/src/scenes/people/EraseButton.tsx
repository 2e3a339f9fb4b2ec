import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { Dialog } from '../../ui/Dialog';
import { Failure } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { useErase, type Profile } from './peopleData';

/** Erasure, after the id's last letters were typed. */
export function EraseButton({ person }: { person: Profile }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" c="var(--mantine-color-error)" onClick={() => setOpen(true)}>{t('profile.erase')}</Button>
      {open && <EraseDialog person={person} onClose={() => setOpen(false)} />}
    </>
  );
}

function EraseDialog({ person, onClose }: { person: Profile; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const erase = useErase();
  const word = person.id.slice(-6);
  if (erase.data) {
    const leave = () => void navigate('/people');
    return (
      <Dialog onClose={leave} title={t('erase.title')}>
        <Text size="sm" role="status" mb="sm">{t('erase.done', { by: format.time(erase.data.complete_by), backups: format.time(erase.data.backups_by) })}</Text>
        <Group justify="flex-end"><Button onClick={leave}>{t('act.close')}</Button></Group>
      </Dialog>
    );
  }
  return (
    <Dialog onClose={onClose} title={t('erase.title')}>
      <Stack gap="sm">
        <Text size="sm">{t('erase.what')}</Text>
        <TextInput data-autofocus label={t('erase.type', { word })} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} autoComplete="off" />
        {erase.error && <Failure error={erase.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
          <Button color="red.9" disabled={typed !== word} loading={erase.isPending} onClick={() => erase.mutate(person.id)}>{t('erase.confirm')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
