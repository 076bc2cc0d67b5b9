import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { Problem } from '../../../api/problem';
import { Provider } from '../../../ui/Provider';
import { Gate } from './Gate';
import { NameDialog } from './NameDialog';
import { PathBar } from './PathBar';
import { RemoveDialog } from './RemoveDialog';

const line = (name: string, kind = 'file') => ({ name, kind, size: 10, mode: 0o644, modified: null, link_to: null });

describe('deleting', () => {
  it('names what goes, and that a folder goes with all that is in it', async () => {
    const remove = vi.fn(() => Promise.resolve(null));
    const close = vi.fn();
    render(<RemoveDialog entries={[line('a.txt'), line('old', 'folder')]} folder="/srv" onClose={close} onDone={() => {}} onRemove={remove} />, { wrapper: Provider });
    expect(await screen.findByText('a.txt')).toBeTruthy();
    expect(screen.getByText('old')).toBeTruthy();
    expect(screen.getByText('and all that is in it')).toBeTruthy();
    expect(remove).not.toHaveBeenCalled();
    fireEvent.click(screen.getByRole('button', { name: 'Delete 2 entries' }));
    await waitFor(() => expect(close).toHaveBeenCalled());
    expect(remove).toHaveBeenCalledTimes(2);
  });
  it('says which could not be deleted, and why', async () => {
    const close = vi.fn();
    const remove = (entry: { name: string }) => Promise.resolve(entry.name === 'a' ? null : new Problem(403, { code: 'denied_by_resource', detail: 'permission denied' }));
    render(<RemoveDialog entries={[line('a'), line('b')]} folder="/srv" onClose={close} onDone={() => {}} onRemove={remove} />, { wrapper: Provider });
    fireEvent.click(await screen.findByRole('button', { name: 'Delete 2 entries' }));
    expect(await screen.findByText('1 of 2 could not be deleted')).toBeTruthy();
    expect(screen.getByText(/Permission denied/)).toBeTruthy();
    expect(close).not.toHaveBeenCalled();
  });
});

describe('a name', () => {
  it('is checked before anything is sent, and a refusal stays in place', async () => {
    const give = vi.fn(() => Promise.resolve(new Problem(409, { title: 'exists', detail: 'there is something of that name' })));
    const close = vi.fn();
    render(<NameDialog title="New folder" does="Make folder" first="" onClose={close} onName={give} />, { wrapper: Provider });
    const field = await screen.findByLabelText('Name');
    fireEvent.change(field, { target: { value: 'a/b' } });
    fireEvent.click(screen.getByRole('button', { name: 'Make folder' }));
    expect(screen.getByText('A name has no slash')).toBeTruthy();
    expect(give).not.toHaveBeenCalled();
    fireEvent.change(field, { target: { value: 'ab' } });
    fireEvent.click(screen.getByRole('button', { name: 'Make folder' }));
    expect(await screen.findByText(/There is something of that name/)).toBeTruthy();
    expect(close).not.toHaveBeenCalled();
  });
});

describe('the path', () => {
  it('leads to each folder above, and can be typed', () => {
    const go = vi.fn();
    render(<PathBar path="/srv/data" home="/home/demo" go={go} refresh={() => {}} />, { wrapper: Provider });
    fireEvent.click(screen.getByRole('button', { name: 'srv' }));
    fireEvent.click(screen.getByRole('button', { name: 'Type a path' }));
    const field = screen.getByLabelText('Path');
    fireEvent.change(field, { target: { value: '/etc' } });
    fireEvent.submit(field);
    expect(go.mock.calls).toEqual([['/srv'], ['/etc']]);
    expect(screen.queryByLabelText('Path')).toBeNull();
  });
});

describe('before the files', () => {
  it('a password is asked for in a hidden field', () => {
    const open = vi.fn();
    render(<Gate opening={{ state: 'asks', problem: new Problem(422, { code: 'secret_needed', detail: 'Password for root' }) }} resource="r" session={null} open={open} />, { wrapper: Provider });
    const field = screen.getByLabelText(/Password for root/);
    expect(field.getAttribute('type')).toBe('password');
    fireEvent.change(field, { target: { value: 'x' } });
    fireEvent.submit(field);
    expect(open).toHaveBeenCalledWith('x');
  });
  it('the end says why, and that opening again is a new session', () => {
    render(<Gate opening={{ state: 'ended', words: 'Terminated by an administrator' }} resource="r" session="0198" open={() => {}} />, { wrapper: Provider });
    expect(screen.getByText('Terminated by an administrator')).toBeTruthy();
    expect(screen.getByText(/begins a new session/)).toBeTruthy();
  });
});
