// Who is signed in.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, setCsrf, unwrap, type Schemas } from './client';
import { isSignedOut } from './errors';

export type Session = Schemas['Session'];
export type Scope = Schemas['Scope'];

const kKey = ['session'];
const kOnce = 'throughline.signed_in';

/**
 * Asks who is signed in; null without asking where nobody ever signed in with this browser, so
 * that a first visit does not begin with a refused request.
 */
async function readSession(): Promise<Session | null> {
  if (!localStorage.getItem(kOnce)) return null;
  try {
    const session = await unwrap(api.GET('/api/session'));
    setCsrf(session.csrf);
    return session;
  } catch (error) {
    if (!isSignedOut(error)) throw error;
    localStorage.removeItem(kOnce);
    return null;
  }
}

/** The session, null when nobody is signed in. */
export function useSession() {
  return useQuery({ queryKey: kKey, queryFn: readSession, staleTime: Infinity });
}

export function useSignIn() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => unwrap(api.POST('/api/session', { body: { token } })),
    onSuccess: (session) => {
      setCsrf(session.csrf);
      localStorage.setItem(kOnce, '1');
      cache.setQueryData(kKey, session);
    },
  });
}

export function useSignOut() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/session')),
    onSuccess: () => {
      setCsrf('');
      localStorage.removeItem(kOnce);
      cache.setQueryData(kKey, null);
      cache.removeQueries({ predicate: (query) => query.queryKey[0] !== kKey[0] });
    },
  });
}

/** True when the session may do what needs `scope`. */
export function may(session: Session | null | undefined, scope: Scope): boolean {
  return !!session && (session.scopes.includes(scope) || session.scopes.includes('admin'));
}

/** The token of a one-time login link (`/login#token=…`), or null. */
export function tokenOfHash(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get('token');
}

/** Where to go after signing in: only paths of this app, never another host. */
export function safeReturnPath(path: string | null): string {
  return path && /^\/(?![/\\])/.test(path) && !path.startsWith('/login') ? path : '/';
}
