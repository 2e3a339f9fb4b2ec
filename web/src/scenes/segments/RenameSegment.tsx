import { useTranslation } from 'react-i18next';
import { NameDialog } from '../../ui/NameDialog';
import { useRenameSegment, type Segment } from './segmentsData';

export function RenameSegment({ segment, onClose }: { segment: Segment; onClose: () => void }) {
  const { t } = useTranslation();
  const rename = useRenameSegment();
  return (
    <NameDialog title={t('segment.rename')} start={segment} confirm={t('act.save')} pending={rename.isPending} error={rename.error} onClose={onClose}
      onConfirm={(naming) => rename.mutate({ key: segment.key, naming }, { onSuccess: onClose })} />
  );
}
