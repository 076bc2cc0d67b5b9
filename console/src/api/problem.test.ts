import { expect, it } from 'vitest';
import { Problem } from './problem';

it('reads what the server says', () => {
  const problem = new Problem(409, { title: 'illegal state', detail: 'a session that is completed cannot be locked', code: 'illegal_state', hint: '' });
  expect(problem).toMatchObject({
    status: 409,
    title: 'Illegal state',
    message: 'A session that is completed cannot be locked',
    code: 'illegal_state',
    hint: null,
  });
});

it.each([null, 'oops', 7, {}])('has words also when the answer is %j', (body) => {
  expect(new Problem(403, body).message).toBe('You may not do this');
});

it('keeps what was thrown elsewhere', () => {
  expect(Problem.of(new Error('boom'))).toMatchObject({ status: -1, message: 'Boom' });
  const own = Problem.unreachable();
  expect(Problem.of(own)).toBe(own);
});
