import { Select } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NameDialog } from '../../ui/NameDialog';
import type { Dashboard } from './board';
import { useChangeDashboard } from './dashboardsData';

const kEvery = [5, 10, 30, 60, 300] as const;
const kNever = 'never';

/** The name of a dashboard, and how often it is asked anew. */
export function BoardSettings({ dashboard, onClose }: { dashboard: Dashboard; onClose: () => void }) {
  const { t } = useTranslation();
  const [every, setEvery] = useState(String(dashboard.refresh_seconds ?? kNever));
  const change = useChangeDashboard(dashboard.key);
  const choices = [...new Set([...kEvery, ...(dashboard.refresh_seconds ? [dashboard.refresh_seconds] : [])])].sort((a, b) => a - b);
  return (
    <NameDialog title={t('board.settings')} start={dashboard} confirm={t('act.save')} pending={change.isPending} error={change.error} onClose={onClose}
      onConfirm={(naming) => change.mutate(() => ({ ...naming, refresh_seconds: every === kNever ? null : Number(every) }), { onSuccess: onClose })}>
      <Select label={t('board.refreshes')} description={t('board.refreshes_hint')} allowDeselect={false} value={every} onChange={(value) => setEvery(value ?? kNever)}
        data={[
          ...choices.map((seconds) => ({ value: String(seconds), label: t('board.every', { count: seconds }) })),
          { value: kNever, label: t('board.never') },
        ]} />
    </NameDialog>
  );
}
