import { Badge, Loader } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Segment } from './segmentsData';

/** Whether its list is whole, or those who were there before are still being brought in. */
export function SegmentState({ state }: { state: Segment['state'] }) {
  const { t } = useTranslation();
  const isLive = state === 'live';
  return <Badge color={isLive ? 'line' : 'gold'} {...(isLive ? {} : { leftSection: <Loader size={9} color="currentColor" aria-hidden /> })}>{t(`segment.state_${state}`)}</Badge>;
}
