import { describe, expect, it } from 'vitest';
import en from './en.json';
import ro from './ro.json';
import { chooseLanguage } from './text';
import tr from './tr.json';

type Tree = { [key: string]: string | Tree };

function flatten(tree: Tree, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') flat.set(prefix + key, value);
    else for (const [k, v] of flatten(value, `${prefix}${key}.`)) flat.set(k, v);
  }
  return flat;
}

const languages = { en: flatten(en), tr: flatten(tr), ro: flatten(ro) };
const isPlural = (key: string) => /_(one|few|other)$/.test(key);
const stem = (key: string) => key.replace(/_(one|few|other)$/, '_*');
const placeholders = (text: string) => [...new Set(text.match(/\{\{\w+\}\}/g) ?? [])].sort();

describe('text', () => {
  it('has the same keys in all languages', () => {
    const keys = (flat: Map<string, string>) => [...new Set([...flat.keys()].map(stem))].sort();
    expect(keys(languages.tr)).toEqual(keys(languages.en));
    expect(keys(languages.ro)).toEqual(keys(languages.en));
  });

  it('has every plural form that the language has', () => {
    for (const [language, flat] of Object.entries(languages)) {
      const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
      for (const key of [...flat.keys()].filter(isPlural)) {
        const base = key.replace(/_(one|few|other)$/, '');
        for (const form of forms) expect(flat.has(`${base}_${form}`), `${language} ${base}_${form}`).toBe(true);
      }
    }
  });

  it('fills the same places in all languages and leaves none empty', () => {
    for (const [language, flat] of Object.entries(languages)) {
      for (const [key, text] of flat) {
        expect(text.trim(), `${language} ${key}`).not.toBe('');
        const english = languages.en.get(key) ?? languages.en.get(stem(key).replace('*', 'other'));
        if (!isPlural(key)) expect(placeholders(text), `${language} ${key}`).toEqual(placeholders(english ?? ''));
      }
    }
  });

  it('has the same parts of a sentence in all languages, wherever they stand', () => {
    const tags = (text: string) => (text.match(/<(\w+)\/?>/g) ?? []).map((tag) => tag.replace(/\W/g, '')).sort();
    for (const [language, flat] of Object.entries(languages)) {
      for (const [key, text] of flat) {
        if (!isPlural(key)) expect(tags(text), `${language} ${key}`).toEqual(tags(languages.en.get(key) ?? ''));
      }
    }
  });

  it('counts Romanian as Romanians do', () => {
    const rules = new Intl.PluralRules('ro');
    expect([1, 3, 21].map((n) => rules.select(n))).toEqual(['one', 'few', 'other']);
  });

  it('takes the first wanted language that exists', () => {
    expect(chooseLanguage([null, 'de-DE', 'ro-RO', 'en'])).toBe('ro');
    expect(chooseLanguage(['fr'])).toBe('en');
  });
});
