import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import { UndoNotice } from '../../ui/UndoNotice';
import { useRestoreSegment, type DeletedNews } from './segmentsData';

/** Says which segment was deleted, and brings it back. */
export function DeletedSegment() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const location = useLocation();
  const restore = useRestoreSegment();
  const segment = (location.state as Partial<DeletedNews> | null)?.deletedSegment;
  if (!segment) return null;
  const dismiss = () => void navigate(location.pathname, { replace: true, state: null });
  return (
    <UndoNotice text={t('saved.deleted', { name: segment.name })} pending={restore.isPending} error={restore.error}
      onUndo={() => restore.mutate(segment, { onSuccess: dismiss })} onClose={dismiss} />
  );
}
