import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import { useBringBack, type DeletedNews, type Removal, type Shelf, type Standing } from '../data/removal';
import { ConflictNotice } from './ConflictNotice';
import { Failure } from './States';
import { UndoNotice } from './UndoNotice';

/** Why something was not deleted; where somebody changed it since, whether it is to go all the same. */
export function RemovalNotice<T extends Standing>({ of }: { of: Removal<T> }) {
  const { t } = useTranslation();
  if (!of.changed) return of.error ? <Failure error={of.error} /> : null;
  const { now } = of.changed;
  return (
    <ConflictNotice now={now} title={t('conflict.not_deleted', { by: now.updated_by })} theirs={t('conflict.keep')} mine={t('conflict.delete')} onTheirs={of.keep} onMine={() => of.run(now)}>
      <b>{now.name}</b>
    </ConflictNotice>
  );
}

interface DeletedNoticeProps<T extends Standing> {
  shelf: Shelf<T>;
  text: (deleted: T) => string;
}

/** Says what was deleted, and brings it back; never in the place of another, unless somebody says so. */
export function DeletedNotice<T extends Standing>({ shelf, text }: DeletedNoticeProps<T>) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const location = useLocation();
  const back = useBringBack(shelf);
  const kept = (location.state as Partial<DeletedNews<T>> | null)?.deleted;
  if (!kept) return null;
  const dismiss = () => void navigate(location.pathname, { replace: true, state: null });
  if (back.changed) {
    const standing = back.changed;
    return (
      <ConflictNotice now={standing.now} title={t('conflict.taken', { by: standing.now.updated_by, name: kept.name })} theirs={t('conflict.keep_theirs')} onTheirs={dismiss}
        onMine={() => back.mutate({ kept, inPlaceOf: standing }, { onSuccess: dismiss })}>
        <b>{standing.now.name}</b>
      </ConflictNotice>
    );
  }
  return <UndoNotice text={text(kept)} pending={back.isPending} error={back.error} onUndo={() => back.mutate({ kept, inPlaceOf: null }, { onSuccess: dismiss })} onClose={dismiss} />;
}
