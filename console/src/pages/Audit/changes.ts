import type { AuditEvent } from '../../api/types';

const show = (value: unknown): string =>
  value === null || value === undefined || value === '' ? '–' : typeof value === 'string' ? value : JSON.stringify(value);

/** What changed, on one line; of events without changes what else is said. */
export function changesText({ changes, detail }: Pick<AuditEvent, 'changes' | 'detail'>): string {
  if (changes.length > 0) return changes.map((change) => `${change.field}: ${show(change.old)} → ${show(change.new)}`).join(' · ');
  if (detail === null || detail === undefined) return '';
  if (typeof detail !== 'object') return String(detail);
  return Object.entries(detail)
    .map(([key, value]) => `${key}: ${show(value)}`)
    .join(' · ');
}
