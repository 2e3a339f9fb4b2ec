import { Table, type TableTdProps } from '@mantine/core';
import type { ReactNode } from 'react';

/**
 * A cell of a table of class `cards`: on a phone each row is a card, and the name of the column
 * stands before the cell. Without a label the cell is the heading, or the actions, of its card.
 */
export function Cell({ label, children, ...rest }: Omit<TableTdProps, 'children'> & { label?: string; children?: ReactNode }) {
  if (!label) return <Table.Td {...rest}>{children}</Table.Td>;
  return <Table.Td {...rest} data-label={label}><div className="cell-value">{children}</div></Table.Td>;
}
