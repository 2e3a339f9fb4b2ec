import { Alert, Button, Group, Text } from '@mantine/core';
import { IconArrowsJoin, IconArrowsSplit } from '@tabler/icons-react';
import { useState } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { useArrival } from '../../ui/useArrival';
import { LiftDialog } from './Decisions';
import { sideToSplit, useExplanation } from './identityData';
import { MergeDialog } from './MergeDialog';
import { displayName, identifierKey, type Profile } from './peopleData';
import { SplitDialog } from './SplitDialog';

/** What a split left behind, handed to the page of the person who stays. */
export interface SplitNews { stays: string; other: Profile; decision: string | null }

/** What a merge left behind, handed to the page of the person who is both now. */
export interface MergeNews { into: string; decision: string | null }

interface NoticeProps { person: Profile; mayWrite: boolean }

/** What was just done to this person, if anything. */
export function ChangeNotice(props: NoticeProps) {
  return <><SplitNotice {...props} /><MergeNotice {...props} /></>;
}

/** The news handed to this page, and how to send it away. */
function useNews<T>(kind: 'split' | 'merged'): [T | undefined, () => void] {
  const navigate = useNavigate();
  const location = useLocation();
  const dismiss = () => void navigate(`${location.pathname}${location.search}`, { replace: true, state: null });
  return [(location.state as Record<string, T> | null)?.[kind], dismiss];
}

/** Says that the two are one person now, and offers the way back. */
function MergeNotice({ person, mayWrite }: NoticeProps) {
  const { t } = useTranslation();
  const [news, dismiss] = useNews<MergeNews>('merged');
  const [undoing, setUndoing] = useState(false);
  const isHere = news?.into === person.id;
  const ref = useArrival(isHere && news);
  const explanation = useExplanation(person.id);
  if (!isHere) return null;
  const decision = explanation.data?.decisions.find((one) => one.id === news.decision && one.state === 'in_force');
  return (
    <Alert ref={ref} tabIndex={-1} color="line" variant="light" role="status" mb="sm" icon={<IconArrowsJoin size={18} />} title={t('merged.done')}
      withCloseButton closeButtonLabel={t('act.close')} onClose={dismiss}>
      <Text size="sm">{t('merged.one_person', { count: person.identifiers.length })}</Text>
      {mayWrite && decision && <Button mt="xs" size="compact-xs" variant="default" onClick={() => setUndoing(true)}>{t('merged.undo')}</Button>}
      {undoing && decision && <SplitDialog person={person} identifiers={sideToSplit(decision, new Set(person.identifiers.map(identifierKey)))} onClose={() => setUndoing(false)} />}
    </Alert>
  );
}

/** Says that there are two people now, leads to both, and offers the way back. */
function SplitNotice({ person, mayWrite }: NoticeProps) {
  const { t } = useTranslation();
  const location = useLocation();
  const [news, dismiss] = useNews<SplitNews>('split');
  const [undoing, setUndoing] = useState<'merge' | 'lift' | null>(null);
  const isHere = news?.stays === person.id;
  const ref = useArrival(isHere && news);
  if (!isHere) return null;
  return (
    <Alert ref={ref} tabIndex={-1} color="line" variant="light" role="status" mb="sm" icon={<IconArrowsSplit size={18} />} title={t('split.done')}
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
