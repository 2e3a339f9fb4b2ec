// What can stand where somebody writes in a statement: tables, their columns, words of SQL. Pure.

export interface Column {
  table: string;
  name: string;
  type: string;
}

export interface Completion {
  text: string; // What is written.
  kind: 'table' | 'column' | 'word';
  about: string; // The table and type of a column; empty for the others.
}

export interface Completions {
  from: number; // Where the word that is being written begins.
  found: Completion[];
}

const kWords = [
  'select', 'from', 'where', 'group by', 'order by', 'having', 'limit', 'offset', 'distinct', 'as', 'on', 'using', 'and', 'or', 'not', 'in', 'is null', 'is not null', 'between', 'like', 'ilike',
  'join', 'left join', 'inner join', 'cross join', 'union all', 'except', 'intersect', 'with', 'case', 'when', 'then', 'else', 'end', 'asc', 'desc', 'nulls last', 'over', 'partition by', 'qualify',
  'interval', 'filter', 'count', 'sum', 'avg', 'min', 'max', 'median', 'quantile_cont', 'approx_count_distinct', 'arg_max', 'arg_min', 'list', 'string_agg', 'coalesce', 'cast', 'round', 'floor', 'lower',
  'upper', 'date_trunc', 'date_diff', 'now', 'current_date', 'extract', 'strftime', 'row_number', 'lag', 'lead', 'first_value', 'last_value', 'json_extract_string', 'regexp_matches', 'true', 'false', 'null',
] as const;

const kShown = 8;

/** Whether a place lies within a text in quotes or a comment, where nothing is offered. */
function isInText(statement: string, at: number): boolean {
  let within: "'" | '"' | '--' | '/*' | null = null;
  for (let place = 0; place < at; place++) {
    const two = statement.slice(place, place + 2);
    const one = statement[place];
    if (within === null) {
      if (one === "'" || one === '"') within = one;
      else if (two === '--' || two === '/*') within = two;
    } else if (within === '--' ? one === '\n' : within === '/*' ? two === '*/' : one === within) within = null;
  }
  return within !== null;
}

/** The tables a statement names, under each name that it gives them. */
export function namedTables(statement: string, tables: readonly string[]): Map<string, string> {
  const named = new Map<string, string>();
  for (const [, table = '', alias] of statement.matchAll(/\b(?:from|join)\s+(\w+)(?:\s+(?:as\s+)?(?!on\b|where\b|join\b|left\b|inner\b|cross\b|group\b|order\b|using\b|limit\b|union\b)(\w+))?/gi)) {
    const known = tables.find((one) => one === table.toLowerCase());
    if (!known) continue;
    named.set(known, known);
    if (alias) named.set(alias.toLowerCase(), known);
  }
  return named;
}

/** What may be meant by the word before a place: columns of the tables named, then tables, then words. */
export function completionsAt(statement: string, at: number, columns: readonly Column[]): Completions {
  const before = /(?:(\w+)\.)?(\w*)$/.exec(statement.slice(0, at));
  const owner = before?.[1]?.toLowerCase();
  const word = (before?.[2] ?? '').toLowerCase();
  const from = at - word.length;
  if ((!word && !owner) || /^\d/.test(word) || isInText(statement, at)) return { from, found: [] };
  const tables = [...new Set(columns.map((one) => one.table))];
  const named = namedTables(statement, tables);
  const column = ({ table, name, type }: Column): Completion => ({ text: name, kind: 'column', about: `${table} · ${type}` });
  const fits = (text: string) => text.toLowerCase().startsWith(word) && text.toLowerCase() !== word;
  if (owner) {
    const table = named.get(owner) ?? tables.find((one) => one === owner);
    return { from, found: columns.filter((one) => one.table === table && fits(one.name)).map(column).slice(0, kShown) };
  }
  const inUse = new Set(named.values());
  // A whole name asks for nothing more: `event` is not on its way to `events`.
  const isWhole = columns.some((one) => one.name.toLowerCase() === word && inUse.has(one.table)) || tables.includes(word) || named.has(word);
  if (isWhole) return { from, found: [] };
  const wanted = columns.filter((one) => fits(one.name) && (inUse.size === 0 || inUse.has(one.table)));
  const unique = wanted.filter((one, place) => wanted.findIndex((other) => other.name === one.name) === place);
  return {
    from,
    found: [
      ...unique.map(column),
      ...tables.filter(fits).map((text): Completion => ({ text, kind: 'table', about: '' })),
      ...kWords.filter(fits).map((text): Completion => ({ text, kind: 'word', about: '' })),
    ].slice(0, kShown),
  };
}
