import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { Dialog } from '../../ui/Dialog';
import { IdentifierText } from '../../ui/Small';
import { Answer, Failure } from '../../ui/States';
import type { MergeNews } from './ChangeNotice';
import { ChangePreview } from './ChangePreview';
import { displayName, identifierKey, merge, useMerge, usePeopleSearch, usePreview, type IdentityChange, type Profile, type ProfileSummary } from './peopleData';

type Other = Pick<ProfileSummary, 'id'>;

/** Finds another person (unless one is given), shows what joining would do, asks why, does it. */
export function MergeDialog({ person, with: given, onClose }: { person: Profile; with?: Other; onClose: () => void }) {
  const { t } = useTranslation();
  const [chosen, setOther] = useState<Other | null>(null);
  const other = chosen ?? given;
  return (
    <Dialog onClose={onClose} size="xl" title={t('identity.merge_with')}>
      {other ? <Confirm person={person} other={other} onBack={given ? onClose : () => setOther(null)} onClose={onClose} />
        : <Choose person={person} onChoose={setOther} />}
    </Dialog>
  );
}

function Choose({ person, onChoose }: { person: Profile; onChoose: (other: ProfileSummary) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [words] = useDebouncedValue(text.trim(), 150);
  const people = usePeopleSearch(words, words.length > 0);
  const found = words ? (people.data?.pages[0]?.items ?? []).filter((one) => one.id !== person.id).slice(0, 8) : [];
  return (
    <Stack gap="xs">
      <TextInput data-autofocus type="search" label={t('people.search')} placeholder={t('people.search_hint')} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      {people.error && <Failure error={people.error} />}
      {found.map((one) => (
        <Button key={one.id} variant="default" justify="flex-start" h="auto" py={6} onClick={() => onChoose(one)}>
          <span style={{ display: 'flex', gap: 12, flexWrap: 'wrap', alignItems: 'baseline' }}>
            <strong>{displayName(one, t('people.nameless'))}</strong>
            {one.identifiers.slice(0, 2).map((identifier) => <IdentifierText key={identifierKey(identifier)} {...identifier} />)}
          </span>
        </Button>
      ))}
      {words && people.isSuccess && found.length === 0 && <Text size="sm" c="dimmed">{t('people.none_found', { words })}</Text>}
    </Stack>
  );
}

function Confirm({ person, other, onBack, onClose }: { person: Profile; other: Other; onBack: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const preview = usePreview(['merge', person.id, other.id], () => merge({ ref: person.id, with: other.id, reason: 'preview', dryRun: true }));
  const change = useMerge();
  const navigate = useNavigate();
  const show = ({ after, decision }: IdentityChange) => {
    onClose();
    if (!after[0]) return;
    const news: MergeNews = { into: after[0].id, decision };
    void navigate(`/people/${after[0].id}?tab=identity`, { replace: true, state: { merged: news } });
  };
  return (
    <Stack gap="sm">
      <Answer of={preview}>{(data) => <ChangePreview change={data} />}</Answer>
      <TextInput data-autofocus required label={t('change.reason')} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
      {change.error && <Failure error={change.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onBack}>{t('act.back')}</Button>
        <Button disabled={!reason.trim() || !preview.data} loading={change.isPending}
          onClick={() => change.mutate({ ref: person.id, with: other.id, reason: reason.trim(), dryRun: false }, { onSuccess: show })}>
          {t('identity.merge_confirm')}
        </Button>
      </Group>
    </Stack>
  );
}
