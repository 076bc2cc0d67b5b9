import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import type { Session } from '../api/types';
import { Provider } from '../ui/Provider';
import { OrderDialog } from './OrderDialog';

const session = (id: string, user: string) =>
  ({ session_id: id, state: 'active', version: 3, account: 'root', lock: null, user: { id: user, name: user }, resource: { name: 'web-01' } }) as unknown as Session;

const calls: { url: string; sent: unknown; match: string | null }[] = [];
function server(answer: unknown, status = 200): void {
  vi.stubGlobal('fetch', async (request: Request) => {
    calls.push({ url: new URL(request.url).pathname, sent: await request.json(), match: request.headers.get('If-Match') });
    return new Response(JSON.stringify(answer), { status, headers: { 'Content-Type': 'application/json' } });
  });
}

beforeEach(() => {
  calls.length = 0;
  vi.unstubAllGlobals();
});

function show(verb: Parameters<typeof OrderDialog>[0]['verb'], sessions: Session[]) {
  const done = vi.fn();
  const close = vi.fn();
  const queries = new QueryClient();
  const whole = (listed: Session[]) => (
    <QueryClientProvider client={queries}>
      <Provider>
        <OrderDialog verb={verb} sessions={listed} onClose={close} onDone={done} />
      </Provider>
    </QueryClientProvider>
  );
  const { rerender } = render(whole(sessions));
  return { done, close, list: (listed: Session[]) => rerender(whole(listed)) };
}

it('names what it is about and sends the reason', async () => {
  server({ ...session('s1', 'bob'), state: 'terminated' });
  const { done, close } = show('terminate', [session('s1', 'bob')]);
  expect(screen.getByText('bob → root@web-01')).toBeTruthy();
  fireEvent.change(screen.getByLabelText('Reason'), { target: { value: 'change window' } });
  fireEvent.click(screen.getByRole('button', { name: 'Terminate' }));
  await waitFor(() => expect(close).toHaveBeenCalled());
  expect(calls[0]).toMatchObject({ url: '/v1/sessions/s1:terminate', sent: { reason: 'change window', keep_entitlement: false } });
  expect(done.mock.calls[0]?.[0][0].state).toBe('terminated');
});

it('extends only the version that was seen', async () => {
  server(session('s1', 'bob'));
  const { close } = show('extend', [session('s1', 'bob')]);
  fireEvent.click(screen.getByRole('button', { name: 'Extend' }));
  await waitFor(() => expect(close).toHaveBeenCalled());
  expect(calls[0]).toMatchObject({ match: '"3"', sent: { by_secs: 1800 } });
});

it('stays open and says which of many failed', async () => {
  server({ failed: 1, results: [{ id: 's1', ok: true, state: 'locked', error: null }, { id: 's2', ok: false, state: null, error: 'it has ended' }] });
  const { close } = show('lock', [session('s1', 'bob'), session('s2', 'eve')]);
  expect(screen.getByText('Lock 2 sessions?')).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Lock 2 sessions' }));
  await screen.findByText('1 of 2 could not be locked');
  expect(screen.getByText('eve → root@web-01: it has ended')).toBeTruthy();
  expect(calls[0]).toMatchObject({ url: '/v1/sessions:lock', sent: { ids: ['s1', 's2'], expected_count: 2 } });
  expect(close).not.toHaveBeenCalled();
});

it('stays about what it asked, while the list changes under it', async () => {
  const [bob, eve, mia] = [session('s1', 'bob'), session('s2', 'eve'), session('s3', 'mia')];
  server({ failed: 1, results: [{ id: 's1', ok: true, state: 'terminated', error: null }, { id: 's2', ok: true, state: 'terminated', error: null }, { id: 's3', ok: false, state: null, error: 'it has ended' }] });
  const { list } = show('terminate', [bob, eve, mia]);
  list([mia]);
  fireEvent.click(screen.getByRole('button', { name: 'Terminate 3 sessions' }));
  list([eve, mia]);
  await screen.findByText('1 of 3 could not be terminated');
  expect(calls[0]).toMatchObject({ sent: { ids: ['s1', 's2', 's3'], expected_count: 3 } });
});

it('shows why it was refused', async () => {
  server({ title: 'illegal state', detail: 'a session that is completed cannot be locked' }, 409);
  const { close } = show('lock', [session('s1', 'bob')]);
  fireEvent.click(screen.getByRole('button', { name: 'Lock' }));
  await screen.findByText('A session that is completed cannot be locked');
  expect(close).not.toHaveBeenCalled();
});
