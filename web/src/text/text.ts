// Languages of the screens. English comes with the app, the others when they are chosen.

import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import en from './en.json';

export const kLanguages = { en: 'English', tr: 'Türkçe', ro: 'Română' } as const;
export type Language = keyof typeof kLanguages;

const kStored = 'throughline.language';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app';
    resources: { app: typeof en };
  }
}

const loaders: Record<Exclude<Language, 'en'>, () => Promise<{ default: object }>> = {
  tr: () => import('./tr.json'),
  ro: () => import('./ro.json'),
};

/** The first wanted language that exists. */
export function chooseLanguage(wanted: readonly (string | null)[]): Language {
  for (const tag of wanted) {
    const language = tag?.slice(0, 2).toLowerCase();
    if (language && language in kLanguages) return language as Language;
  }
  return 'en';
}

/** Switches every visible string and remembers the choice. */
export async function setLanguage(language: Language): Promise<void> {
  if (language !== 'en' && !i18next.hasResourceBundle(language, 'app')) {
    i18next.addResourceBundle(language, 'app', (await loaders[language]()).default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  localStorage.setItem(kStored, language);
}

export async function startText(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    ns: ['app'],
    defaultNS: 'app',
    resources: { en: { app: en } },
    interpolation: { escapeValue: false }, // React escapes.
  });
  await setLanguage(chooseLanguage([localStorage.getItem(kStored), ...navigator.languages]));
}
