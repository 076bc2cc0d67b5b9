import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { api, body, keepCsrf } from '../../api/client';
import { meQuery } from '../../api/me';
import { Problem } from '../../api/problem';
import { useTitle } from '../../layout/Page';
import { Button } from '../../ui/Button';
import { PasswordField, TextField } from '../../ui/inputs';
import { Notice } from '../../ui/Notice';
import { Door } from '../SignIn/Door';

const route = getRouteApi('/setup');

/** The first administrator, by the one-time link that the gateway printed. */
export function Setup() {
  useTitle('Set up');
  const search = route.useSearch();
  const router = useRouter();
  const queries = useQueryClient();
  const [token, setToken] = useState(search['token'] ?? '');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const differ = again !== '' && again !== password;
  const make = useMutation({
    mutationFn: async () => {
      const { csrf } = await body(api.POST('/v1/setup', { body: { token, name, password } }));
      keepCsrf(csrf);
      queries.clear();
      await queries.fetchQuery({ ...meQuery, staleTime: 0 });
    },
    onSuccess: () => router.history.replace('/'),
  });
  const problem = make.isError ? Problem.of(make.error) : null;
  return (
    <Door title="Make the first administrator" onSubmit={() => !differ && make.mutate()}>
      {search['token'] === undefined && (
        <TextField label="Token" help="From the link that the gateway printed when it started" value={token} onChange={setToken} required mono />
      )}
      <TextField label="Name" name="username" autoComplete="username" value={name} onChange={setName} required autoFocus />
      <PasswordField
        label="Password"
        name="password"
        value={password}
        onChange={setPassword}
        help="A long phrase is better than a short riddle"
        required
      />
      <PasswordField
        label="Password again"
        name="password-again"
        value={again}
        onChange={setAgain}
        error={differ ? 'The two differ' : undefined}
        required
      />
      {problem !== null && (
        <Notice tone="danger" title={problem.title}>
          {problem.message === problem.title ? undefined : problem.message}
        </Notice>
      )}
      <Button type="submit" tone="primary" wide busy={make.isPending} disabled={differ}>
        Make administrator and sign in
      </Button>
    </Door>
  );
}
