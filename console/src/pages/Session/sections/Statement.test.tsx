import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { ActivityEntry } from '../../../api/types';
import { answerOf, Statement } from './Statement';

const entry = (detail: Record<string, unknown>, more: Partial<ActivityEntry> = {}): ActivityEntry => ({
  at: '2026-01-02T03:04:05Z',
  bytes: 12,
  connection_id: 'c',
  detail,
  duration_ms: 7,
  exit_code: null,
  id: 'e',
  kind: 'statement',
  outcome: 'ok',
  output: null,
  rows: 2,
  seq: 1,
  t_ms: 0,
  text: 'SELECT',
  ...more,
});

function shown(one: ActivityEntry): void {
  const answer = answerOf(one);
  if (answer === null) throw new Error('there is nothing to show');
  render(<Statement entry={one} answer={answer} />);
}

describe('what came of a statement', () => {
  it('has the parameters in their places, and says what is null', () => {
    shown(entry({ tag: 'SELECT 2', parameters: ['4711', null] }));
    expect(screen.getByText(/\$1 =/).textContent).toBe('$1 = 4711');
    expect(screen.getByText(/\$2 =/).textContent).toBe('$2 = NULL');
    expect(screen.getByText('took 7 ms')).toBeTruthy();
  });

  it('has the first rows as a table, and says how many there were', () => {
    shown(entry({ tag: 'SELECT 90', columns: ['a', 'a'], preview: [['1', null]], preview_truncated: true }, { rows: 90 }));
    expect(screen.getAllByRole('columnheader').map((one) => one.textContent)).toEqual(['a', 'a']);
    expect(screen.getAllByRole('cell').map((one) => one.textContent)).toEqual(['1', 'NULL']);
    expect(screen.getByText(/Shows 1 of 90 rows/)).toBeTruthy();
  });

  it('has the error with its code', () => {
    shown(entry({ error: { code: '42P01', message: 'relation does not exist' } }, { outcome: 'failed' }));
    expect(screen.getByText('42P01')).toBeTruthy();
    expect(screen.getByText(/relation does not exist/)).toBeTruthy();
  });

  it('is not there before the answer, nor for what is no statement', () => {
    expect(answerOf(entry({}))).toBeNull();
    expect(answerOf(entry({ tag: 'x' }, { kind: 'command' }))).toBeNull();
  });
});
