import { Button, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../ui/useFormat';
import { CopyText } from '../../ui/Small';
import { Dialog } from '../../ui/Dialog';
import { Failure } from '../../ui/States';
import { decisionsOf, kDecisions, useDecide, useDecideAll, useUncertain, type Decision, type Message } from './messagesData';

/** Asks what is to become of a message of which nobody knows, or that waits. */
export function DecideDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation();
  const decide = useDecide();
  const isUncertain = message.state === 'uncertain';
  return (
    <Dialog title={t('message.decide_title')} onClose={onClose}>
      <DecideForm decisions={decisionsOf(message)} error={decide.error} isBusy={decide.isPending} onCancel={onClose}
        onDecide={(decision, reason) => decide.mutate({ id: message.id, decision, reason }, { onSuccess: onClose })}>
        <Text size="sm">{t(isUncertain ? 'message.decide_about' : 'message.decide_waiting')}</Text>
        {isUncertain && <Group gap={6}><span className="mono">{message.id}</span><CopyText text={message.id} label={t('message.copy_id')} compact /></Group>}
      </DecideForm>
    </Dialog>
  );
}

/** Asks the same about all uncertain messages, those of one journey where one is chosen. */
export function DecideAllDialog({ journey, onClose }: { journey: string; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [before] = useState(() => new Date().toISOString());
  const decide = useDecideAll();
  const { data: found } = useUncertain(journey);
  const count = found?.messages ?? 0;
  const shown = format.number(count);
  return (
    <Dialog title={t('message.decide_all_title')} onClose={onClose}>
      <DecideForm decisions={kDecisions} error={decide.error} isBusy={decide.isPending} onCancel={onClose}
        onDecide={(decision, reason) => decide.mutate({ journey, before, decision, reason }, { onSuccess: onClose })}>
        <Text size="sm">{t('message.decide_all_about')}</Text>
        {found && <Text size="sm" fw={600}>{found.has_more ? t('message.decide_all_more', { shown }) : t('message.decide_all_count', { count, shown })}</Text>}
      </DecideForm>
    </Dialog>
  );
}

interface FormProps {
  decisions: readonly Decision[];
  error: Error | null;
  isBusy: boolean;
  onDecide: (decision: Decision, reason: string) => void;
  onCancel: () => void;
  children: ReactNode;
}

function DecideForm({ decisions, error, isBusy, onDecide, onCancel, children }: FormProps) {
  const { t } = useTranslation();
  const [decision, setDecision] = useState<Decision | ''>(decisions.length === 1 ? decisions[0]! : '');
  const [reason, setReason] = useState('');
  return (
    <form onSubmit={(event) => { event.preventDefault(); if (decision) onDecide(decision, reason.trim()); }}>
      <Stack gap="sm">
        {children}
        <Radio.Group aria-label={t('message.decide')} value={decision} onChange={(next) => setDecision(next as Decision)}>
          <Stack gap={8}>{decisions.map((one, at) => <Radio key={one} {...(at === 0 ? { 'data-autofocus': true } : {})} size="xs" value={one} label={t(`message.decision_${one}`)} description={t(`message.decision_${one}_about`)} />)}</Stack>
        </Radio.Group>
        <TextInput required label={t('message.why')} description={t('message.why_hint')} value={reason} maxLength={1000} onChange={(event) => setReason(event.currentTarget.value)} />
        {error && <Failure error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>{t('act.cancel')}</Button>
          <Button type="submit" disabled={!decision || !reason.trim()} loading={isBusy}>{t('message.decide')}</Button>
        </Group>
      </Stack>
    </form>
  );
}
