import { api, body } from '../api/client';
import type { Approval } from '../api/types';

export type Ballot = 'approve' | 'deny';

/** What became of a vote on one of several requests. */
export interface Refused {
  id: string;
  error: string;
}

/** Votes on requests; some votes may be refused, and the answer says which. */
export async function decide(approvals: Approval[], verb: Ballot, comment: string): Promise<Refused[]> {
  const [only, ...others] = approvals;
  if (only !== undefined && others.length === 0) {
    await body(api.POST('/v1/approvals/{id}:{verb}', { params: { path: { id: only.id, verb } }, body: { comment } }));
    return [];
  }
  const ids = approvals.map((approval) => approval.id);
  const { results } = await body(api.POST('/v1/approvals:{verb}', { params: { path: { verb } }, body: { ids, comment } }));
  return results.filter((result) => !result.ok).map((result) => ({ id: result.id, error: result.error ?? 'refused' }));
}
