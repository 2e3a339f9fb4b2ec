// Statements: asking them, stopping them, and what tables there are.

import { useMutation, useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { api, unwrap } from '../../data/client';
import type { Column } from './completion';
import type { SqlAnswer } from './sqlAnswer';

async function ask(sql: string, signal?: AbortSignal): Promise<SqlAnswer> {
  const answer = await unwrap(api.POST('/api/query', { body: { kind: 'sql', sql }, ...(signal ? { signal } : {}) }));
  if (answer.kind !== 'sql') throw new Error(`asked in SQL, answered with ${answer.kind}`);
  return answer;
}

export interface Run {
  answer: SqlAnswer | null; // Null: it was stopped.
  statement: string;
}

/** Asks one statement at a time; `stop` hangs up, and the server leaves off. */
export function useStatement() {
  const line = useRef<AbortController | null>(null);
  const run = useMutation({
    mutationFn: async (statement: string): Promise<Run> => {
      line.current?.abort();
      const own = new AbortController();
      line.current = own;
      try {
        return { answer: await ask(statement, own.signal), statement };
      } catch (error) {
        if (own.signal.aborted) return { answer: null, statement };
        throw error;
      }
    },
  });
  return { run, stop: () => line.current?.abort() };
}

const kColumns = "select table_name, column_name, data_type from information_schema.columns where table_name in ('events', 'profiles', 'sessions') order by table_name, ordinal_position";

/** The type of a column in the words that answers use. */
function typeOf(type: string): string {
  if (type.startsWith('TIMESTAMP')) return 'time';
  if (/INT|DECIMAL|DOUBLE|FLOAT/.test(type)) return 'number';
  return type === 'VARCHAR' ? 'text' : type.toLowerCase();
}

/** The columns of the tables, as the server itself tells them. */
export function useColumns() {
  return useQuery({
    queryKey: ['sql', 'columns'],
    queryFn: async () => (await ask(kColumns)).rows.map(([table, name, type]): Column => ({ table: String(table), name: String(name), type: typeOf(String(type)) })),
    staleTime: Infinity,
    retry: false,
  });
}
