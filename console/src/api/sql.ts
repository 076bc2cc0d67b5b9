/** Statements on a resource, through a session of their own. */
import { api, body, csrfToken } from './client';
import { Problem } from './problem';
import type { components } from './schema';

type S = components['schemas'];

export type SqlOpened = S['SqlOpened'];
export type SqlMessage = S['SqlMessage'];
export type SqlNames = S['SqlNames'];
export type SqlState = S['SqlState'];
export type Column = S['ColumnView'];

/** A value: whole, null, or the beginning of one with its length and why it is cut. */
export type Cell = string | null | { text: string; total: number; cut: 'value' | 'page' };

export interface SqlPart extends Omit<S['SqlPart'], 'rows'> {
  rows: Cell[][];
}

export type Said =
  | { type: 'statement'; from: number; to: number }
  | ({ type: 'result' } & SqlPart)
  | { type: 'end'; transaction: SqlState['transaction']; ended: string | null };

/** Begins a session; it ends five minutes after its last request. */
export function openSql(wish: { resource: string; account?: string; database?: string; secret?: string }): Promise<SqlOpened> {
  return body(api.POST('/v1/portal/sql', { body: wish }));
}

/** Keeps a session open, and fails when it has ended. */
export function sqlState(session: string): Promise<SqlState> {
  return body(api.GET('/v1/portal/sql/{session}', { params: { path: { session } } }));
}

export async function sqlMore(session: string): Promise<SqlPart> {
  return (await body(api.POST('/v1/portal/sql/{session}/more', { params: { path: { session } } }))) as unknown as SqlPart;
}

/** Reads the open result to its end, so that the recording has all of it. */
export async function sqlRest(session: string): Promise<SqlPart> {
  return (await body(api.POST('/v1/portal/sql/{session}/rest', { params: { path: { session } } }))) as unknown as SqlPart;
}

export async function sqlCancel(session: string): Promise<void> {
  await api.POST('/v1/portal/sql/{session}/cancel', { params: { path: { session } } });
}

export function sqlNames(session: string): Promise<SqlNames> {
  return body(api.GET('/v1/portal/sql/{session}/names', { params: { path: { session } } }));
}

export async function closeSql(session: string): Promise<void> {
  await api.DELETE('/v1/portal/sql/{session}', { params: { path: { session } } });
}

/** Ends a session while the page itself is going. */
export function closeSqlOnLeave(session: string): void {
  const token = csrfToken();
  void fetch(`/v1/portal/sql/${encodeURIComponent(session)}`, {
    method: 'DELETE',
    keepalive: true,
    headers: token === null ? {} : { 'X-CSRF-Token': token },
  }).catch(() => {});
}

/** Runs a text, and tells what is said as it is said. Giving the signal up cancels what runs. */
export async function runSql(session: string, text: string, explain: '' | 'plan' | 'analyze', signal: AbortSignal, each: (said: Said) => void): Promise<void> {
  const answer = await api.POST('/v1/portal/sql/{session}/run', {
    params: { path: { session } },
    body: { text, ...(explain === '' ? {} : { explain }) },
    parseAs: 'stream',
    signal,
  });
  if (answer.data === undefined || answer.data === null) throw Problem.unreachable();
  const reader = (answer.data as unknown as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') each(JSON.parse(line) as Said);
  }
}

/** Where a result, or one value of it, is fetched by the browser itself. */
export const resultFile = (session: string, which: string, as: 'csv' | 'jsonl'): string =>
  `/v1/sessions/${encodeURIComponent(session)}/results/${encodeURIComponent(which)}/file?as=${as}`;
export const valueFile = (session: string, which: string, row: number, column: number): string =>
  `/v1/sessions/${encodeURIComponent(session)}/results/${encodeURIComponent(which)}/value?row=${row}&column=${column}`;
