import type { Happening } from '../api/types';

/** One field of a CSV line (RFC 4180); a leading `=`, `+`, `-` or `@` is kept from being a formula. */
export function csvField(value: unknown): string {
  const text = value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Saves lines of an event log as a file. They are in the page already: nothing new leaves the server. */
export function logCsv(id: string, lines: Happening[]): void {
  const rows = [
    ['number', 'at', 'level', 'kind', 'actor', 'message', 'changes'],
    ...lines.map((line) => [line.number, line.at, line.level, line.kind, line.actor, line.message, line.changes.length === 0 ? '' : line.changes]),
  ];
  const text = rows.map((row) => row.map(csvField).join(',')).join('\r\n');
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `event-log-${id}.csv`;
  link.click();
  URL.revokeObjectURL(url);
}
