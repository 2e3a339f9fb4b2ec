import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Journey } from './journeysData';

const kColors = { draft: 'gray', building: 'gold', published: 'line', paused: 'gold', stopped: 'gray' } as const satisfies Record<Journey['state'], string>;

/** Whether runs start and go on. */
export function JourneyState({ state }: { state: Journey['state'] }) {
  const { t } = useTranslation();
  return <Badge color={kColors[state]} {...(state === 'stopped' ? { variant: 'outline' } : {})}>{t(`journey.state_${state}`)}</Badge>;
}
