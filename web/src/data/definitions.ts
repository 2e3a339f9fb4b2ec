// Definitions that a person names: keys made of names, and all pages of a list.

interface Listed<T> {
  items: T[];
  next?: string | null | undefined;
}

/** What is asked of a page of a list. */
export interface PageQuery {
  limit: number;
  cursor?: string; // Where it begins; none: at the beginning.
}

const kPage = 500;

/** Every item of a list, page after page. */
export async function allPages<T>(page: (query: PageQuery) => Promise<Listed<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const answer = await page({ limit: kPage, ...(cursor ? { cursor } : {}) });
    items.push(...answer.items);
    cursor = answer.next ?? undefined;
  } while (cursor !== undefined);
  return items;
}

/** Makes a key of a name: a-z, 0-9 and -, at most 64. */
export function keyOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/ı/g, 'i')
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);
}

const kStemLength = 48; // The server takes 64; the rest is for a number at the end.

/** A key that reads like the name and is none of those taken: `orders-a-day`, `orders-a-day-2`. */
export function keyFor(name: string, taken: Iterable<string>, fallback: string): string {
  const stem = keyOf(name).slice(0, kStemLength).replace(/-+$/, '') || fallback;
  const used = new Set(taken);
  if (!used.has(stem)) return stem;
  let number = 2;
  while (used.has(`${stem}-${number}`)) number++;
  return `${stem}-${number}`;
}
