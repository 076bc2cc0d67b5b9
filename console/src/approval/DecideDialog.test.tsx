import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import type { Approval } from '../api/types';
import { Provider } from '../ui/Provider';
import { DecideDialog } from './DecideDialog';

const approval = (id: string, name: string) =>
  ({ id, state: 'pending', about: 'session', requester: { id: name, name }, resource: { id: 'r', name: 'web-01' }, tiers: [], authorized_actions: ['approve'] }) as unknown as Approval;

it('says what became of all that it asked about, though the list lost one while it was decided', async () => {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const sent: unknown[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    sent.push(await request.json());
    await answered;
    return new Response(JSON.stringify({ results: [{ id: 'a1', ok: true }, { id: 'a2', ok: true }] }), { headers: { 'Content-Type': 'application/json' } });
  });
  const close = vi.fn();
  const queries = new QueryClient();
  const whole = (approvals: Approval[]) => (
    <QueryClientProvider client={queries}>
      <Provider>
        <DecideDialog ballot="approve" approvals={approvals} onClose={close} />
      </Provider>
    </QueryClientProvider>
  );
  const [bob, eve] = [approval('a1', 'bob'), approval('a2', 'eve')];
  const { rerender } = render(whole([bob, eve]));
  fireEvent.click(screen.getByRole('button', { name: 'Approve 2 requests' }));
  await waitFor(() => expect(sent).toMatchObject([{ ids: ['a1', 'a2'] }]));
  rerender(whole([eve]));
  answer();
  await screen.findByText('2 requests approved');
  expect(close).toHaveBeenCalled();
});
