import { describe, expect, it } from 'vitest';
import { ApiError } from './errors';
import { bringBack, ChangedSince, removeSeen, type Shelf, type Standing } from './removal';

interface Kept { one: Standing; version: number }

/** A shelf as the server keeps one: a version each, and writes that ask for one. */
function makeShelf() {
  const kept = new Map<string, Kept>();
  let version = 0;
  const put = (one: Standing) => void kept.set(one.key, { one, version: ++version });
  const heeds = (key: string, header: Record<string, string>) => {
    const now = kept.get(key);
    const isRefused = (header['If-None-Match'] === '*' && now) || (header['If-Match'] && header['If-Match'] !== `"${now?.version}"`);
    if (isRefused) throw new ApiError(412, 'conflict', 'changed meanwhile');
  };
  const shelf: Shelf<Standing> = {
    path: '/things',
    read: async (key) => {
      const now = kept.get(key);
      if (!now) throw new ApiError(404, 'not_found', 'no thing has this key');
      return { now: now.one, etag: `"${now.version}"` };
    },
    write: async (one, header) => { heeds(one.key, header); put(one); },
    remove: async (key, header) => { heeds(key, header); kept.delete(key); },
    forget: async () => undefined,
  };
  return { shelf, kept, put };
}

const mine: Standing = { key: 'a', name: 'Mine', updated_at: '10:00', updated_by: 'ana' };
const theirs: Standing = { key: 'a', name: 'Theirs', updated_at: '10:01', updated_by: 'ben' };

describe('deleting', () => {
  it('takes away what was seen', async () => {
    const { shelf, kept, put } = makeShelf();
    put(mine);
    await removeSeen(shelf, mine);
    expect(kept.size).toBe(0);
  });

  it('leaves what somebody made of it since it was seen, and tells it', async () => {
    const { shelf, kept, put } = makeShelf();
    put(theirs);
    const told = await removeSeen(shelf, mine).catch((error: unknown) => error);
    expect((told as ChangedSince<Standing>).standing.now).toEqual(theirs);
    expect(kept.get('a')?.one).toEqual(theirs);
    await removeSeen(shelf, theirs);
    expect(kept.size).toBe(0);
  });

  it('leaves also what is made between looking and deleting', async () => {
    const { shelf, kept, put } = makeShelf();
    put(mine);
    const slow: Shelf<Standing> = { ...shelf, remove: (key, header) => { put(theirs); return shelf.remove(key, header); } };
    await expect(removeSeen(slow, mine)).rejects.toBeInstanceOf(ChangedSince);
    expect(kept.get('a')?.one).toEqual(theirs);
  });

  it('hands on every other refusal', async () => {
    const { shelf } = makeShelf();
    await expect(removeSeen(shelf, mine)).rejects.toMatchObject({ status: 404 });
  });
});

describe('bringing back', () => {
  it('writes what was deleted', async () => {
    const { shelf, kept } = makeShelf();
    await bringBack(shelf, mine, null);
    expect(kept.get('a')?.one).toEqual(mine);
  });

  it('overwrites only what somebody was shown', async () => {
    const { shelf, kept, put } = makeShelf();
    put(theirs);
    const told = (await bringBack(shelf, mine, null).catch((error: unknown) => error)) as ChangedSince<Standing>;
    expect(told.standing.now).toEqual(theirs);
    const newer = { ...theirs, name: 'Newer' };
    put(newer);
    const again = (await bringBack(shelf, mine, told.standing).catch((error: unknown) => error)) as ChangedSince<Standing>;
    expect(again.standing.now).toEqual(newer);
    await bringBack(shelf, mine, again.standing);
    expect(kept.get('a')?.one).toEqual(mine);
  });
});
