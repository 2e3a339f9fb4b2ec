import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { Dialog } from '../../ui/Dialog';
import { Answer, Failure } from '../../ui/States';
import { ChangePreview } from './ChangePreview';
import { identifierKey, split, usePreview, useSplit, whoStays, type Identifier, type IdentityChange, type Profile } from './peopleData';
import type { SplitNews } from './ChangeNotice';

/** Shows what a split would do, asks why, does it, and stays with the person one was at. */
export function SplitDialog({ person, identifiers, onClose }: { person: Profile; identifiers: Identifier[]; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [reason, setReason] = useState('');
  const preview = usePreview(['split', person.id, ...identifiers.map(identifierKey)],
    () => split({ ref: person.id, identifiers, reason: 'preview', dryRun: true }));
  const change = useSplit();
  const show = ({ after, decision }: IdentityChange) => {
    onClose();
    const stays = whoStays(person, identifiers, after);
    const other = after.find((one) => one !== stays);
    if (!stays || !other) return;
    const news: SplitNews = { stays: stays.id, other, decision };
    void navigate(`/people/${stays.id}?tab=identity`, { replace: true, state: { split: news } });
  };
  return (
    <Dialog onClose={onClose} size="xl" title={t('identity.split')}>
      <Stack gap="sm">
        <Answer of={preview}>{(data) => <ChangePreview change={data} />}</Answer>
        <TextInput data-autofocus required label={t('change.reason')} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        {change.error && <Failure error={change.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
          <Button disabled={!reason.trim() || !preview.data} loading={change.isPending}
            onClick={() => change.mutate({ ref: person.id, identifiers, reason: reason.trim(), dryRun: false }, { onSuccess: show })}>
            {t('identity.split_confirm')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
