import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { makeFormat, type Format } from '../data/format';

/** Formats of the chosen language, in the zone of the browser. */
export function useFormat(): Format {
  const { i18n } = useTranslation();
  return useMemo(() => makeFormat(i18n.language), [i18n.language]);
}
