// Who is signed in.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, setCsrf, unwrap, type Schemas } from './client';
import { isSignedOut } from './errors';

export type Session = Schemas['Session'];
export type Scope = Schemas['Scope'];

const kKey = ['session'];

async function readSession(): Promise<Session | null> {
  try {
    const session = await unwrap(api.GET('/api/session'));
    setCsrf(session.csrf);
    return session;
  } catch (error) {
    if (isSignedOut(error)) return null;
    throw error;
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
      cache.clear();
      cache.setQueryData(kKey, null);
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
