import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { displayName, usePeopleSearch, useProfile } from './peopleData';

const kPauseMs = 200; // After the last key.
const kMost = 20;

interface PersonSelectProps { label: string; placeholder: string; value: string | null; onChange: (id: string | null) => void }

/** Finds a person by name or identifier. */
export function PersonSelect({ label, placeholder, value, onChange }: PersonSelectProps) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const [asked] = useDebouncedValue(words.trim(), kPauseMs);
  const people = usePeopleSearch(asked);
  const chosen = useProfile(value ?? '', value !== null);
  const nameless = t('people.nameless');
  const choices = (people.data?.pages[0]?.items ?? []).slice(0, kMost).map((one) => ({ value: one.id, label: displayName(one, nameless) }));
  const current = value && chosen.data ? { value, label: displayName(chosen.data, nameless) } : null;
  if (current && !choices.some((one) => one.value === current.value)) choices.unshift(current);
  return (
    <Select searchable clearable label={label} placeholder={placeholder} value={value} data={choices} filter={({ options }) => options} clearButtonProps={{ 'aria-label': t('act.clear') }}
      nothingFoundMessage={people.isFetching ? t('state.loading') : t('people.none_found', { words: asked })}
      onSearchChange={(next) => { if (next !== current?.label) setWords(next); }} onChange={onChange} />
  );
}
