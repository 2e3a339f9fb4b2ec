import { Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconArrowRight, IconSearch, IconUser } from '@tabler/icons-react';
import { useEffect, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { may, type Session } from '../../data/session';
import { Dialog } from '../../ui/Dialog';
import { IdentifierText } from '../../ui/Small';
import { Failure } from '../../ui/States';
import { displayName, usePeopleSearch } from '../people/peopleData';
import { kPlaces } from './frameData';
import './palette.css';

/** One field that finds people and goes to places, by keyboard alone. */
export function Palette({ opened, onClose, session }: { opened: boolean; onClose: () => void; session: Session }) {
  const { t } = useTranslation();
  if (!opened) return null;
  return (
    <Dialog bare onClose={onClose} size={560} title={t('frame.search')}>
      <PaletteBody onClose={onClose} session={session} />
    </Dialog>
  );
}

function PaletteBody({ onClose, session }: { onClose: () => void; session: Session }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [words] = useDebouncedValue(text.trim(), 120);
  const [at, setAt] = useState(0);
  const people = usePeopleSearch(words, words.length > 0);
  const found = words ? (people.data?.pages[0]?.items ?? []).slice(0, 8) : [];
  const lower = text.trim().toLocaleLowerCase();
  const places = kPlaces.filter((place) => may(session, place.scope) && t(`place.${place.key}`).toLocaleLowerCase().includes(lower));
  const choices = [
    ...found.map((person) => ({ id: person.id, path: `/people/${person.id}`, person, place: undefined })),
    ...places.map((place) => ({ id: place.key, path: place.path, person: undefined, place })),
  ];
  useEffect(() => setAt(0), [words, found.length]);

  const go = (path: string | undefined) => {
    if (!path) return;
    onClose();
    void navigate(path);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step && choices.length) setAt((at + step + choices.length) % choices.length);
    if (event.key === 'Enter') go(choices[at]?.path);
    if (step || event.key === 'Enter') event.preventDefault();
  };
  return (
    <>
      <TextInput data-autofocus size="md" variant="unstyled" px="sm" py={4} placeholder={t('frame.search_hint')} aria-label={t('frame.search')}
        leftSection={<IconSearch size={17} />} value={text} onChange={(event) => setText(event.currentTarget.value)} onKeyDown={onKey}
        role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant={choices[at] ? `palette-${choices[at].id}` : ''} />
      {people.error && <Failure error={people.error} />}
      <div role="listbox" id="palette-list" className="palette" aria-label={t('frame.results')}>
        {choices.map((choice, index) => (
          <div key={choice.id} id={`palette-${choice.id}`} role="option" aria-selected={index === at} className="palette-item"
            onClick={() => go(choice.path)} onMouseMove={() => setAt(index)}>
            {choice.person ? <IconUser size={15} /> : <IconArrowRight size={15} />}
            <span className="palette-name">{choice.person ? displayName(choice.person, t('people.nameless')) : t(`place.${choice.place.key}`)}</span>
            {choice.person?.matched && <IdentifierText namespace={choice.person.matched.field} value={choice.person.matched.value} />}
          </div>
        ))}
      </div>
      {words && people.isSuccess && found.length === 0 && <Text size="sm" c="dimmed" px="md" pb="sm" role="status">{t('people.none_found', { words })}</Text>}
    </>
  );
}
