import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { api, body } from '../../api/client';
import { useTitle } from '../../layout/Page';
import { Button } from '../../ui/Button';
import { PasswordField, TextField } from '../../ui/inputs';
import { Notice } from '../../ui/Notice';
import { Door } from './Door';
import { useSignIn } from './useSignIn';

const route = getRouteApi('/sign-in');

/** Name and password. */
export function SignIn() {
  useTitle('Sign in');
  const { next } = route.useSearch();
  const form = useSignIn(next);
  const setup = useQuery({ queryKey: ['setup'], queryFn: () => body(api.GET('/v1/setup')), retry: false });
  return (
    <Door title="Sign in" onSubmit={form.submit}>
      {setup.data?.needed === true && (
        <Notice tone="info" title="This gateway has no administrator yet">
          Open the one-time link that the gateway printed when it started, or <Link to="/setup">enter its token</Link>.
        </Notice>
      )}
      <TextField label="Name" name="username" autoComplete="username" value={form.name} onChange={form.setName} required autoFocus />
      <PasswordField
        label="Password"
        name="password"
        autoComplete="current-password"
        value={form.password}
        onChange={form.setPassword}
        required
      />
      <div aria-live="assertive">
        {form.problem !== null && (
          <Notice tone="danger" title={form.problem.title}>
            {form.problem.message === form.problem.title ? undefined : form.problem.message}
          </Notice>
        )}
      </div>
      <Button type="submit" tone="primary" wide busy={form.busy}>
        Sign in
      </Button>
    </Door>
  );
}
