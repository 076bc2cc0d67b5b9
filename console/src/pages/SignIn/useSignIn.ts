import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body, keepCsrf } from '../../api/client';
import { meQuery } from '../../api/me';
import { signInWithPasskey } from '../../api/passkeys';
import { Problem } from '../../api/problem';

/** Only a place of our own: a link must not lead away after the sign-in. */
export function safeNext(next: string | undefined): string {
  if (next === undefined || !next.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/';
  return next;
}

/** What the server answers to a right password of somebody who has a second factor. */
const NEEDS_CODE = 'second_factor_needed';

/** The state of the sign-in form. */
export function useSignIn(next: string | undefined) {
  const queries = useQueryClient();
  const router = useRouter();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [needsCode, setNeedsCode] = useState(false);
  const enter = useMutation({
    mutationFn: async (by: 'password' | 'passkey') => {
      const signIn = () => body(api.POST('/v1/login', { body: { name, password, code: needsCode ? code.trim() : null } }));
      const { csrf } = await (by === 'passkey' ? signInWithPasskey() : signIn());
      keepCsrf(csrf);
      queries.clear();
      await queries.fetchQuery({ ...meQuery, staleTime: 0 });
    },
    onError: (error) => {
      if (Problem.of(error).code !== NEEDS_CODE) return;
      setNeedsCode(true);
      enter.reset();
    },
    onSuccess: () => {
      setPassword('');
      setCode('');
      router.history.replace(safeNext(next));
    },
  });
  return {
    name,
    setName,
    password,
    setPassword,
    code,
    setCode,
    needsCode,
    /** Begins anew, as somebody else. */
    startOver: () => {
      setNeedsCode(false);
      setCode('');
      setPassword('');
      enter.reset();
    },
    busy: enter.isPending,
    problem: enter.isError ? Problem.of(enter.error) : null,
    submit: () => enter.mutate('password'),
    usePasskey: () => enter.mutate('passkey'),
  };
}
