import { fireEvent, render, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { Provider } from '../../../ui/Provider';
import { LOST, NEVER_UP } from '../useTerminal';
import { EndBox } from './EndBox';
import { PromptBox } from './PromptBox';

describe('a question of the resource', () => {
  it('is answered in a hidden field, which has the focus', () => {
    const answer = vi.fn();
    render(<PromptBox prompt={{ text: 'Password for root: ', echo: false }} onAnswer={answer} onGiveUp={() => {}} />, { wrapper: Provider });
    const field = screen.getByLabelText('Password for root:');
    expect(field.getAttribute('type')).toBe('password');
    expect(document.activeElement).toBe(field);
    fireEvent.change(field, { target: { value: 'not told' } });
    fireEvent.click(screen.getByRole('button', { name: 'Answer' }));
    expect(answer).toHaveBeenCalledWith('not told');
  });
  it('is shown while it is typed only when the resource says so', () => {
    render(<PromptBox prompt={{ text: 'Code', echo: true }} onAnswer={() => {}} onGiveUp={() => {}} />, { wrapper: Provider });
    expect(screen.getByLabelText('Code').getAttribute('type')).toBe('text');
  });
});

describe('the end of a terminal', () => {
  const end = (props: Partial<Parameters<typeof EndBox>[0]>) =>
    render(<EndBox end={{ reason: 'user_disconnect', text: '', exit: null }} session="0198" onAgain={() => {}} {...props} />, { wrapper: Provider });
  it('gives the reason, the words and the exit status', () => {
    end({ end: { reason: 'admin_terminate', text: 'use the change window', exit: 3 } });
    expect(screen.getByRole('alert').textContent).toContain('Terminated by an administrator');
    expect(screen.getByText('Use the change window')).toBeTruthy();
    expect(screen.getByText('3')).toBeTruthy();
  });
  it('says that connecting again is a new session, and links to the record of this one', () => {
    end({});
    expect(screen.getByText(/begins a new session/)).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Open the record' }).getAttribute('href')).toBe('/sessions/0198');
  });
  it('has no record where there was no session', () => {
    end({ end: { ...NEVER_UP, text: 'there is no such resource, or you may not use it' }, session: null });
    expect(screen.getByText('There is no such resource, or you may not use it')).toBeTruthy();
    expect(screen.queryByRole('link')).toBeNull();
  });
  it('is told apart from a line that was lost', () => {
    end({ end: LOST });
    expect(screen.getByText('The line was lost')).toBeTruthy();
  });
});
