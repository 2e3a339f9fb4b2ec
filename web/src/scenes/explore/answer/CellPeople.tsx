import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../../ui/Dialog';
import { More } from '../../../ui/Small';
import { Answer, Empty } from '../../../ui/States';
import { PeopleTable } from '../../people/PeopleTable';
import { useCellPeople } from '../exploreData';
import type { Answered, OpenCell } from './answerData';

/** The people behind one number; each leads to her page, where her events stand. */
export function CellPeople({ of, cell, onClose }: { of: Answered; cell: OpenCell; onClose: () => void }) {
  const { t } = useTranslation();
  const people = useCellPeople(of, cell.token);
  return (
    <Dialog title={t('answer.people')} size="xl" onClose={onClose}>
      <Stack gap="xs">
        <Text size="sm" c="dimmed" className="num">{cell.about || t('answer.people_about')}</Text>
        <Answer of={people} rows={6}>
          {(data) => {
            const found = data.pages.flatMap((page) => page.items);
            if (found.length === 0) return <Empty title={t('answer.nobody')} hint={t('answer.nobody_hint')} />;
            return <><PeopleTable people={found} label={t('answer.people')} /><More of={people} /></>;
          }}
        </Answer>
      </Stack>
    </Dialog>
  );
}
