/** A made-up running session over ALiS v1, as the player's websocket driver reads it. Development only. */
import type { HttpServer } from 'vite';
import { WebSocketServer } from 'ws';
import { events } from './recording.ts';

function leb(n: number): number[] {
  const out: number[] = [];
  let rest = Math.floor(n);
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    out.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return out;
}

const text = (words: string) => {
  const bytes = Buffer.from(words);
  return Buffer.concat([Buffer.from(leb(bytes.length)), bytes]);
};

export function serveLive(server: HttpServer): void {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => (offered.has('v1.alis') ? 'v1.alis' : false) });
  server.on('upgrade', (request, socket, head) => {
    if (!/^\/v1\/sessions\/[^/]+\/live/.test(request.url ?? '')) return;
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const all = events();
      let n = 12;
      let id = 1;
      const screen = all.slice(0, n).map((event) => event[2]).join('');
      ws.send(Buffer.from('ALiS\x01'));
      ws.send(Buffer.concat([Buffer.from([0x01, ...leb(id), ...leb(5_000_000), ...leb(96), ...leb(28), 0]), text(screen)]));
      const timer = setInterval(() => {
        id += 1;
        n = (n + 1) % all.length;
        ws.send(Buffer.concat([Buffer.from([0x6f, ...leb(id), ...leb(120_000)]), text(all[n]?.[2] ?? '')]));
      }, 120);
      ws.on('close', () => clearInterval(timer));
    });
  });
}
