/** Rules on statements and on commands, as they are written in a profile. */
export type About = 'statements' | 'commands';

export interface Rule {
  name?: string;
  deny?: string[];
  hold?: string[];
  review?: Review;
  tables?: string[];
  hours?: string | undefined;
  message?: string;
  [more: string]: unknown;
}

interface Review {
  tiers?: { groups?: string[]; users?: string[]; needed?: number }[];
  admins?: boolean;
  timeout_secs?: number;
}

export type Effect = 'deny' | 'hold';

/** What statements do. */
export const KINDS = [
  { value: 'read', label: 'Read rows' },
  { value: 'write', label: 'Add, change or remove rows' },
  { value: 'write_all', label: 'Change or remove all rows of a table' },
  { value: 'ddl', label: 'Make, change or remove tables and the like' },
  { value: 'grant', label: 'Give or take rights' },
  { value: 'server_file', label: 'Use files or programs of the server' },
  { value: 'code', label: 'Run code that cannot be seen into' },
  { value: 'admin', label: 'Administer the server' },
  { value: 'other', label: 'Anything else' },
];

/** A rule that refuses nothing by mistake: it has to be told what it is about. */
export const blank = (about: About): Rule =>
  about === 'statements' ? { name: '', deny: ['ddl'], tables: [], message: '' } : { name: '', deny: ['reboot'], message: '' };

export const effectOf = (rule: Rule): Effect => (rule.hold === undefined ? 'deny' : 'hold');

/** Gives the rule with another effect, about the same statements or commands. */
export function withEffect(rule: Rule, effect: Effect): Rule {
  const { deny, hold, review, ...rest } = rule;
  const kinds = deny ?? hold ?? [];
  return effect === 'deny' ? { ...rest, deny: kinds } : { ...rest, hold: kinds, review: review ?? { admins: true } };
}

/** The groups of which one member has to agree; null when more is said than that. */
export function reviewersOf(rule: Rule): string[] | null {
  const tiers = rule.review?.tiers ?? [];
  const [tier] = tiers;
  if (tier === undefined) return [];
  const more = tiers.length > 1 || (tier.users ?? []).length > 0 || (tier.needed ?? 1) > 1;
  return more ? null : (tier.groups ?? []);
}

export function withReviewers(rule: Rule, groups: string[]): Rule {
  const none = groups.length === 0;
  const { tiers: _, admins: __, ...rest } = rule.review ?? {};
  return { ...rule, review: none ? { ...rest, admins: true } : { ...rest, tiers: [{ groups }] } };
}
