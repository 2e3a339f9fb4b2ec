// The answer of a statement: where it went wrong, its values as text, and as a file. Pure.

import type { Schemas } from '../../data/client';

export type SqlAnswer = Schemas['SqlAnswer'];
export type SqlValue = SqlAnswer['rows'][number][number];

export interface Place {
  line: number; // From 1.
  column: number | null; // From 1; null: somewhere in the line.
}

/** The place that a refusal names at its end: `… (line 2, column 8)`. */
export function placeOf(message: string): Place | null {
  const found = /\(line (\d+)(?:, column (\d+))?\)$/.exec(message);
  return found ? { line: Number(found[1]), column: found[2] ? Number(found[2]) : null } : null;
}

/** Which letters a place means: the word that begins there, or the whole line. */
export function rangeOf(statement: string, { line, column }: Place): [number, number] {
  const lines = statement.split('\n');
  const begin = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const text = lines[line - 1] ?? '';
  if (column === null || column > text.length) return [Math.min(begin, statement.length), Math.min(begin + text.length, statement.length)];
  const word = /^(\w+|"[^"]*"|.)/.exec(text.slice(column - 1))?.[0] ?? '';
  return [begin + column - 1, begin + column - 1 + word.length];
}

/** A value as it stands in a cell; null for SQL's null. */
export function cellText(value: SqlValue): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);

/** All rows as CSV (RFC 4180); SQL's null is an empty cell. */
export function csvOf({ columns, rows }: Pick<SqlAnswer, 'columns' | 'rows'>): string {
  const lines = [columns.map((one) => one.name), ...rows.map((row) => row.map((value) => cellText(value) ?? ''))];
  return lines.map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
}
