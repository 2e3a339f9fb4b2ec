import { Button, Group, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../data/settings';
import { Dialog } from '../../ui/Dialog';
import { Panel } from '../../ui/Panel';
import { Answer, Failure, Partial } from '../../ui/States';
import { useLinkBase, useLinks, useWriteLinks, type Links } from './sendersData';

/** Where links of mails lead, and what they tell. */
export function LinksPanel({ mayChange }: { mayChange: boolean }) {
  const { t } = useTranslation();
  const links = useLinks();
  const base = useLinkBase();
  const [open, setOpen] = useState(false);
  return (
    <Panel title={t('sender.links')} about={t('sender.links_about')}
      {...(mayChange && links.data ? { actions: <Button variant="default" onClick={() => setOpen(true)}>{t('messaging.change')} …</Button> } : {})}>
      <Answer of={links} rows={2}>
        {({ value: { base_url: own, clicks = true, opens = false } }) => (
          <Stack gap={4}>
            {base === null ? <Partial>{t('sender.no_base')}</Partial>
              : <Text size="sm">{t('sender.base')} <span className="mono">{base}</span>{base !== undefined && !own && <Text span size="xs" c="dimmed"> {t('sender.base_of_installation')}</Text>}</Text>}
            <Text size="sm">{t(clicks ? 'sender.clicks_on' : 'sender.clicks_off')}</Text>
            <Text size="sm">{t(opens ? 'sender.opens_on' : 'sender.opens_off')}</Text>
          </Stack>
        )}
      </Answer>
      {open && links.data && <LinksDialog settings={links.data} onClose={() => setOpen(false)} />}
    </Panel>
  );
}

function LinksDialog({ settings: now, onClose }: { settings: Settings<Links>; onClose: () => void }) {
  const { t } = useTranslation();
  const [settings] = useState(now); // What the change is made on, whatever is read meanwhile.
  const [base, setBase] = useState(settings.value.base_url ?? '');
  const [clicks, setClicks] = useState(settings.value.clicks ?? true);
  const [opens, setOpens] = useState(settings.value.opens ?? false);
  const write = useWriteLinks();
  const submit = () => write.mutate({ value: { base_url: base.trim() || null, clicks, opens }, etag: settings.etag }, { onSuccess: onClose });
  return (
    <Dialog title={t('sender.links')} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); submit(); }}>
        <Stack gap="sm">
          <TextInput data-autofocus label={t('sender.base_url')} description={t('sender.base_url_hint')} placeholder="https://news.shop.example/" value={base} onChange={(event) => setBase(event.currentTarget.value)} />
          <Switch size="xs" label={t('sender.clicks')} description={t('sender.clicks_hint')} checked={clicks} onChange={(event) => setClicks(event.currentTarget.checked)} />
          <Switch size="xs" label={t('sender.opens')} description={t('sender.opens_hint')} checked={opens} onChange={(event) => setOpens(event.currentTarget.checked)} />
          {write.error && <Failure error={write.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
            <Button type="submit" loading={write.isPending}>{t('act.save')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
