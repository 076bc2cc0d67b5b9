import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api, body } from '../api/client';
import { isAdmin, seesAll, useMe } from '../api/me';
import { objectsQuery } from '../api/objects';
import { reachQuery } from '../connect/useReach';
import { navFor } from '../layout/nav';
import { kinds } from '../object/kinds';
import { whoText } from '../session/Who';
import { IconInfo, IconKeyboard, IconList, IconPlug, IconPlus, IconSearch, IconTheme, IconUser } from '../ui/icons';
import { useTheme, type ThemeChoice } from '../ui/useTheme';
import { find, type Findable } from './match';

export interface Entry extends Findable {
  id: string;
  section: string;
  icon: ReactNode;
  act(): void;
}

const THEMES: [ThemeChoice, string][] = [
  ['light', 'Light theme'],
  ['dark', 'Dark theme'],
  ['auto', 'Theme as the system'],
];
const looksLikeId = (text: string): boolean => /^[0-9a-f]{8}[0-9a-f-]{0,28}$/i.test(text.trim());

/** What can be gone to and done from everywhere, by what is typed. */
export function usePalette(text: string): Entry[] {
  const me = useMe();
  const navigate = useNavigate();
  const { choose } = useTheme();
  const reach = useQuery(reachQuery);
  const users = useQuery({ ...objectsQuery('user'), enabled: seesAll(me) });
  const id = text.trim().toLowerCase();
  const byId = useQuery({
    queryKey: ['session', 'by-id', id],
    enabled: looksLikeId(id),
    retry: false,
    queryFn: ({ signal }) => body(api.GET('/v1/sessions/{id}', { params: { path: { id } }, signal })),
  });

  const pages = navFor(me).flatMap((group) =>
    group.entries.map((entry): Entry => ({
      id: `page ${entry.to}`,
      section: 'Pages',
      title: entry.title,
      words: `${group.title} ${entry.words ?? ''}`,
      icon: <entry.icon size={16} />,
      act: () => void navigate({ to: entry.to, search: {} }),
    })),
  );
  const keyboard: Entry = {
    id: 'page keyboard',
    section: 'Pages',
    title: 'Keyboard',
    words: 'shortcuts keys help',
    icon: <IconKeyboard size={16} />,
    act: () => void navigate({ to: '/keyboard' }),
  };
  const approvals: Entry = {
    id: 'page help approvals',
    section: 'Pages',
    title: 'About approvals',
    words: 'reviews access requests just-in-time jit help',
    icon: <IconInfo size={16} />,
    act: () => void navigate({ to: '/help/approvals' }),
  };
  const resources = (reach.data ?? []).map((one): Entry => ({
    id: `reach ${one.name}`,
    section: 'Connect to',
    title: one.name,
    words: `connect ${one.type} ${one.description}`,
    icon: <IconPlug size={16} />,
    act: () => void navigate({ to: '/connect/$resource', params: { resource: one.name } }),
  }));
  const people = (users.data ?? []).map((one): Entry => ({
    id: `user ${one.name}`,
    section: 'Users',
    title: one.name,
    words: `user ${String(one.spec['display_name'] ?? '')} ${String(one.spec['email'] ?? '')}`,
    icon: <IconUser size={16} />,
    act: () => void navigate({ to: '/manage/$kind/$name', params: { kind: 'user', name: one.name }, search: { tab: 'sessions' } }),
  }));
  const made = Object.values(isAdmin(me) ? kinds : {}).map((kind): Entry => ({
    id: `new ${kind.kind}`,
    section: 'Do',
    title: `New ${kind.one}`,
    words: 'create add make',
    icon: <IconPlus size={16} />,
    act: () => void navigate({ to: '/create/$kind', params: { kind: kind.kind } }),
  }));
  const themes = THEMES.map(([value, title]): Entry => ({
    id: `theme ${value}`,
    section: 'Do',
    title,
    words: 'colours mode',
    icon: <IconTheme size={16} />,
    act: () => choose(value),
  }));

  const found = [find([...pages, keyboard, approvals], text, 16), find(resources, text, 6), find(people, text, 6), find([...made, ...themes], text, 12)].flat();
  if (text.trim() === '') return found;
  const session = looksLikeId(id) ? byId.data : undefined;
  const opened: Entry[] =
    session === undefined
      ? []
      : [
          {
            id: `session ${session.session_id}`,
            section: 'Session',
            title: whoText(session),
            icon: <IconList size={16} />,
            act: () => void navigate({ to: '/sessions/$id', params: { id: session.session_id }, search: {} }),
          },
        ];
  const search: Entry = {
    id: 'search',
    section: 'Search',
    title: `Sessions with “${text.trim()}”`,
    icon: <IconSearch size={16} />,
    act: () => void navigate({ to: '/sessions', search: { search: text.trim() } }),
  };
  return [...opened, ...found, search];
}
