import { ActionIcon, Button, Group, Popover, Stack, Tabs, Text, TextInput } from '@mantine/core';
import { IconAlertTriangle, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../data/errors';
import { CodeArea, type Mark } from '../../ui/CodeArea';
import { Panel } from '../../ui/Panel';
import { UndoNotice } from '../../ui/UndoNotice';
import { kParts, localeOf, pathOf, type Draft, type Part } from './draft';
import { useLanguageName } from './useLanguageName';

interface PartsPanelProps {
  draft: Draft;
  locale: string; // That is being written.
  problems: readonly Problem[];
  readOnly: boolean;
  onDraft: (draft: Draft) => void;
  onLocale: (locale: string) => void;
}

const kKinds = { subject: 'line', html: 'code', text: 'prose', body: 'code' } as const satisfies Record<Part, string>;
const kRows: Record<Part, number> = { subject: 1, html: 18, text: 8, body: 12 };

/** The parts of a message, a tab a language; what is wrong stands below its part. */
export function PartsPanel({ draft, locale, problems, readOnly, onDraft, onLocale }: PartsPanelProps) {
  const { t } = useTranslation();
  const nameOf = useLanguageName();
  const [before, setBefore] = useState<{ draft: Draft; locale: string } | null>(null); // A language was removed.
  const parts = draft.parts[locale] ?? {};
  const put = (part: Part, text: string) => { setBefore(null); onDraft({ ...draft, parts: { ...draft.parts, [locale]: { ...parts, [part]: text } } }); };
  const add = (next: string) => {
    onDraft({ ...draft, parts: { ...draft.parts, [next]: draft.parts[draft.locale] ?? {} } });
    onLocale(next);
  };
  const remove = () => {
    const { [locale]: _, ...rest } = draft.parts;
    setBefore({ draft, locale });
    onDraft({ ...draft, parts: rest });
    onLocale(draft.locale);
  };
  const undo = () => {
    if (!before) return;
    onDraft({ ...draft, parts: { ...draft.parts, [before.locale]: before.draft.parts[before.locale] ?? {} } });
    onLocale(before.locale);
    setBefore(null);
  };
  const locales = Object.keys(draft.parts);
  return (
    <Panel>
      <Tabs value={locale} onChange={(next) => next && onLocale(next)} keepMounted={false}>
        <Group gap={4} wrap="nowrap" align="center" mb="sm" className="template-locales">
          <Tabs.List aria-label={t('template.languages')}>
            {locales.map((one) => (
              <Tabs.Tab key={one} value={one} rightSection={problems.some((problem) => localeOf(draft, problem) === one) ? <IconAlertTriangle size={13} color="var(--mantine-color-error)" aria-label={t('template.has_problems')} /> : null}>
                {nameOf(one)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {!readOnly && <AddLanguage taken={locales} onAdd={add} />}
          {!readOnly && locale !== draft.locale && (
            <ActionIcon variant="subtle" color="gray" aria-label={t('template.remove_language', { language: nameOf(locale) })} onClick={remove}><IconX size={15} /></ActionIcon>
          )}
        </Group>
        {before && <UndoNotice text={t('template.language_removed', { language: nameOf(before.locale) })} pending={false} error={null} onUndo={undo} onClose={() => setBefore(null)} />}
        <Tabs.Panel value={locale}>
          <Stack gap="sm">
            {kParts[draft.channel].map((part) => {
              const path = pathOf(draft, locale, part);
              const own = problems.filter((one) => one.path === path);
              const marks = own.flatMap(({ line, column, message }): Mark[] => (line === null ? [] : [{ line, column: column ?? 1, message }]));
              const rest = own.filter((one) => one.line === null);
              return (
                <div key={part}>
                  <Text size="xs" fw={560} mb={3}>{t(`template.part_${part}`)}</Text>
                  <CodeArea label={t(`template.part_${part}`)} value={parts[part] ?? ''} rows={kRows[part]} marks={marks} readOnly={readOnly} kind={kKinds[part]} onChange={(text) => put(part, text)} />
                  {rest.map((one) => <Text key={one.message} size="xs" className="mono" c="var(--mantine-color-error)">{one.message}</Text>)}
                </div>
              );
            })}
          </Stack>
        </Tabs.Panel>
      </Tabs>
    </Panel>
  );
}

const kOffered = ['en', 'tr', 'ro', 'de', 'fr'];

/** Adds a language, which begins as a copy of the usual one. */
function AddLanguage({ taken, onAdd }: { taken: string[]; onAdd: (locale: string) => void }) {
  const { t } = useTranslation();
  const nameOf = useLanguageName();
  const [opened, setOpened] = useState(false);
  const [code, setCode] = useState('');
  const isRight = /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(code.trim()) && !taken.includes(code.trim());
  const add = (locale: string) => {
    setOpened(false);
    setCode('');
    onAdd(locale);
  };
  return (
    <Popover opened={opened} onChange={setOpened} trapFocus returnFocus position="bottom-start" shadow="md">
      <Popover.Target><Button variant="default" size="compact-xs" onClick={() => setOpened(!opened)}>+ {t('template.add_language')}</Button></Popover.Target>
      <Popover.Dropdown aria-label={t('template.add_language')}>
        <Stack gap="xs">
          <Group gap={6}>{kOffered.filter((one) => !taken.includes(one)).map((one) => <Button key={one} variant="default" size="compact-sm" onClick={() => add(one)}>{nameOf(one)}</Button>)}</Group>
          <form onSubmit={(event) => { event.preventDefault(); if (isRight) add(code.trim()); }}>
            <Group gap={6} align="flex-end">
              <TextInput label={t('template.other_language')} placeholder="de-AT" value={code} onChange={(event) => setCode(event.currentTarget.value)} w={150} />
              <Button type="submit" disabled={!isRight}>{t('ask.apply')}</Button>
            </Group>
          </form>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
