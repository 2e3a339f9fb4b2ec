import { Group, NumberInput, Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLengthText } from '../../ui/useLengthText';

const kWindows = ['1d', '7d', '30d'];

export interface CapWish {
  messages: number | string; // As typed; empty: no cap.
  within: string;
}

/** At most so many messages within a length. */
export function CapFields({ cap, onChange, autofocus }: { cap: CapWish; onChange: (cap: CapWish) => void; autofocus?: boolean }) {
  const { t } = useTranslation();
  const length = useLengthText();
  const windows = [...new Set([...kWindows, cap.within])].map((value) => ({ value, label: length(value) }));
  return (
    <Group grow align="flex-end">
      <NumberInput {...(autofocus ? { 'data-autofocus': true } : {})} label={t('consent.cap_messages')} min={1} max={1000} allowDecimal={false} value={cap.messages} onChange={(messages) => onChange({ ...cap, messages })} placeholder={t('consent.no_cap')} hideControls />
      <Select label={t('consent.cap_within')} value={cap.within} allowDeselect={false} onChange={(within) => onChange({ ...cap, within: within ?? cap.within })} data={windows} disabled={cap.messages === ''} />
    </Group>
  );
}

/** The caps to write: the first as wished, further ones as they are. */
export function capsOf<Cap extends { messages: number; within: string }>({ messages, within }: CapWish, further: readonly Cap[]) {
  return [...(messages === '' ? [] : [{ messages: Number(messages), within }]), ...further];
}
