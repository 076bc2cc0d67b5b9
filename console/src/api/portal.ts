/** The files of a resource, through a session of their own. */
import { api, body, csrfToken } from './client';
import { Problem } from './problem';
import type { components } from './schema';

type S = components['schemas'];

export type FileLine = S['FileLine'];
export type FileListing = S['FileListing'];
export type FilesOpened = S['FilesOpened'];

/** Begins a session; it ends five minutes after its last request. */
export function openFiles(wish: { resource: string; account?: string; secret?: string }): Promise<FilesOpened> {
  return body(api.POST('/v1/portal/files', { body: wish }));
}

/** A part of a folder, as far as the server gives it at once. */
export function listFolder(session: string, path: string, after: string | null, signal: AbortSignal): Promise<FileListing> {
  const query = { path, ...(after === null ? {} : { after }) };
  return body(api.GET('/v1/portal/files/{session}', { params: { path: { session }, query }, signal }));
}

/** Keeps a session open, and fails when it has ended. */
export async function stillOpen(session: string): Promise<void> {
  await api.GET('/v1/portal/files/{session}/state', { params: { path: { session } } });
}

export type FileVerb = 'mkdir' | 'rename' | 'remove';

export async function changeFile(session: string, verb: FileVerb, change: { path: string; to?: string; recursive?: boolean }): Promise<void> {
  await api.POST('/v1/portal/files/{session}/{verb}', { params: { path: { session, verb } }, body: change });
}

export async function closeFiles(session: string): Promise<void> {
  await api.DELETE('/v1/portal/files/{session}', { params: { path: { session } } });
}

/** Ends a session while the page itself is going. */
export function closeFilesOnLeave(session: string): void {
  const token = csrfToken();
  void fetch(`/v1/portal/files/${encodeURIComponent(session)}`, {
    method: 'DELETE',
    keepalive: true,
    headers: token === null ? {} : { 'X-CSRF-Token': token },
  }).catch(() => {});
}

/** Where the content of a file is fetched by the browser itself. */
export function contentPath(session: string, path: string): string {
  return `/v1/portal/files/${encodeURIComponent(session)}/content?path=${encodeURIComponent(path)}`;
}

export interface Sending {
  done: Promise<void>;
  cancel(): void;
}

/** Sends a file straight from the disk and tells how far it is, which `fetch` cannot. */
export function sendFile(session: string, path: string, file: Blob, overwrite: boolean, progress: (sent: number) => void): Sending {
  const request = new XMLHttpRequest();
  const done = new Promise<void>((resolve, reject) => {
    request.open('PUT', `${contentPath(session, path)}${overwrite ? '&overwrite=true' : ''}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    const token = csrfToken();
    if (token !== null) request.setRequestHeader('X-CSRF-Token', token);
    request.upload.addEventListener('progress', (event) => progress(event.loaded));
    request.addEventListener('load', () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(new Problem(request.status, parsed(request.responseText)));
    });
    request.addEventListener('error', () => reject(Problem.unreachable()));
    request.addEventListener('abort', () => reject(new DOMException('cancelled', 'AbortError')));
    request.send(file);
  });
  return { done, cancel: () => request.abort() };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
