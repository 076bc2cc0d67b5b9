/** Kinds on which decisions depend, and of which people write drafts. */
export const DRAFTED: readonly string[] = ['access_rule', 'profile', 'group'];
