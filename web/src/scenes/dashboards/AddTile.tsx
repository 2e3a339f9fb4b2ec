import { Badge, Button, Stack, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Dialog } from '../../ui/Dialog';
import { Answer, Empty } from '../../ui/States';
import { useSavedQuestions, type SavedQuestion } from '../questions/questionsData';
import type { Dashboard } from './board';

interface AddTileProps {
  dashboard: Dashboard;
  onAdd: (question: string) => void;
  onClose: () => void;
}

/** Chooses among the saved questions that are not on the dashboard yet. */
export function AddTile({ dashboard, onAdd, onClose }: AddTileProps) {
  const { t } = useTranslation();
  const questions = useSavedQuestions();
  const ask = <Button component={Link} to="/explore">{t('saved.ask')}</Button>;
  return (
    <Dialog title={t('board.add')} onClose={onClose}>
      <Answer of={questions}>
        {(all) => {
          const there = new Set(dashboard.tiles.map((tile) => tile.question));
          const left = all.filter((one) => !there.has(one.key));
          if (left.length === 0) return <Empty title={t(all.length === 0 ? 'saved.none' : 'board.all_added')} hint={t('saved.none_hint')} action={ask} />;
          return <Choices questions={left} onAdd={onAdd} />;
        }}
      </Answer>
    </Dialog>
  );
}

function Choices({ questions, onAdd }: { questions: SavedQuestion[]; onAdd: (question: string) => void }) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const wanted = words.trim().toLocaleLowerCase();
  const found = questions.filter((one) => `${one.name} ${one.description}`.toLocaleLowerCase().includes(wanted));
  return (
    <Stack gap="xs">
      <TextInput data-autofocus aria-label={t('board.find')} placeholder={t('board.find')} leftSection={<IconSearch size={14} />} value={words} onChange={(event) => setWords(event.currentTarget.value)} />
      <ul className="choices" aria-label={t('place.questions')}>
        {found.map((one) => (
          <li key={one.key}>
            <div>
              <Text size="sm" fw={560}>{one.name}</Text>
              {one.description && <Text size="xs" c="dimmed">{one.description}</Text>}
            </div>
            <Badge color="gray">{t(`saved.kind_${one.question.kind}`)}</Badge>
            <Button variant="default" size="compact-xs" aria-label={t('board.add_named', { name: one.name })} onClick={() => onAdd(one.key)}>{t('board.add_short')}</Button>
          </li>
        ))}
      </ul>
      <Text size="sm" c="dimmed" role="status">{found.length === 0 && t('board.none_found', { words })}</Text>
    </Stack>
  );
}
