import { Alert, Button, Checkbox, Group, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keyOf } from '../../data/definitions';
import type { Scope } from '../../data/session';
import { Dialog } from '../../ui/Dialog';
import { Code, CopyText } from '../../ui/Small';
import { Failure } from '../../ui/States';
import { kScopes, useCreateToken } from './tokensData';

const kDays = ['30', '90', '365', 'never'] as const;

/** Makes a token and shows its secret, this once. */
export function NewToken({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>(['read']);
  const [days, setDays] = useState<string>('90');
  const create = useCreateToken();
  const key = keyOf(name);
  const submit = () => create.mutate({ key, name: name.trim(), scopes: scopes as Scope[], days: days === 'never' ? null : Number(days) });
  return (
    <Dialog onClose={onClose} title={t('token.new')} closeOnClickOutside={!create.data}>
      {create.data?.secret ? (
        <Stack gap="sm">
          <Alert color="gold" variant="light" role="status" title={t('token.once')}>{t('token.once_hint')}</Alert>
          <Code value={create.data.secret} label={t('token.secret')} />
          <Group justify="space-between"><CopyText text={create.data.secret} label={t('token.copy')} /><Button onClick={onClose}>{t('act.close')}</Button></Group>
        </Stack>
      ) : (
        <form onSubmit={(event) => { event.preventDefault(); submit(); }}>
          <Stack gap="sm">
            <TextInput data-autofocus required label={t('token.name')} description={key ? `${t('source.key')}: ${key}` : t('token.name_hint')} value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <Checkbox.Group label={t('token.scopes')} value={scopes} onChange={setScopes}>
              <Stack gap={6} mt={4}>
                {kScopes.map((scope) => <Checkbox key={scope} size="xs" value={scope} label={`${scope} – ${t(`scope.${scope}`)}`} />)}
              </Stack>
            </Checkbox.Group>
            <Select label={t('token.expires')} value={days} onChange={(value) => setDays(value ?? '90')} allowDeselect={false}
              data={kDays.map((value) => ({ value, label: value === 'never' ? t('token.never') : t('token.days', { count: Number(value) }) }))} />
            {create.error && <Failure error={create.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
              <Button type="submit" disabled={!key || scopes.length === 0} loading={create.isPending}>{t('token.create')}</Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}
