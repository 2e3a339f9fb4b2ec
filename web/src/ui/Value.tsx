import { Text } from '@mantine/core';
import { valueLines, valueText } from '../data/format';

/** A value of a trait or a property: of an object each part on a line of its own. */
export function Value({ value }: { value: unknown }) {
  const lines = typeof value === 'object' && value !== null ? valueLines(value) : [];
  if (lines.length === 0) return valueText(value);
  if (lines.length === 1 && lines[0]!.name === '') return lines[0]!.text;
  return lines.map(({ name, text }) => (
    <span key={name} style={{ display: 'block' }}><Text span inherit c="dimmed" fw={400}>{name}</Text> {text}</span>
  ));
}
