import { expect, test } from 'vitest';
import { spanText } from './words';

test('lengths of time are said in the largest unit that fits', () => {
  expect([0, 1, 90, 60, 7200, 86_400, 3660].map(spanText)).toEqual(['one connection', '1 second', '90 seconds', '1 minute', '2 hours', '1 day', '61 minutes']);
});
