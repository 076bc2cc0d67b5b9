import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXT = /\.(?:js|css|svg|json|wasm)$/;
/** Below this a packet carries it anyway. */
const SMALLEST = 1024;

/** Packs the built files beforehand; the server hands out what the browser takes. */
export function pack(): Plugin {
  return {
    name: 'pack',
    apply: 'build',
    closeBundle() {
      const folder = 'dist/assets';
      for (const name of readdirSync(folder).filter((one) => TEXT.test(one))) {
        const path = join(folder, name);
        const plain = readFileSync(path);
        if (plain.length < SMALLEST) continue;
        writeFileSync(`${path}.br`, brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
        writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }));
      }
    },
  };
}
