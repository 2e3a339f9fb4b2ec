import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Page } from '../../ui/Page';
import { Empty } from '../../ui/States';

export default function Missing() {
  const { t } = useTranslation();
  return (
    <Page title={t('missing.title')}>
      <Empty title={t('missing.hint')} action={<Anchor component={Link} to="/">{t('missing.home')}</Anchor>} />
    </Page>
  );
}
