import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { displayName, useProfile } from './peopleData';

/** What a person is called, leading to her page; her id until it is known, and where she was erased. */
export function PersonName({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data } = useProfile(id);
  return <Link className="row-link" to={`/people/${id}`}>{data ? displayName(data, t('people.nameless')) : <span className="mono">{id.slice(0, 10)}…</span>}</Link>;
}
