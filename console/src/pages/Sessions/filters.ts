/** The filters of the list as they stand in the address, and as the API takes them. Pure. */
export type Filters = Record<string, string>;

/** Filters that take several values, with their titles. */
export const MANY = {
  status: 'State',
  type: 'Type',
  user: 'User',
  resource: 'Resource',
  account: 'Account',
  gateway: 'Gateway',
  client_interface: 'Client interface',
  end_reason: 'End reason',
  profile: 'Profile',
} as const;

export type Many = keyof typeof MANY;

/** Filters that take one value. */
export const ONE = {
  group: 'Group',
  client_ip: 'Client address',
  access_rule: 'Access rule',
  ticket: 'Ticket',
  correlation_id: 'Correlation',
  rerun_of: 'Run again of',
  locked: 'Locked',
  has_recording: 'Has a recording',
} as const;

export type One = keyof typeof ONE;

export const DEFAULT_SORT = 'created_at:desc';

export const values = (filters: Filters, key: Many): string[] =>
  (filters[key] ?? '').split(',').filter((value) => value !== '');

/** Sets or clears one filter; empty ones leave the address. */
export function withFilter(filters: Filters, key: string, value: string): Filters {
  const { [key]: _, ...rest } = filters;
  return value === '' ? rest : { ...rest, [key]: value };
}

export function withValue(filters: Filters, key: Many, value: string, on: boolean): Filters {
  const others = values(filters, key).filter((one) => one !== value);
  return withFilter(filters, key, (on ? [...others, value] : others).join(','));
}

export interface WindowChoice {
  value: string;
  label: string;
}

export const WINDOWS: WindowChoice[] = [
  { value: '1h', label: 'Last hour' },
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
  { value: '', label: 'Last 30 days' },
  { value: '90d', label: 'Last 90 days' },
  { value: 'all', label: 'All time' },
];

export const isCustomWindow = (filters: Filters): boolean => 'since' in filters || 'until' in filters;

/** What the API is asked: no state chosen means every state, and "all time" is a beginning before all sessions. */
export function toQuery(filters: Filters): Record<string, string> {
  const { last, ...rest } = filters;
  const query: Record<string, string> = { status: 'all', sort: DEFAULT_SORT, ...rest };
  if (isCustomWindow(filters)) return query;
  if (last === 'all') return { ...query, since: '2000-01-01T00:00:00Z' };
  return last === undefined ? query : { ...query, last };
}

/** What choices are counted over: the filters in force, in the same window. */
export function toFacetQuery(filters: Filters): Record<string, string> {
  const { sort: _, ...query } = toQuery(filters);
  return 'since' in query || 'until' in query || 'last' in query ? query : { ...query, last: '30d' };
}

const NOT_FILTERS = new Set(['sort', 'search', 'last', 'since', 'until']);

/** The filters in force besides search and window, one tag each. */
export function applied(filters: Filters): { key: string; value: string; title: string }[] {
  return Object.entries(filters)
    .filter(([key]) => !NOT_FILTERS.has(key))
    .flatMap(([key, text]) => {
      const title = { ...MANY, ...ONE }[key as Many] ?? key;
      return key in MANY ? text.split(',').map((value) => ({ key, value, title })) : [{ key, value: text, title }];
    });
}

/** Looks like a session id or the beginning of one. */
export const looksLikeId = (text: string): boolean => /^[0-9a-f]{8}[0-9a-f-]{0,28}$/i.test(text.trim());
