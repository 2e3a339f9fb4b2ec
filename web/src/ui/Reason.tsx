import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { reasonOf } from '../data/reasons';
import { useFormat } from './useFormat';

interface Refused {
  code: string | null;
  message: string; // The server's.
}

/** Why something was refused, in the language of the screen; an unknown reason in the server's words. */
export function useReasonText(): (refused: Refused) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return ({ code, message }) => {
    const reason = reasonOf(code, message);
    if (!reason) return message;
    const facts = Object.entries(reason.facts).map(([name, fact]) => [name, /^\d+$/.test(fact) && name !== 'column' ? format.number(Number(fact)) : fact]);
    return t(`reason.${reason.key}` as 'reason.type_missing', Object.fromEntries(facts));
  };
}

/** The server's own words below those of the screen, for whoever looks for them in its log. */
export function ServerWords({ of }: { of: Refused }) {
  const text = useReasonText()(of);
  return text === of.message ? null : <Text size="xs" c="dimmed" component="div" className="mono" lang="en">{of.message}</Text>;
}
