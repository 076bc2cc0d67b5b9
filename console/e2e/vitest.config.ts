import { defineConfig } from 'vitest/config';

const shared = {
  root: new URL('.', import.meta.url).pathname,
  environment: 'node',
  testTimeout: 60_000,
  hookTimeout: 90_000,
  // What is awaited comes within moments; on a machine that does other things these are longer than the second that is the default.
  expect: { poll: { timeout: 15_000 } },
} as const;

/** What measures time or work, and what loads the machine so that others could not: each alone, after the rest. */
const ALONE = ['wall.e2e.ts', 'sessions-fresh.e2e.ts'];

// Each file has a gateway and a browser of its own, so that two at a time do not meet; most of the time one of them waits.
export default defineConfig({
  test: {
    projects: [
      { test: { ...shared, name: 'pairs', include: ['*.e2e.ts'], exclude: ALONE, maxWorkers: 2, sequence: { groupOrder: 1 } } },
      { test: { ...shared, name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
  },
});
