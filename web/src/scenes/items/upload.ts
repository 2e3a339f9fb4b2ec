// A file of items, cut into requests that the server takes, and what became of all of them. Pure.

import type { Schemas } from '../../data/client';

export type ItemsAnswer = Schemas['ItemsAnswer'];
export type Refusal = ItemsAnswer['rejected'][number];

export const kForms = { csv: 'text/csv', lines: 'application/x-ndjson', json: 'application/json' } as const;
export type Form = keyof typeof kForms;

/** The form of a file, by its name, else by how it begins. */
export function formOf(name: string, text: string): Form {
  const ending = /\.(csv|jsonl|ndjson|json)$/i.exec(name)?.[1]?.toLowerCase();
  if (ending === 'csv') return 'csv';
  const start = text.trimStart()[0];
  if (start === '[') return 'json';
  return ending !== undefined || start === '{' ? 'lines' : 'csv';
}

const kItemsMost = 10_000; // Of one request, as the server says;
const kBytesMost = 3_500_000; // less than the 4 MiB it takes.

/** Where each record of a text begins; a quoted cell of CSV may hold line ends. */
function recordsOf(text: string, form: Form): { at: number; line: number }[] {
  const records: { at: number; line: number }[] = [];
  let isQuoted = false;
  let isStart = true;
  let line = 1;
  for (let at = 0; at < text.length; at++) {
    const one = text.charCodeAt(at);
    if (isStart && one !== 10 && one !== 13) {
      records.push({ at, line });
      isStart = false;
    }
    if (one === 34 && form === 'csv') isQuoted = !isQuoted;
    if (one !== 10) continue;
    line++;
    isStart = !isQuoted;
  }
  return records;
}

export interface Piece {
  text: string;
  items: number; // As far as lines tell it.
  linesBefore: number; // Added to a line that the server names, it is the line of the file.
}

/** The file as requests: each with the head of a CSV, none with more than the server takes. */
export function piecesOf(text: string, form: Form, itemsMost = kItemsMost, bytesMost = kBytesMost): Piece[] {
  if (form === 'json') return [{ text, items: 0, linesBefore: 0 }]; // One value: it cannot be cut.
  const all = recordsOf(text, form);
  const [first, ...rows] = form === 'csv' ? all : [undefined, ...all];
  if (rows.length === 0) return text.trim() === '' ? [] : [{ text, items: 0, linesBefore: 0 }];
  const head = first ? text.slice(first.at, rows[0]!.at) : '';
  const headLines = head.split('\n').length - 1;
  const bytesOf = (part: string) => part.length * 3; // At most, in UTF-8.
  const pieces: Piece[] = [];
  for (let from = 0; from < rows.length;) {
    let to = from + 1;
    const endOf = (row: number) => rows[row]?.at ?? text.length;
    const start = rows[from]!.at;
    while (to < rows.length && to - from < itemsMost && bytesOf(head) + 3 * (endOf(to + 1) - start) <= bytesMost) to++;
    pieces.push({ text: head + text.slice(start, endOf(to)), items: to - from, linesBefore: rows[from]!.line - 1 - headLines });
    from = to;
  }
  return pieces;
}

export const kNothingSent: ItemsAnswer = { accepted: 0, unchanged: 0, older: 0, rejected_count: 0, rejected: [], position: null };

const kRefusalsKept = 1000;

/** What became of the pieces so far and of one more, its refusals by their lines of the file. */
export function withAnswer(sum: ItemsAnswer, answer: ItemsAnswer, { linesBefore }: Pick<Piece, 'linesBefore'>): ItemsAnswer {
  const refused = answer.rejected.map((one): Refusal => (one.line === undefined ? one : { ...one, line: one.line + linesBefore }));
  return {
    accepted: sum.accepted + answer.accepted, unchanged: sum.unchanged + answer.unchanged, older: sum.older + answer.older, rejected_count: sum.rejected_count + answer.rejected_count,
    rejected: [...sum.rejected, ...refused].slice(0, kRefusalsKept), position: answer.position ?? sum.position,
  };
}
