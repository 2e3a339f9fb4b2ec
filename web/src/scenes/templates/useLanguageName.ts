import { useTranslation } from 'react-i18next';

/** The name of a language in that of the screen: Turkish, for tr. */
export function useLanguageName(): (locale: string) => string {
  const { i18n } = useTranslation();
  const names = new Intl.DisplayNames(i18n.language, { type: 'language' });
  return (locale) => {
    try {
      return names.of(locale) ?? locale;
    } catch {
      return locale; // None that the browser takes for one.
    }
  };
}
