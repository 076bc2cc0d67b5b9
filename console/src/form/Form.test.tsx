import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { Provider } from '../ui/Provider';
import type { Field, Values } from './field';
import { Form } from './Form';

const fields: Field[] = [
  { name: 'host', label: 'Host', type: 'text', required: true },
  { name: 'limits.idle', label: 'Idle', type: 'duration' },
  { name: 'strict', label: 'Strict', type: 'switch' },
  { name: 'extra', label: 'Extra', type: 'text', when: (values) => values['strict'] === true },
];

function show(start: Values = {}, error: unknown = null) {
  const onSave = vi.fn();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Provider>
        <Form fields={() => fields} start={start} save="Save" busy={false} error={error} onSave={onSave} onCancel={() => {}} />
      </Provider>
    </QueryClientProvider>,
  );
  return onSave;
}
const write = (label: RegExp, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });
const save = () => fireEvent.click(screen.getByRole('button', { name: 'Save' }));

describe('a form', () => {
  it('does not save while something is missing or cannot be read', () => {
    const onSave = show();
    save();
    expect(screen.getByText('This is needed')).toBeTruthy();
    write(/Host/, 'web-01');
    write(/Idle/, 'soon');
    save();
    expect(screen.getByText(/Write it like/)).toBeTruthy();
    expect(onSave).not.toHaveBeenCalled();
  });
  it('gives the object with what was changed and keeps what it does not ask', () => {
    const onSave = show({ host: 'a', limits: { idle: 60, other: 1 }, untouched: true });
    write(/Idle/, '1h 30m');
    save();
    expect(onSave).toHaveBeenCalledWith({ host: 'a', limits: { idle: 5400, other: 1 }, untouched: true });
  });
  it('asks more when an answer calls for it', () => {
    show({ host: 'a' });
    expect(screen.queryByLabelText(/Extra/)).toBeNull();
    fireEvent.click(screen.getByLabelText('Strict'));
    expect(screen.getByLabelText(/Extra/)).toBeTruthy();
  });
  it('shows what the server refused', () => {
    show({ host: 'a' }, new Error('no such host'));
    expect(screen.getByText('No such host')).toBeTruthy();
  });
});
