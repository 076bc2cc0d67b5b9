import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/** The policy that the server sends; kept equal to it, so that `vite preview` breaks where the server would. */
export const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}' 'wasm-unsafe-eval'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ');

/** Serves the built index as the server does: own nonce for each answer, never cached. */
export function strict(): Plugin {
  return {
    name: 'strict-policy',
    configurePreviewServer(server) {
      server.middlewares.use((req, res, next) => {
        const path = (req.url ?? '/').split('?')[0] ?? '/';
        if (req.method !== 'GET' || path.startsWith('/v1/') || path.startsWith('/assets/') || path.includes('.')) {
          next();
          return;
        }
        const nonce = randomBytes(16).toString('base64');
        res.setHeader('Content-Security-Policy', policy(nonce));
        res.setHeader('Cache-Control', 'no-store');
        res.setHeader('Content-Type', 'text/html; charset=utf-8');
        res.end(readFileSync('dist/index.html', 'utf8').replaceAll('__CSP_NONCE__', nonce));
      });
    },
  };
}
