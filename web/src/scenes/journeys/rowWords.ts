import { useTranslation } from 'react-i18next';
import { kEndReasons } from './journeysData';

export interface RowFacts { name: string; step?: string | null; path?: string | null; goal?: string | null; reason?: string | null }

const kRows = {
  'Journey Entered': 'row_entered', 'Journey Step Reached': 'row_step', 'Journey Path Chosen': 'row_path', 'Journey Traits Set': 'row_traits', 'Journey Goal Reached': 'row_goal',
  'Journey Task Opened': 'row_opened', 'Journey Task Claimed': 'row_claimed', 'Journey Task Released': 'row_released', 'Journey Task Done': 'row_done', 'Journey Task Overdue': 'row_overdue', 'Journey Held': 'row_held', 'Journey Ended': 'row_ended',
} as const;

/** What a run did, as words; null where it is none of what is known. */
export function useRowText(): (row: RowFacts) => string | null {
  const { t } = useTranslation();
  return ({ name, step, path, goal, reason }) => {
    const row = kRows[name as keyof typeof kRows];
    if (!row) return null;
    const known = kEndReasons.find((one) => one === reason);
    return t(`journey.${row}`, { step: step ?? '', path: path ?? '', goal: goal ?? '', reason: known ? t(`journey.end_${known}`) : reason ?? '' });
  };
}
