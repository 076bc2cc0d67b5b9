import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { api, keepCsrf } from '../api/client';
import { meQuery, useMe } from '../api/me';
import { Problem } from '../api/problem';
import { Button } from '../ui/Button';
import { IconShield, IconSignOut, IconUser } from '../ui/icons';
import { Menu } from '../ui/Menu';
import { toast } from '../ui/toast';
import styles from './Shell.module.css';

/** Who is signed in, and the way out. */
export function AccountMenu() {
  const me = useMe();
  const router = useRouter();
  const queries = useQueryClient();
  const signOut = async () => {
    try {
      await api.POST('/v1/logout', {});
    } catch (thrown) {
      const problem = Problem.of(thrown);
      if (problem.status !== 401) {
        toast(problem.message, true);
        return;
      }
    }
    keepCsrf(null);
    queries.clear();
    queries.setQueryData(meQuery.queryKey, null);
    await router.navigate({ to: '/sign-in', search: {} });
  };
  const name = me.person.display_name === '' ? me.person.name : me.person.display_name;
  return (
    <Menu
      label="Account"
      button={
        <Button tone="quiet" icon={<IconUser size={16} />} aria-label={`Account of ${name}`}>
          <span className={styles['person']}>{name}</span>
        </Button>
      }
      entries={[
        {
          section: [me.person.name, ...me.person.roles].join(' · '),
          label: 'Signing in',
          icon: <IconShield size={16} />,
          href: '/security',
          onClick: () => void router.navigate({ to: '/security' }),
        },
        {
          label: 'Sign out',
          icon: <IconSignOut size={16} />,
          onClick: () => void signOut(),
        },
      ]}
    />
  );
}
