import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, body, keepCsrf } from './client';
import { Problem } from './problem';
import type { Me } from './types';

/** Who is signed in; `null` when nobody is. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  staleTime: 5 * 60_000,
  queryFn: async (): Promise<Me | null> => {
    try {
      const me = await body(api.GET('/v1/me'));
      keepCsrf(me.csrf);
      return me;
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.status === 401) return null;
      throw thrown;
    }
  },
});

/** Gives the person who is signed in; only for pages behind the sign-in. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  if (!data) throw new Problem(401, null);
  return data;
}

export const isAdmin = (me: Me): boolean => me.person.roles.includes('admin');
/** Sees everything that there is: sessions, objects, the audit log. */
export const seesAll = (me: Me): boolean => isAdmin(me) || me.person.roles.includes('auditor');
/** Sees sessions of others, be it some of them. */
export const seesOthers = (me: Me): boolean => me.sees !== 'own';
