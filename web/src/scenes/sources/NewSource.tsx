import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { keyOf } from '../../data/definitions';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Failure } from '../../ui/States';
import { SourceForm } from './SourceForm';
import { kNewSettings, useWriteSource } from './sourcesData';

export default function NewSource() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [ownKey, setOwnKey] = useState<string | null>(null);
  const [settings, setSettings] = useState(kNewSettings);
  const write = useWriteSource();
  const key = ownKey ?? keyOf(name);
  const create = () => write.mutate({ key, name: name.trim(), settings, etag: null, create: true },
    { onSuccess: () => void navigate(`/sources/${key}`) });
  return (
    <Page title={t('source.new')} about={t('source.new_about')}>
      <Panel>
        <form onSubmit={(event) => { event.preventDefault(); create(); }}>
          <Stack gap="md">
            <SourceForm name={name} settings={settings} onName={setName} onSettings={setSettings} />
            <TextInput required label={t('source.key')} description={t('source.key_hint')} value={key} maxLength={64} pattern="[a-z0-9_\-]+"
              onChange={(event) => setOwnKey(event.currentTarget.value)} />
            {write.error && <Failure error={write.error} />}
            <Group justify="flex-end">
              <Button variant="default" component={Link} to="/sources">{t('act.cancel')}</Button>
              <Button type="submit" loading={write.isPending} disabled={!name.trim() || !key}>{t('source.create')}</Button>
            </Group>
          </Stack>
        </form>
      </Panel>
    </Page>
  );
}
