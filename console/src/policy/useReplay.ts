import { useQuery } from '@tanstack/react-query';
import { api, body } from '../api/client';
import type { DraftDocument } from './draft';

/** A draft that is to be held against what was done. */
export interface Asked {
  /** Each time that it is asked for counts: meanwhile more was done. */
  nth: number;
  since: string;
  documents: DraftDocument[];
}

/** Of those that would have gone otherwise as many are listed; all are counted. */
const LISTED = 1000;

/** Holds a draft against what was done. The audit log says so each time: it is not asked again for a look. */
export function useReplay(asked: Asked) {
  return useQuery({
    queryKey: ['policy', 'replay', asked],
    staleTime: Infinity,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    queryFn: ({ signal }) => body(api.POST('/v1/policy/replay', { body: { since: asked.since, documents: asked.documents, limit: LISTED }, signal })),
  });
}
