import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import { UndoNotice } from '../../ui/UndoNotice';
import { useRestoreQuestion, type DeletedNews } from './questionsData';

/** Says which question was deleted, and brings it back. */
export function DeletedQuestion() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const location = useLocation();
  const restore = useRestoreQuestion();
  const question = (location.state as Partial<DeletedNews> | null)?.deletedQuestion;
  if (!question) return null;
  const dismiss = () => void navigate(location.pathname, { replace: true, state: null });
  return (
    <UndoNotice text={t('saved.deleted', { name: question.name })} pending={restore.isPending} error={restore.error}
      onUndo={() => restore.mutate(question, { onSuccess: dismiss })} onClose={dismiss} />
  );
}
