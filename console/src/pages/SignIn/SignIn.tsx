import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { api, body } from '../../api/client';
import { canPasskeys } from '../../api/passkeys';
import { useTitle } from '../../layout/Page';
import { Button } from '../../ui/Button';
import { PasswordField, TextField } from '../../ui/inputs';
import { LinkButton } from '../../ui/LinkButton';
import { Notice } from '../../ui/Notice';
import { Door } from './Door';
import { safeNext, useSignIn } from './useSignIn';

const route = getRouteApi('/sign-in');

/** Why the identity provider has sent somebody back. */
const REFUSED: Record<string, string> = {
  provider: 'The identity provider did not sign you in',
  busy: 'Too many sign-ins are under way. Try again in a minute',
  name: 'Your name at the identity provider is another user’s here, or none that a user can have. Ask an administrator.',
};

/** Name and password, and whatever else signs in. */
export function SignIn() {
  useTitle('Sign in');
  const { next, refused } = route.useSearch();
  const form = useSignIn(next);
  const setup = useQuery({ queryKey: ['setup'], queryFn: () => body(api.GET('/v1/setup')), retry: false });
  return (
    <Door title="Sign in" onSubmit={form.submit}>
      {setup.data?.needed === true && (
        <Notice tone="info" title="This gateway has no administrator yet">
          Open the one-time link that the gateway printed when it started, or <Link to="/setup">enter its token</Link>.
        </Notice>
      )}
      {form.needsCode ? (
        <TextField
          label="Code"
          help="Of your authenticator app, or a recovery code"
          name="code"
          autoComplete="one-time-code"
          value={form.code}
          onChange={form.setCode}
          required
          autoFocus
        />
      ) : (
        <>
          <TextField label="Name" name="username" autoComplete="username" value={form.name} onChange={form.setName} required autoFocus />
          <PasswordField
            label="Password"
            name="password"
            autoComplete="current-password"
            value={form.password}
            onChange={form.setPassword}
            required
          />
        </>
      )}
      <div aria-live="assertive">
        {refused !== undefined && form.problem === null && (
          <Notice tone="danger" title={REFUSED[refused] ?? REFUSED['provider']} />
        )}
        {form.problem !== null && (
          <Notice tone="danger" title={form.problem.title}>
            {form.problem.message === form.problem.title ? undefined : form.problem.message}
          </Notice>
        )}
      </div>
      <Button type="submit" tone="primary" wide busy={form.busy}>
        Sign in
      </Button>
      {setup.data?.passkeys === true && canPasskeys() && (
        <Button wide onClick={form.usePasskey} disabled={form.busy}>
          Use a passkey
        </Button>
      )}
      {typeof setup.data?.provider === 'string' && (
        <LinkButton href={`/v1/login/oidc?next=${encodeURIComponent(safeNext(next))}`}>
          Sign in with {setup.data.provider}
        </LinkButton>
      )}
      {form.needsCode && (
        <Button wide onClick={form.startOver}>
          Back
        </Button>
      )}
    </Door>
  );
}
