import { Button, Radio, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { may, useSession } from '../../data/session';
import { NameDialog, type Naming } from '../../ui/NameDialog';
import { useDashboards, useMakeDashboard, useShowOn } from '../dashboards/dashboardsData';
import { useChangeQuestion, useMakeQuestion, useSavedQuestion, type Asked, type ChartKind, type SavedQuestion } from './questionsData';

interface SaveQuestionProps {
  question: Asked;
  chart?: ChartKind; // How it is looked at; absent: as suits its kind.
  saved?: string | null; // Key of the saved question that this one began as.
}

/** Keeps a question under a name: as a new one, or in the place of the one it began as. */
export function SaveQuestion({ question, chart = null, saved = null }: SaveQuestionProps) {
  const { t } = useTranslation();
  const session = useSession();
  const [open, setOpen] = useState(false);
  if (!may(session.data, 'write')) return null;
  const close = () => setOpen(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('act.save')} …</Button>
      {open && (saved
        ? <SaveOver saved={saved} question={question} chart={chart} onClose={close} />
        : <SaveDialog before={null} question={question} chart={chart} onClose={close} />)}
    </>
  );
}

const kNewBoard = '+'; // No key of a dashboard.

type SaveProps = { question: Asked; chart: ChartKind; onClose: () => void };

/** Waits for the question that may be replaced; when it is gone, there is nothing to replace. */
function SaveOver({ saved, ...rest }: SaveProps & { saved: string }) {
  const before = useSavedQuestion(saved);
  if (before.isPending) return null;
  return <SaveDialog before={before.data?.question ?? null} {...rest} />;
}

function SaveDialog({ before, question, chart, onClose }: SaveProps & { before: SavedQuestion | null }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const dashboards = useDashboards();
  const [over, setOver] = useState(before !== null);
  const [dashboard, setDashboard] = useState<string | null>(null);
  const [boardName, setBoardName] = useState('');
  const make = useMakeQuestion();
  const change = useChangeQuestion();
  const show = useShowOn();
  const makeBoard = useMakeDashboard();
  const save = async (naming: Naming) => {
    const key = over && before
      ? (await change.mutateAsync({ key: before.key, change: { ...naming, question, ...(chart ? { chart } : {}) } })).key
      : (await make.mutateAsync({ ...naming, question, chart })).key;
    if (dashboard === kNewBoard) {
      const made = await makeBoard.mutateAsync({ name: boardName.trim(), tiles: [{ question: key }] });
      return void navigate(`/dashboards/${made.key}`);
    }
    const isThere = over && before?.dashboards.includes(dashboard ?? '');
    if (dashboard && !isThere) await show.mutateAsync({ dashboard, question: key });
    void navigate(dashboard ? `/dashboards/${dashboard}` : `/questions/${key}`);
  };
  return (
    <NameDialog title={t('saved.save')} start={before ?? { name: '', description: '' }} confirm={t('act.save')} onClose={onClose}
      pending={make.isPending || change.isPending || show.isPending || makeBoard.isPending} error={make.error ?? change.error ?? show.error ?? makeBoard.error}
      onConfirm={(naming) => void save(naming).catch(() => undefined)}>
      {before && (
        <Radio.Group label={t('saved.where')} value={over ? 'over' : 'new'} onChange={(value) => setOver(value === 'over')}>
          <Stack gap={6} mt={6}>
            <Radio size="xs" value="over" label={t('saved.replace', { name: before.name })} />
            <Radio size="xs" value="new" label={t('saved.as_new')} />
          </Stack>
        </Radio.Group>
      )}
      <Select label={t('saved.show_on')} clearable placeholder={t('saved.on_none')} value={dashboard} onChange={setDashboard} clearButtonProps={{ 'aria-label': t('act.clear') }}
        data={[...(dashboards.data ?? []).map((one) => ({ value: one.key, label: one.name })), { value: kNewBoard, label: t('saved.on_new') }]} />
      {dashboard === kNewBoard && (
        <TextInput required label={t('saved.board_name')} value={boardName} maxLength={100} onChange={(event) => setBoardName(event.currentTarget.value)} />
      )}
    </NameDialog>
  );
}
