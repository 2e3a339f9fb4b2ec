import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { NameDialog } from '../../ui/NameDialog';
import { useChangeQuestion, useMakeQuestion, writeOf, type SavedQuestion } from './questionsData';

interface DialogProps {
  question: SavedQuestion;
  onClose: () => void;
}

export function RenameQuestion({ question, onClose }: DialogProps) {
  const { t } = useTranslation();
  const change = useChangeQuestion();
  return (
    <NameDialog title={t('saved.rename')} start={question} confirm={t('act.save')} pending={change.isPending} error={change.error} onClose={onClose}
      onConfirm={(naming) => change.mutate({ key: question.key, change: naming }, { onSuccess: onClose })} />
  );
}

/** Makes another of the same, and opens it. */
export function DuplicateQuestion({ question, onClose }: DialogProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const make = useMakeQuestion();
  return (
    <NameDialog title={t('saved.duplicate')} start={{ name: t('saved.copy_of', { name: question.name }), description: question.description }}
      confirm={t('act.duplicate')} pending={make.isPending} error={make.error} onClose={onClose}
      onConfirm={(naming) => make.mutate({ ...writeOf(question), ...naming }, { onSuccess: (made) => void navigate(`/questions/${made.key}`) })} />
  );
}
