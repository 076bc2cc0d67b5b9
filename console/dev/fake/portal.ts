/** A made-up terminal and made-up files of a resource, for the two pages that are sessions themselves. Development only. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { idOf } from './data.ts';

interface Node {
  kind: 'file' | 'folder' | 'link' | 'other';
  size: number;
  mode: number;
  modified: number;
  link_to?: string;
}

interface Wish {
  path?: string;
  to?: string;
  resource?: string;
  secret?: string;
}

const tree = new Map<string, Node>();
const put = (path: string, node: Partial<Node> = {}) => tree.set(path, { kind: 'file', size: 0, mode: 0o644, modified: Date.now() - tree.size * 3_600_000, ...node });
for (const folder of ['/', '/etc', '/home', '/home/demo', '/home/demo/reports', '/home/demo/empty', '/srv', '/srv/many', '/root']) put(folder, { kind: 'folder', mode: 0o755 });
for (const [name, size] of [['notes.txt', 812], ['dump-2026-11-21.sql.gz', 734_003_200], ['.profile', 220], ['a name with spaces and ünïcödé.pdf', 48_211]] as const) put(`/home/demo/${name}`, { size });
put('/home/demo/current', { kind: 'link', link_to: '/srv/many', mode: 0o777 });
put('/home/demo/control.sock', { kind: 'other', mode: 0o600 });
for (let n = 0; n < 5000; n += 1) put(`/srv/many/part-${n}.log`, { size: (n * 7919) % 9_000_000 });

const SESSION = idOf(1);
const PAGE = 1000;
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
const clean = (path: string): string => path.replace(/\/+$/, '') || '/';

function list(path: string, after: number): unknown {
  const all = [...tree].filter(([key]) => key !== '/' && parentOf(key) === path).map(([key, node]) => ({ name: key.slice(key.lastIndexOf('/') + 1), ...node, modified: new Date(node.modified).toISOString() }));
  return { path, entries: all.slice(after, after + PAGE), next: after + PAGE < all.length ? String(after + PAGE) : null };
}

const problem = (status: number, code: string, detail: string): [number, unknown] => [status, { title: code.replaceAll('_', ' '), status, code, detail }];

function change(verb: string, { path, to }: { path: string; to?: string }): [number, unknown] {
  if (path.startsWith('/root') || path.startsWith('/etc')) return problem(403, 'denied_by_resource', 'the resource did not allow it');
  if (verb === 'mkdir' && tree.has(path)) return problem(409, 'exists', 'there is something of that name');
  if (verb === 'mkdir') put(path, { kind: 'folder', mode: 0o755, modified: Date.now() });
  for (const key of [...tree.keys()].filter((one) => verb !== 'mkdir' && (one === path || one.startsWith(`${path}/`)))) {
    const node = tree.get(key) as Node;
    tree.delete(key);
    if (verb === 'rename') tree.set(`${to}${key.slice(path.length)}`, node);
  }
  return [204, null];
}

/** Answers what belongs to the files of a resource; `false` for everything else. */
export function answerFiles(request: IncomingMessage, response: ServerResponse): boolean {
  const url = new URL(request.url ?? '/', 'http://fake');
  if (!url.pathname.startsWith('/v1/portal/files')) return false;
  const path = clean(url.searchParams.get('path') ?? '/home/demo');
  const send = ([status, value]: [number, unknown]) => {
    response.statusCode = status;
    response.setHeader('Content-Type', 'application/json');
    response.end(status === 204 ? undefined : JSON.stringify(value));
  };
  const part = url.pathname.split('/').slice(5).join('/');
  if (part === 'content' && request.method === 'PUT') {
    let size = 0;
    if (tree.has(path) && url.searchParams.get('overwrite') !== 'true') {
      request.resume();
      send(problem(409, 'exists', 'there is something of that name'));
      return true;
    }
    // Slowly, so that there is something to see.
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      request.pause();
      setTimeout(() => request.resume(), 20);
    });
    request.on('end', () => {
      put(path, { size, modified: Date.now() });
      send([200, { size, sha256: '0'.repeat(64) }]);
    });
    return true;
  }
  if (part === 'content') {
    response.setHeader('Content-Disposition', 'attachment');
    response.end('made up\n');
    return true;
  }
  let sent = '';
  request.on('data', (chunk: Buffer) => (sent += chunk.toString()));
  request.on('end', () => {
    const body: Wish = sent === '' ? {} : (JSON.parse(sent) as Wish);
    if (request.method === 'POST' && part === '') {
      if (body.resource === 'web-01' && body.secret === undefined) send(problem(422, 'secret_needed', 'Password for root@web-01:'));
      else send([201, { session: SESSION, home: '/home/demo' }]);
    } else if (request.method === 'DELETE') send([204, null]);
    else if (request.method === 'POST') send(change(part, { path: '', ...body }));
    else if (part === 'state') send([200, { session: SESSION, home: '/home/demo', lock: null }]);
    else if (path === '/root') send(problem(403, 'denied_by_resource', 'the resource did not allow it'));
    else if (tree.get(path)?.kind === 'link') send([200, list(tree.get(path)?.link_to ?? '/', Number(url.searchParams.get('after') ?? 0))]);
    else if (tree.get(path)?.kind !== 'folder') send(problem(404, 'no_such_file', 'there is no such file'));
    else send([200, list(path, Number(url.searchParams.get('after') ?? 0))]);
  });
  return true;
}

const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'doorward.terminal.v1' });

/** A shell that knows `exit`, `colours` and how to repeat. */
function shell(socket: WebSocket): void {
  const say = (value: object) => socket.send(JSON.stringify(value));
  const write = (text: string) => socket.send(Buffer.from(text));
  let line = '';
  let signedIn = false;
  say({ type: 'session', id: SESSION });
  say({ type: 'prompt', text: 'Password for root:', echo: false });
  socket.on('message', (data: Buffer, binary) => {
    if (!binary) {
      if (!signedIn && (JSON.parse(data.toString()) as { type: string }).type === 'answer') {
        signedIn = true;
        write('This session is being recorded.\r\n$ ');
      }
      return;
    }
    for (const key of data.toString()) {
      if (key !== '\r') {
        line += key;
        write(key);
        continue;
      }
      write('\r\n');
      if (line.startsWith('exit')) {
        say({ type: 'end', reason: 'user_disconnect', text: 'the program has ended', exit: Number(line.slice(5)) || 0 });
        socket.close(1000);
        return;
      }
      if (line === 'colours') write(Array.from({ length: 16 }, (_, n) => `\u001B[${n < 8 ? 30 + n : 82 + n}mcolour ${n}\u001B[0m\r\n`).join(''));
      else write(`you said: ${line}\r\n`);
      line = '';
      write('$ ');
    }
  });
}

export function takeTerminal(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  if (!/^\/v1\/connect\/[^/]+\/terminal/.test(request.url ?? '')) return;
  sockets.handleUpgrade(request, socket, head, shell);
}
