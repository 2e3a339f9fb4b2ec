import { Alert, Button, Group, Text } from '@mantine/core';
import { IconArrowsSplit } from '@tabler/icons-react';
import { useState } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { LiftDialog } from './Decisions';
import { MergeDialog } from './MergeDialog';
import { displayName, type Profile } from './peopleData';

/** What a split left behind, handed to the page of the person who stays. */
export interface SplitNews { stays: string; other: Profile; decision: string | null }

/** Says that there are two people now, leads to both, and offers the way back. */
export function SplitNotice({ person, mayWrite }: { person: Profile; mayWrite: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const location = useLocation();
  const [undoing, setUndoing] = useState<'merge' | 'lift' | null>(null);
  const news = (location.state as { split?: SplitNews } | null)?.split;
  if (!news || news.stays !== person.id) return null;
  const dismiss = () => void navigate(`${location.pathname}${location.search}`, { replace: true, state: null });
  return (
    <Alert color="line" variant="light" role="status" mb="sm" icon={<IconArrowsSplit size={18} />} title={t('split.done')}
      withCloseButton closeButtonLabel={t('act.close')} onClose={dismiss}>
      <Text size="sm">
        <Trans t={t} i18nKey="split.two_people" values={{ one: displayName(person, t('people.nameless')), other: displayName(news.other, t('people.nameless')) }}
          components={{ a: <Link to={`/people/${person.id}?tab=identity`} state={location.state} />, b: <Link to={`/people/${news.other.id}?tab=identity`} /> }} />
      </Text>
      {mayWrite && (
        <Group gap="xs" mt="xs">
          <Button size="compact-xs" variant="default" onClick={() => setUndoing('merge')}>{t('split.undo')}</Button>
          {news.decision && <Button size="compact-xs" variant="default" onClick={() => setUndoing('lift')}>{t('split.lift')}</Button>}
        </Group>
      )}
      {undoing === 'merge' && <MergeDialog person={person} with={news.other} onClose={() => setUndoing(null)} />}
      {undoing === 'lift' && news.decision && <LiftDialog person={person} decision={news.decision} onClose={() => setUndoing(null)} onDone={dismiss} />}
    </Alert>
  );
}
