import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../../data/errors';
import { ConflictNotice } from '../../ui/ConflictNotice';
import { Failure, Loading } from '../../ui/States';
import { readSegment, type Loaded } from './segmentsData';
import { usePeopleText } from './words';

interface ConflictProps {
  of: string; // Key of the segment.
  onTheirs: (theirs: Loaded) => void;
  onMine: (etag: string | null) => void; // Of what stands now; null where nothing does.
}

/** What somebody else saved meanwhile, in words. */
export function Conflict({ of, onTheirs, onMine }: ConflictProps) {
  const peopleText = usePeopleText();
  const now = useQuery({ queryKey: ['segments', 'conflict', of], queryFn: () => readSegment(of), staleTime: 0, gcTime: 0, retry: false });
  const isGone = now.error instanceof ApiError && now.error.status === 404;
  if (now.error && !isGone) return <Failure error={now.error} />;
  if (!now.data && !isGone) return <Loading rows={2} />;
  const segment = now.data?.segment ?? null;
  return (
    <ConflictNotice now={segment} onTheirs={() => now.data && onTheirs(now.data)} onMine={() => onMine(now.data?.etag ?? null)}>
      {segment && <><b>{segment.name}</b>. {peopleText(segment.conditions)}</>}
    </ConflictNotice>
  );
}
