import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Dotted } from '../../ui/Small';
import type { Reject } from './rejectsData';

/** What a settled reject became, with the way there. */
export function Became({ of }: { of: Reject['became'] }) {
  const { t } = useTranslation();
  if (!of) return null;
  if (of.import) return <Link to="/imports">{t('reject.became_import', { id: of.import })}</Link>;
  return (
    <Text span size="sm">
      <Dotted>
        {of.profile && <Link to={`/people/${of.profile}`}>{t('reject.became_person')}</Link>}
        {of.position && t('reject.became_event', { position: of.position })}
      </Dotted>
    </Text>
  );
}
