import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { makeFormat, type Format } from '../data/format';
import { useSession } from '../data/session';

/** Formats of the chosen language, in the zone of the installation: everybody sees the same day. */
export function useFormat(): Format {
  const { i18n } = useTranslation();
  const zone = useSession().data?.installation.timezone ?? 'UTC';
  return useMemo(() => makeFormat(i18n.language, zone), [i18n.language, zone]);
}
