import createClient, { type Middleware } from 'openapi-fetch';
import { Problem } from './problem';
import { syncClock } from './clock';
import { reachable } from './reachable';
import type { paths } from './schema';

let csrf: string | null = null;
const signedOut = new Set<() => void>();

/** Keeps the token that every change has to carry while the cookie signs in. */
export function keepCsrf(token: string | null): void {
  csrf = token;
}

/** The same token, for the few requests that the client below cannot make, such as an upload that tells how far it is. */
export const csrfToken = (): string | null => csrf;

/** Calls back when the server no longer knows who we are. */
export function onSignedOut(listener: () => void): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

/** Reads what the server says when it refuses. */
export async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  return new Problem(response.status, body);
}

/** Tells those who want to know that the server no longer knows who we are. */
export function signedOutNow(): void {
  for (const listener of signedOut) listener();
}

const guard: Middleware = {
  onRequest({ request }) {
    if (csrf !== null && request.method !== 'GET') request.headers.set('X-CSRF-Token', csrf);
    return request;
  },
  async onResponse({ response, schemaPath }) {
    reachable.yes();
    const date = response.headers.get('date');
    if (date !== null) syncClock(Date.parse(date), 1000);
    if (response.ok) return undefined;
    if (response.status === 401 && schemaPath !== '/v1/login' && schemaPath !== '/v1/setup') {
      signedOutNow();
    }
    throw await problemOf(response);
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    reachable.no();
    return Problem.unreachable();
  },
};

/** The typed client of the HTTP API. Refusals are thrown as {@link Problem}. */
export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? '',
  fetch: (request) => globalThis.fetch(request),
});
api.use(guard);

/** Gives the answer's body; the client has thrown already when there is none to give. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}
