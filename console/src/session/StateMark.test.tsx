import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { StateMark } from './StateMark';
import { isOver, STATE_WORDS, stateInfo } from './states';

it.each(STATE_WORDS)('%s is a word, and not a colour alone', (state) => {
  render(<StateMark state={state} />);
  expect(screen.getByText(stateInfo(state).word)).toBeTruthy();
});

it('only the active state moves', () => {
  const moving = STATE_WORDS.filter((state) => stateInfo(state).look === 'live');
  expect(moving).toEqual(['active']);
});

it('a state of a newer gateway is shown as it is', () => {
  render(<StateMark state="frozen_solid" />);
  expect(screen.getByText('frozen solid')).toBeTruthy();
  expect(isOver('frozen_solid')).toBe(false);
});
