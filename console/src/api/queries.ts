import { QueryClient } from '@tanstack/react-query';
import { Problem } from './problem';

/** The cache of what the server said. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: true,
      retry: (count, error) => {
        const { status } = Problem.of(error);
        return (status === 0 || status >= 500) && count < 2;
      },
    },
  },
});
