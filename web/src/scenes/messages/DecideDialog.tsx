import { Button, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyText } from '../../ui/Small';
import { Dialog } from '../../ui/Dialog';
import { Failure } from '../../ui/States';
import { decisionsOf, useDecide, type Decision, type Message } from './messagesData';

/** Asks what is to become of a message of which nobody knows, or that waits. */
export function DecideDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation();
  const decisions = decisionsOf(message);
  const [decision, setDecision] = useState<Decision | ''>(decisions.length === 1 ? decisions[0]! : '');
  const [reason, setReason] = useState('');
  const decide = useDecide();
  const isUncertain = message.state === 'uncertain';
  return (
    <Dialog title={t('message.decide_title')} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); if (decision) decide.mutate({ id: message.id, decision, reason: reason.trim() }, { onSuccess: onClose }); }}>
        <Stack gap="sm">
          <Text size="sm">{t(isUncertain ? 'message.decide_about' : 'message.decide_waiting')}</Text>
          {isUncertain && <Group gap={6}><span className="mono">{message.id}</span><CopyText text={message.id} label={t('message.copy_id')} compact /></Group>}
          <Radio.Group aria-label={t('message.decide')} value={decision} onChange={(next) => setDecision(next as Decision)}>
            <Stack gap={8}>{decisions.map((one) => <Radio key={one} size="xs" value={one} label={t(`message.decision_${one}`)} description={t(`message.decision_${one}_about`)} />)}</Stack>
          </Radio.Group>
          <TextInput required label={t('message.why')} description={t('message.why_hint')} value={reason} maxLength={1000} onChange={(event) => setReason(event.currentTarget.value)} />
          {decide.error && <Failure error={decide.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
            <Button type="submit" disabled={!decision || !reason.trim()} loading={decide.isPending}>{t('message.decide')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
