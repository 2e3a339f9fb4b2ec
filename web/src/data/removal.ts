// Deleting what was seen, and bringing it back. Neither takes away what somebody else made of it
// meanwhile: what stands now is told instead, and whoever asked decides again.

import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { Versioned } from './client';
import { ApiError } from './errors';

/** A definition as far as it is the same or another one. */
export interface Standing { key: string; name: string; updated_at: string; updated_by: string }

type Header = Record<string, string>;

/** How definitions of one kind are read, written and deleted. */
export interface Shelf<T extends Standing> {
  path: string; // Of their list, which offers the way back.
  read: (key: string) => Promise<Versioned<T>>;
  write: (one: T, header: Header) => Promise<unknown>;
  remove: (key: string, header: Header) => Promise<unknown>;
  forget: (cache: QueryClient, key: string) => Promise<unknown>; // After either; the page of one that is gone asks nothing more.
}

/** Somebody else made another of it since it was seen. */
export class ChangedSince<T extends Standing> extends ApiError {
  constructor(readonly standing: Versioned<T>) {
    super(412, 'conflict', `${standing.now.key}: changed meanwhile by ${standing.now.updated_by}`);
    this.name = 'ChangedSince';
  }
}

const ifMatch = (etag: string | null): Header => (etag ? { 'If-Match': etag } : {});

/** Runs a write that asks for a version; where that is no longer so, tells what stands. */
async function orChanged<T extends Standing>(shelf: Shelf<T>, key: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 412) throw error;
    throw new ChangedSince(await shelf.read(key));
  }
}

/** The headers with which what was seen is changed, and only that. Throws ChangedSince. */
export async function onSeen<T extends Standing>(read: Shelf<T>['read'], seen: T): Promise<Header> {
  const standing = await read(seen.key);
  if (standing.now.updated_at !== seen.updated_at) throw new ChangedSince(standing);
  return ifMatch(standing.etag);
}

/** Deletes what was seen. Throws ChangedSince where another one stands by now. */
export async function removeSeen<T extends Standing>(shelf: Shelf<T>, seen: T): Promise<void> {
  const header = await onSeen(shelf.read, seen);
  await orChanged(shelf, seen.key, () => shelf.remove(seen.key, header));
}

/**
 * Writes what was deleted under its key. Throws ChangedSince where another one stands by now, but for
 * the one in whose place it is to be.
 */
export function bringBack<T extends Standing>(shelf: Shelf<T>, kept: T, inPlaceOf: Versioned<T> | null): Promise<void> {
  return orChanged(shelf, kept.key, () => shelf.write(kept, inPlaceOf ? ifMatch(inPlaceOf.etag) : { 'If-None-Match': '*' }));
}

/** What was deleted, handed to the list; the way there asks about nothing that is not saved. */
export interface DeletedNews<T> { deleted: T; leaves: true }

const changedOf = <T extends Standing>(error: unknown): Versioned<T> | null => (error instanceof ChangedSince ? (error.standing as Versioned<T>) : null);

/** Deletes at once and goes to the list, which can bring it back. */
export function useRemoval<T extends Standing>(shelf: Shelf<T>) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({ mutationFn: (seen: T) => removeSeen(shelf, seen), onSuccess: (_, { key }) => shelf.forget(cache, key) });
  const changed = changedOf<T>(remove.error);
  return {
    run: (seen: T) => remove.mutate(seen, { onSuccess: () => void navigate(shelf.path, { state: { deleted: seen, leaves: true } satisfies DeletedNews<T> }) }),
    keep: () => { remove.reset(); void (changed && shelf.forget(cache, changed.now.key)); },
    changed,
    error: changed ? null : remove.error,
  };
}

export type Removal<T extends Standing> = ReturnType<typeof useRemoval<T>>;

/** Brings back what was deleted. */
export function useBringBack<T extends Standing>(shelf: Shelf<T>) {
  const cache = useQueryClient();
  const back = useMutation({
    mutationFn: ({ kept, inPlaceOf }: { kept: T; inPlaceOf: Versioned<T> | null }) => bringBack(shelf, kept, inPlaceOf),
    onSettled: (_, __, { kept }) => shelf.forget(cache, kept.key),
  });
  const changed = changedOf<T>(back.error);
  return { mutate: back.mutate, isPending: back.isPending, changed, error: changed ? null : back.error };
}
