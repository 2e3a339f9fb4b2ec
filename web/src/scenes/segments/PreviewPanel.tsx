import { Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Panel';
import { IdentifierText } from '../../ui/Small';
import { Failure, Loading } from '../../ui/States';
import { useFormat } from '../../ui/useFormat';
import { displayName } from '../people/peopleData';
import { usePreview, type Segment, type SegmentPreview } from './segmentsData';

const kPauseMs = 350; // After the last change, so that not every letter asks the server.

/** Whom a draft means, a moment after each change; `isOld` while the answer is of the draft before. */
export function useDraftPreview(conditions: unknown) {
  const now = conditions === undefined ? '' : JSON.stringify(conditions);
  const [text] = useDebouncedValue(now, kPauseMs);
  const { data, error, refetch, isFetching, isPlaceholderData } = usePreview(text === '' ? undefined : JSON.parse(text));
  return { data, error, refetch, isOld: isFetching || isPlaceholderData || text !== now };
}

interface PreviewPanelProps {
  of: ReturnType<typeof useDraftPreview>;
  isAsked: boolean; // The draft has conditions.
  standing: Segment | null; // Whose conditions change.
}

/** How many people the draft means now, and some of them. */
export function PreviewPanel({ of, isAsked, standing }: PreviewPanelProps) {
  const { t } = useTranslation();
  return (
    <aside className="segment-preview" aria-label={t('segment.preview')} aria-busy={isAsked && of.isOld}>
      <Panel>
        {!isAsked ? <Text size="sm" c="dimmed">{t('segment.preview_empty')}</Text>
          : of.error ? <Failure error={of.error} onRetry={() => void of.refetch()} />
            : !of.data ? <Loading rows={4} /> : <Found preview={of.data} standing={standing} isOld={of.isOld} />}
      </Panel>
    </aside>
  );
}

interface FoundProps { preview: SegmentPreview; standing: Segment | null; isOld: boolean }

function Found({ preview, standing, isOld }: FoundProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { count, known, sample } = preview;
  return (
    <div style={{ opacity: isOld ? 0.5 : 1, transition: 'opacity 120ms' }}>
      <Text size="xs" c="dimmed">{t('segment.now')}</Text>
      <Text className="segment-size num" role="status">{format.number(count)}</Text>
      <Text size="xs" c="dimmed">{t('segment.people_known', { count: known, number: format.number(known) })}</Text>
      {standing?.state === 'live' && <Text size="xs" c="dimmed">{t('segment.instead_of', { count: standing.size, number: format.number(standing.size) })}</Text>}
      {sample.length > 0 && (
        <>
          <Text size="xs" c="dimmed" mt="sm" mb={4}>{t(sample.length < count ? 'segment.some' : 'segment.they')}</Text>
          <ul className="segment-sample">
            {sample.map((person) => (
              <li key={person.id}>
                <a className="row-link" href={`/people/${person.id}`} target="_blank" rel="noreferrer">{displayName(person, t('people.nameless'))}</a>
                {person.name && person.identifiers[0] && <IdentifierText {...person.identifiers[0]} />}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
