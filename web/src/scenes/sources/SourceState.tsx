import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { healthColor, type Source } from './sourcesData';

/** Whether a source is heard, or switched off. */
export function SourceState({ source }: { source: Source }) {
  const { t } = useTranslation();
  if (source.settings.enabled === false) return <Badge color="red">{t('health.off')}</Badge>;
  return <Badge color={healthColor(source.health.state)}>{t(`health.${source.health.state}`)}</Badge>;
}
