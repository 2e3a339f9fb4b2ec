import { Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { Failure, Loading } from '../../ui/States';
import { usePurposes, useTopics, useWriteConsent } from '../consents/consentsData';
import type { Profile } from './peopleData';

const kChannels = ['phone', 'store', 'email', 'web', 'letter'] as const;

/** Writes down what a person said: on the phone, in a store, in a letter. */
export function ConsentDialog({ person, onClose }: { person: Profile; onClose: () => void }) {
  const { t } = useTranslation();
  const purposes = usePurposes();
  const topics = useTopics();
  if (!purposes.data || !topics.data) {
    const error = purposes.error ?? topics.error;
    return <Dialog onClose={onClose} title={t('consent.write')}>{error ? <Failure error={error} /> : <Loading rows={3} />}</Dialog>;
  }
  const subjects = [
    ...purposes.data.map((one) => ({ value: `purpose:${one.key}`, label: one.name })),
    ...topics.data.map((one) => ({ value: `topic:${one.key}`, label: one.name })),
  ];
  return (
    <Dialog onClose={onClose} title={t('consent.write')}>
      {subjects.length === 0 ? <Text size="sm">{t('consent.purpose_first')}</Text> : <Form person={person} subjects={subjects} onClose={onClose} />}
    </Dialog>
  );
}

interface FormProps { person: Profile; subjects: { value: string; label: string }[]; onClose: () => void }

function Form({ person, subjects, onClose }: FormProps) {
  const { t } = useTranslation();
  const [subject, setSubject] = useState(subjects[0]?.value ?? '');
  const [gives, setGives] = useState(false);
  const [channel, setChannel] = useState<string>('phone');
  const [evidence, setEvidence] = useState('');
  const write = useWriteConsent(person.id);
  const isTopic = subject.startsWith('topic:');
  const key = subject.slice(subject.indexOf(':') + 1);
  const states = isTopic ? (['subscribed', 'unsubscribed'] as const) : (['given', 'withdrawn'] as const);
  const state = states[gives ? 0 : 1];
  const submit = () => write.mutate({ ...(isTopic ? { topic: key } : { purpose: key }), state, channel, evidence: evidence.trim() }, { onSuccess: onClose });
  return (
    <form onSubmit={(event) => { event.preventDefault(); submit(); }}>
      <Stack gap="sm">
        <Select data-autofocus label={t('consent.what')} value={subject} allowDeselect={false} onChange={(value) => setSubject(value ?? '')} data={subjects} />
        <Select label={t('consent.state')} value={state} allowDeselect={false} onChange={(value) => setGives(value === states[0])}
          data={states.map((value) => ({ value, label: t(`consent.state_${value}`) }))} />
        <Select label={t('consent.where')} value={channel} allowDeselect={false} onChange={(value) => setChannel(value ?? 'phone')}
          data={kChannels.map((value) => ({ value, label: t(`consent.where_${value}`) }))} />
        <TextInput required={gives} label={t('consent.evidence')} description={t('consent.evidence_hint')} value={evidence} onChange={(event) => setEvidence(event.currentTarget.value)} />
        {write.error && <Failure error={write.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
          <Button type="submit" disabled={gives && !evidence.trim()} loading={write.isPending}>{t('consent.write')}</Button>
        </Group>
      </Stack>
    </form>
  );
}
