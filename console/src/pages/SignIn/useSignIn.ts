import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body, keepCsrf } from '../../api/client';
import { meQuery } from '../../api/me';
import { Problem } from '../../api/problem';

/** Only a place of our own: a link must not lead away after the sign-in. */
export function safeNext(next: string | undefined): string {
  if (next === undefined || !next.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/';
  return next;
}

/** The state of the sign-in form. */
export function useSignIn(next: string | undefined) {
  const queries = useQueryClient();
  const router = useRouter();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const enter = useMutation({
    mutationFn: async () => {
      const { csrf } = await body(api.POST('/v1/login', { body: { name, password } }));
      keepCsrf(csrf);
      queries.clear();
      await queries.fetchQuery({ ...meQuery, staleTime: 0 });
    },
    onSuccess: () => {
      setPassword('');
      router.history.replace(safeNext(next));
    },
  });
  return {
    name,
    setName,
    password,
    setPassword,
    busy: enter.isPending,
    problem: enter.isError ? Problem.of(enter.error) : null,
    submit: () => enter.mutate(),
  };
}
