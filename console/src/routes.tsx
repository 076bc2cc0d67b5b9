import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { onSignedOut } from './api/client';
import { meQuery } from './api/me';
import { queries } from './api/queries';
import { NotFound } from './layout/NotFound';
import { PageTrouble } from './layout/PageTrouble';
import { Shell } from './layout/Shell';
import { Waiting } from './ui/Waiting';

/** Search parameters as plain words: what stands in the address is what one would type. */
type Words = Record<string, string>;
const words = (search: Record<string, unknown>): Words =>
  Object.fromEntries(
    Object.entries(search)
      .filter(([, value]) => value !== undefined && value !== null && value !== '')
      .map(([key, value]) => [key, String(value)]),
  );

const root = createRootRoute({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/SignIn/SignIn'), 'SignIn'),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/Setup/Setup'), 'Setup'),
});

async function needPerson({ location }: { location: { href: string } }): Promise<void> {
  const me = await queries.ensureQueryData(meQuery);
  if (me === null) throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href } });
  // Nothing else answers until it is set up.
  if (me.second_factor_missing && !location.href.startsWith('/security')) throw redirect({ to: '/security' });
}

const signedIn = createRoute({ getParentRoute: () => root, id: 'signed-in', beforeLoad: needPerson, component: Outlet });
const shell = createRoute({ getParentRoute: () => signedIn, id: 'shell', component: Shell });

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/Home/Home'), 'Home'),
});

const sessions = createRoute({
  getParentRoute: () => shell,
  path: '/sessions',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/Sessions/Sessions'), 'Sessions'),
});

const session = createRoute({
  getParentRoute: () => shell,
  path: '/sessions/$id',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/Session/Session'), 'Session'),
});

const replay = createRoute({
  getParentRoute: () => shell,
  path: '/sessions/$id/replay',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/Session/Session'), 'Session'),
});

const eventLog = createRoute({
  getParentRoute: () => signedIn,
  path: '/sessions/$id/log',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/EventLog/EventLog'), 'EventLog'),
});

const connect = createRoute({
  getParentRoute: () => shell,
  path: '/connect',
  component: lazyRouteComponent(() => import('./pages/Connect/Connect'), 'Connect'),
});

// These are sessions themselves: they have the whole window, and can stand in a tab of their own.
const terminal = createRoute({
  getParentRoute: () => signedIn,
  path: '/connect/$resource/terminal',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/Terminal/Terminal'), 'Terminal'),
});

const fileManager = createRoute({
  getParentRoute: () => signedIn,
  path: '/connect/$resource/files',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/FileManager/FileManager'), 'FileManager'),
});

const sqlConsole = createRoute({
  getParentRoute: () => signedIn,
  path: '/connect/$resource/sql',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/Sql/Sql'), 'Sql'),
});

const wall = createRoute({
  getParentRoute: () => shell,
  path: '/wall',
  component: lazyRouteComponent(() => import('./pages/Wall/Wall'), 'Wall'),
});

const reach = createRoute({
  getParentRoute: () => shell,
  path: '/connect/$resource',
  component: lazyRouteComponent(() => import('./pages/Connect/ConnectTo'), 'ConnectTo'),
});

/** Every other address. */
const other = createRoute({ getParentRoute: () => shell, path: '$', component: NotFound });

const files = createRoute({
  getParentRoute: () => shell,
  path: '/files',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/Files/Files'), 'Files'),
});

const audit = createRoute({
  getParentRoute: () => shell,
  path: '/audit',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/Audit/Audit'), 'Audit'),
});

const approvals = createRoute({
  getParentRoute: () => shell,
  path: '/approvals',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/Approvals/Approvals'), 'Approvals'),
});

const approval = createRoute({
  getParentRoute: () => shell,
  path: '/approvals/$id',
  component: lazyRouteComponent(() => import('./pages/Approvals/ApprovalPage'), 'ApprovalPage'),
});

const policy = createRoute({
  getParentRoute: () => shell,
  path: '/policy',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/Policy/Policy'), 'Policy'),
});

const approvalsHelp = createRoute({
  getParentRoute: () => shell,
  path: '/help/approvals',
  component: lazyRouteComponent(() => import('./pages/Approvals/Help'), 'Help'),
});

const shared = createRoute({
  getParentRoute: () => shell,
  path: '/shared/$share',
  component: lazyRouteComponent(() => import('./pages/Shared/Shared'), 'Shared'),
});

const device = createRoute({
  getParentRoute: () => shell,
  path: '/device',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/Device/Device'), 'Device'),
});

const tokens = createRoute({
  getParentRoute: () => shell,
  path: '/tokens',
  component: lazyRouteComponent(() => import('./pages/Tokens/Tokens'), 'Tokens'),
});

const security = createRoute({
  getParentRoute: () => shell,
  path: '/security',
  component: lazyRouteComponent(() => import('./pages/Security/Security'), 'Security'),
});

const gateways = createRoute({
  getParentRoute: () => shell,
  path: '/gateways',
  component: lazyRouteComponent(() => import('./pages/Gateways/Gateways'), 'Gateways'),
});

const gateway = createRoute({
  getParentRoute: () => shell,
  path: '/gateways/$name',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/Gateways/Gateway'), 'Gateway'),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  component: lazyRouteComponent(() => import('./pages/Settings/Settings'), 'Settings'),
});

const shortcuts = createRoute({
  getParentRoute: () => shell,
  path: '/keyboard',
  component: lazyRouteComponent(() => import('./pages/Keyboard/Keyboard'), 'Keyboard'),
});

const objects = createRoute({
  getParentRoute: () => shell,
  path: '/manage/$kind',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/Objects/Objects'), 'Objects'),
});

const object = createRoute({
  getParentRoute: () => shell,
  path: '/manage/$kind/$name',
  validateSearch: words,
  component: lazyRouteComponent(() => import('./pages/Object/ObjectPage'), 'ObjectPage'),
});

const newObject = createRoute({
  getParentRoute: () => shell,
  path: '/create/$kind',
  component: lazyRouteComponent(() => import('./pages/Object/NewObjectPage'), 'NewObjectPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    setup,
    signedIn.addChildren([
      eventLog,
      terminal,
      fileManager,
      sqlConsole,
      shell.addChildren([
        home,
        sessions,
        session,
        replay,
        connect,
        wall,
        reach,
        files,
        audit,
        approvals,
        approval,
        approvalsHelp,
        policy,
        security,
        shared,
        device,
        tokens,
        gateways,
        gateway,
        settings,
        shortcuts,
        objects,
        object,
        newObject,
        other,
      ]),
    ]),
  ]),
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const text = new URLSearchParams(words(search)).toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
    return text === '' ? '' : `?${text}`;
  },
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  defaultPendingMs: 300,
  defaultPendingComponent: () => <Waiting page />,
  defaultErrorComponent: PageTrouble,
});

// The cookie ran out while the page was open: sign in, then come back to the same place.
onSignedOut(() => {
  queries.setQueryData(meQuery.queryKey, null);
  const { pathname, href } = router.state.location;
  if (pathname === '/sign-in' || pathname === '/setup') return;
  void router.navigate({ to: '/sign-in', search: { next: href } });
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
