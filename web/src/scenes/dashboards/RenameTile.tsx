import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog';
import { useSavedQuestion } from '../questions/questionsData';
import type { Tile } from './board';

/** A title for the dashboard alone; without one the tile is called like its question. */
export function RenameTile({ tile, onRename, onClose }: { tile: Tile; onRename: (title: string | null) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [title, setTitle] = useState(tile.title ?? '');
  const name = useSavedQuestion(tile.question).data?.question.name ?? '';
  return (
    <Dialog title={t('board.rename_tile')} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); onRename(title.trim() || null); onClose(); }}>
        <Stack gap="sm">
          <TextInput data-autofocus label={t('board.title')} description={t('board.title_hint')} placeholder={name} value={title} maxLength={100} onChange={(event) => setTitle(event.currentTarget.value)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t('act.cancel')}</Button>
            <Button type="submit">{t('act.save')}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
