import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { fake } from './dev/fake/index.ts';
import { pack } from './dev/pack.ts';
import { strict } from './dev/strict.ts';

// `DOORWARD_URL` names a running server for `npm run dev`; without it, made-up data is served.
const server = process.env['DOORWARD_URL'];

export default defineConfig({
  plugins: [react(), strict(), pack(), ...(server ? [] : [fake()])],
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        // What many pages share comes in one piece: dozens of small ones cost more in headers and compress worse.
        codeSplitting: { groups: [{ name: 'shared', minShareCount: 6 }] },
      },
    },
  },
  server: server ? { proxy: { '/v1': { target: server, ws: true, changeOrigin: true } } } : {},
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test-setup.ts'],
    restoreMocks: true,
  },
});
