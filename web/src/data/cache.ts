// The one cache of server answers.

import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError, isSignedOut } from './errors';

/** Makes the cache; `onSignedOut` runs when the server no longer knows who is asking. */
export function makeCache(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (isSignedOut(error) && query.queryKey[0] !== 'session') onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // Only what may pass by itself is tried again: no answer, or 5xx.
        retry: (count, error) =>
          count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
      },
    },
  });
}
