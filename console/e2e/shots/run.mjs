/** Runs shots.ts, which needs to be read as TypeScript. */
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

await runnerImport(fileURLToPath(new URL('shots.ts', import.meta.url)), { configFile: false, logLevel: 'error' });
