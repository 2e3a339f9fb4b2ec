import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { Failure } from '../../ui/States';
import { useChannelText } from '../../ui/useChannelText';
import type { Sender } from './sender';
import { useTestSender, type TestResult } from './sendersData';

const kColors = { delivered: 'line', refused: 'red', retryable: 'gold', uncertain: 'gold' } as const satisfies Record<TestResult['outcome'], string>;

/** Sends a test message and tells what came of it, with the provider's own words. */
export function TestDialog({ channel, sender, onClose }: { channel: string; sender: Sender | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const name = useChannelText()(channel);
  const [to, setTo] = useState('');
  const [from, setFrom] = useState('');
  const test = useTestSender();
  const isMail = channel === 'email';
  const isCall = channel === 'webhook' && sender?.type === 'webhook';
  const change = (set: (text: string) => void) => (text: string) => { set(text); test.reset(); };
  return (
    <Dialog title={t('sender.test_named', { channel: name })} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); test.mutate({ channel, to: to.trim(), from: from.trim() }); }}>
        <Stack gap="sm">
          <Text size="sm">{t('sender.test_about')}</Text>
          <TextInput data-autofocus required label={t(isCall ? 'sender.test_url' : 'sender.test_to')} value={to} onChange={(event) => change(setTo)(event.currentTarget.value)} placeholder={isMail ? 'eva@shop.example' : isCall ? 'https://shop.example/hook' : ''} />
          {isMail && <TextInput required label={t('sender.test_from')} description={t('sender.test_from_hint')} value={from} onChange={(event) => change(setFrom)(event.currentTarget.value)} placeholder="shop@shop.example" />}
          {test.error && <Failure error={test.error} />}
          {test.data && <Result of={test.data} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('act.close')}</Button>
            <Button type="submit" disabled={!to.trim() || (isMail && !from.trim())} loading={test.isPending}>{t('sender.test')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function Result({ of: { outcome, code, detail } }: { of: TestResult }) {
  const { t } = useTranslation();
  return (
    <Alert color={kColors[outcome]} variant="light" role="status" title={t(`sender.outcome_${outcome}`)}>
      {(code !== null || detail) && <Text size="sm" className="mono" lang="en">{[code, detail].filter(Boolean).join(' ')}</Text>}
      {outcome !== 'delivered' && <Text size="sm" mt={4}>{t(`sender.outcome_${outcome}_about`)}</Text>}
    </Alert>
  );
}
