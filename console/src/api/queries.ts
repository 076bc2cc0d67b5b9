import { QueryClient } from '@tanstack/react-query';
import { Problem } from './problem';
import { reachable } from './reachable';

/** The cache of what the server said. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The browser's own idea of being online says nothing about the gateway.
      networkMode: 'always',
      staleTime: 10_000,
      refetchOnWindowFocus: true,
      retry: (count, error) => {
        const { status } = Problem.of(error);
        return (status === 0 || status >= 500) && count < 2;
      },
    },
    mutations: { networkMode: 'always' },
  },
});

// What could not be read while the gateway was away is read when it is back; not what somebody may be changing.
reachable.subscribe(() => {
  if (reachable.get()) void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'object' });
});
