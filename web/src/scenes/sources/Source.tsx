import { Button, Group, Stack, Tabs, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams, useSearchParams } from 'react-router';
import { may, useSession } from '../../data/session';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { Code, CopyText } from '../../ui/Small';
import { Answer, Failure } from '../../ui/States';
import { Debugger } from './Debugger';
import { SourceForm } from './SourceForm';
import { SourceState } from './SourceState';
import { snippetsOf, useSource, useWriteSource, type Loaded } from './sourcesData';
import { WriteKeys } from './WriteKeys';

const kTabs = ['debugger', 'connect', 'keys', 'settings'] as const;
type Tab = (typeof kTabs)[number];

export default function Source() {
  const { t } = useTranslation();
  const { key = '' } = useParams();
  const source = useSource(key);
  if (!source.data) return <Page title={t('source.source')}><Answer of={source}>{() => null}</Answer></Page>;
  return <SourcePage loaded={source.data} />;
}

function SourcePage({ loaded }: { loaded: Loaded }) {
  const { t } = useTranslation();
  const { source } = loaded;
  const session = useSession();
  const mayWrite = may(session.data, 'write');
  const [params, setParams] = useSearchParams();
  const wanted = kTabs.find((one) => one === params.get('tab'));
  const tab: Tab = wanted ?? (source.health.state === 'never' ? 'connect' : 'debugger');
  const host = session.data?.installation.public_url ?? window.location.origin;
  return (
    <Page title={source.name}
      about={<Group gap="xs"><span className="mono">{source.key}</span><SourceState source={source} /></Group>}>
      <Tabs value={tab} onChange={(value) => setParams({ tab: value ?? 'debugger' }, { replace: true })} keepMounted={false}>
        <Tabs.List mb="sm">
          {kTabs.map((one) => <Tabs.Tab key={one} value={one}>{t(`source.tab_${one}`)}</Tabs.Tab>)}
        </Tabs.List>
        <Tabs.Panel value="debugger"><Debugger source={source.key} /></Tabs.Panel>
        <Tabs.Panel value="connect"><Snippets loaded={loaded} host={host} /></Tabs.Panel>
        <Tabs.Panel value="keys"><WriteKeys source={source} mayWrite={mayWrite} /></Tabs.Panel>
        <Tabs.Panel value="settings"><Settings key={loaded.etag ?? source.updated_at} loaded={loaded} mayWrite={mayWrite} /></Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Snippets({ loaded, host }: { loaded: Loaded; host: string }) {
  const { t } = useTranslation();
  const writeKey = loaded.source.write_keys.at(-1)?.key ?? '';
  return (
    <Stack gap="sm">
      {snippetsOf(loaded.source, writeKey, host).map(({ id, code }) => (
        <Panel key={id} title={t(`snippet.${id}`)} about={t(`snippet.${id}_about`)} actions={<CopyText text={code} label={t('act.copy')} />}>
          <Code value={code} label={t(`snippet.${id}`)} />
        </Panel>
      ))}
    </Stack>
  );
}

function Settings({ loaded, mayWrite }: { loaded: Loaded; mayWrite: boolean }) {
  const { t } = useTranslation();
  const { source, etag } = loaded;
  const [name, setName] = useState(source.name);
  const [settings, setSettings] = useState(source.settings);
  const write = useWriteSource();
  const byCode = source.managed_by === 'code';
  const changed = name !== source.name || JSON.stringify(settings) !== JSON.stringify(source.settings);
  return (
    <Panel title={t('source.tab_settings')}>
      <form onSubmit={(event) => { event.preventDefault(); write.mutate({ key: source.key, name: name.trim(), settings, etag, create: false }); }}>
        <Stack gap="md">
          {byCode && <Text size="sm">{t('source.by_code')}</Text>}
          <SourceForm name={name} settings={settings} disabled={!mayWrite || byCode} onName={setName} onSettings={setSettings} />
          {write.error && <Failure error={write.error} />}
          <Group justify="flex-end">
            {write.isSuccess && !changed && <Text size="sm" c="dimmed" role="status">{t('act.saved')}</Text>}
            <Button type="submit" disabled={!changed || !mayWrite || byCode} loading={write.isPending}>{t('act.save')}</Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
