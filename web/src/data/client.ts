// The typed client of the management API. Types come from the OpenAPI document; a wrong path or
// field is a compile error.

import createClient from 'openapi-fetch';
import type { components, paths } from './api';
import { ApiError, toApiError } from './errors';

export type Schemas = components['schemas'];

let csrf = '';

/** Remembers the token that writes send back (the session cookie alone must not be enough). */
export function setCsrf(token: string): void {
  csrf = token;
}

/** Headers of a write that does not go through the typed client. */
export function writeHeaders(): Record<string, string> {
  return csrf ? { 'X-CSRF-Token': csrf } : {};
}

export const api = createClient<paths>({ baseUrl: '', credentials: 'same-origin' });

api.use({
  onRequest({ request }) {
    if (request.method !== 'GET' && csrf) request.headers.set('X-CSRF-Token', csrf);
    return request;
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What stands, with the version that a change is made on. */
export interface Versioned<T> {
  now: T;
  etag: string | null; // Null: it has none.
}

/** Returns the data of an answer with its version, or throws what the server said. */
export async function versioned<T>(answer: Promise<Answer<T>>): Promise<Versioned<T>> {
  let etag: string | null = null;
  const now = await unwrap(answer.then((settled) => { etag = settled.response.headers.get('ETag'); return settled; }));
  return { now, etag };
}

/** Returns the data of an answer, or throws what the server said. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  let settled: Answer<T>;
  try {
    settled = await answer;
  } catch {
    throw new ApiError(0, 'unavailable', 'server: no answer came');
  }
  if (!settled.response.ok) throw toApiError(settled.response.status, settled.error);
  return settled.data as T;
}
