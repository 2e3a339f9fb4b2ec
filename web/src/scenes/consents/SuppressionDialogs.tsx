import { Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { Failure } from '../../ui/States';
import { addressOf, kReasons, useLift, useSuppress, type Reason, type Suppression } from './consentsData';

export type LiftWish = Pick<Suppression, 'id' | 'reason'>;

/** Puts an address on the list. */
export function SuppressDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [reason, setReason] = useState<Reason>('unsubscribe');
  const [why, setWhy] = useState('');
  const suppress = useSuppress();
  return (
    <Dialog onClose={onClose} title={t('suppress.add')}>
      <form onSubmit={(event) => { event.preventDefault(); suppress.mutate({ ...addressOf(text), reason, why: why.trim() }, { onSuccess: onClose }); }}>
        <Stack gap="sm">
          <TextInput data-autofocus required label={t('suppress.address')} description={t('suppress.address_hint')} value={text} onChange={(event) => setText(event.currentTarget.value)} />
          <Select label={t('suppress.reason')} value={reason} allowDeselect={false} onChange={(value) => setReason((value ?? 'unsubscribe') as Reason)}
            data={kReasons.map((value) => ({ value, label: t(`suppress.${value}`) }))} />
          <TextInput label={t('suppress.why')} description={t('suppress.why_hint')} value={why} onChange={(event) => setWhy(event.currentTarget.value)} />
          {suppress.error && <Failure error={suppress.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
            <Button type="submit" disabled={!text.trim()} loading={suppress.isPending}>{t('suppress.add')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** Takes one reason off an address, and asks why. */
export function LiftDialog({ wish, onClose }: { wish: LiftWish; onClose: () => void }) {
  const { t } = useTranslation();
  const [why, setWhy] = useState('');
  const lift = useLift();
  return (
    <Dialog onClose={onClose} title={t('suppress.lift_named', { id: wish.id.slice(0, 8), reason: t(`suppress.${wish.reason}`) })}>
      <form onSubmit={(event) => { event.preventDefault(); lift.mutate({ ...wish, why: why.trim() }, { onSuccess: onClose }); }}>
        <Stack gap="sm">
          <Text size="sm">{t('suppress.lift_what')}</Text>
          <TextInput data-autofocus required label={t('suppress.why')} description={t('suppress.why_hint')} value={why} onChange={(event) => setWhy(event.currentTarget.value)} />
          {lift.error && <Failure error={lift.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
            <Button color="red.9" type="submit" disabled={!why.trim()} loading={lift.isPending}>{t('suppress.lift')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
