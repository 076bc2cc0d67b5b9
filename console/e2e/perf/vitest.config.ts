import { defineConfig } from 'vitest/config';

// One after the other, on a machine that does nothing else: these are measurements.
export default defineConfig({
  test: {
    root: new URL('.', import.meta.url).pathname,
    include: ['*.perf.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 600_000,
    disableConsoleIntercept: true,
  },
});
