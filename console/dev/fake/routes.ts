import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Session } from '../../src/api/types.ts';
import { idOf, makeSession, objects } from './data.ts';
import { activity, gaps, index, REAL_MS, segment } from './recording.ts';

const COUNT = Number(process.env['FAKE_COUNT'] ?? 2000);
const begun = Date.now();
const sessions = new Map<string, Session>();
for (let n = 0; n < COUNT; n += 1) sessions.set(idOf(n), makeSession(n, begun));

let signedIn = process.env['FAKE_SIGNED_OUT'] === undefined;
const streams = new Set<ServerResponse>();
let sequence = 100;
const tokens = [{ id: 't1', name: 'laptop', created_at: new Date(begun - 9e8).toISOString(), expires_at: new Date(begun + 9e9).toISOString() }];
const person = { id: 'u-1', name: 'demo-admin', display_name: 'Demo Admin', email: '', roles: ['admin'], groups: ['operators'] };

function push(session: Session, kind: string): void {
  sequence += 1;
  for (const stream of streams) stream.write(`id: ${sequence}\nevent: session\ndata: ${JSON.stringify({ kind, session })}\n\n`);
}

let made = 0;
setInterval(() => {
  if (streams.size === 0 || made > 40) return;
  made += 1;
  const fresh = { ...makeSession(0, Date.now()), session_id: idOf(50_000 + made), id: idOf(50_000 + made) };
  sessions.set(fresh.session_id, fresh);
  push(fresh, 'session.created');
}, 15_000).unref();

const WORDS: Record<string, string[]> = {
  active: ['connecting', 'active', 'locked'],
  logged_in: ['active'],
  pending: ['scheduled', 'awaiting_approval', 'provisioning', 'available', 'connecting'],
};

function list(query: URLSearchParams): unknown {
  const has = (key: string, value: string) => {
    const wanted = (query.get(key) ?? '').split(',').filter((one) => one !== '');
    return wanted.length === 0 || wanted.includes(value);
  };
  const states = (query.get('status') ?? 'all').split(',').flatMap((word) => WORDS[word] ?? [word]);
  const search = (query.get('search') ?? '').toLowerCase();
  const all = [...sessions.values()].filter(
    (s) =>
      (states.includes('all') || states.includes(s.state)) &&
      has('type', s.resource.type) &&
      has('user', s.user.name) &&
      has('resource', s.resource.name) &&
      has('account', s.account) &&
      (search === '' || `${s.user.name} ${s.resource.name} ${s.account} ${s.client_ip} ${s.session_id}`.includes(search)),
  );
  const [field = 'created_at', order] = (query.get('sort') ?? 'created_at:desc').split(':');
  const key = (s: Session): string | number => {
    if (field === 'duration') return s.duration_ms;
    if (field === 'bytes') return s.bytes_up + s.bytes_down;
    if (field === 'user') return s.user.name;
    if (field === 'resource') return s.resource.name;
    return String((s as unknown as Record<string, unknown>)[field] ?? '');
  };
  all.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  if (order === 'desc') all.reverse();
  const from = Number(query.get('cursor') ?? 0);
  const limit = Number(query.get('limit') ?? 50);
  return {
    sessions: all.slice(from, from + limit),
    next_cursor: from + limit < all.length ? String(from + limit) : null,
    total: all.length,
    total_is_capped: false,
    partial: false,
    visible_gateways: ['gw-eu-1'],
    as_of: new Date().toISOString(),
  };
}

function order(session: Session, verb: string, sent: Record<string, unknown>): Session {
  const next: Session = { ...session, version: session.version + 1 };
  const now = new Date().toISOString();
  if (verb === 'lock') {
    next.state = 'locked';
    next.lock = { by: person.name, at: now, title: String(sent['title'] ?? ''), message: String(sent['message'] ?? ''), scope: String(sent['scope'] ?? 'session') };
    next.authorized_actions = ['watch', 'cancel', 'terminate', 'unlock', 'extend'];
  }
  if (verb === 'unlock') {
    next.state = 'active';
    next.lock = null;
    next.authorized_actions = ['watch', 'cancel', 'terminate', 'lock', 'extend'];
  }
  if (verb === 'terminate' || verb === 'cancel') {
    next.state = verb === 'terminate' ? 'terminated' : 'canceled';
    next.end_reason = verb === 'terminate' ? 'admin_terminate' : 'admin_cancel';
    next.ended_at = now;
    next.ended_by = person.name;
    next.end_message = String(sent['reason'] ?? '');
    next.lock = null;
    next.recording = { ...session.recording, state: 'available' };
    next.authorized_actions = ['play', 'export'];
  }
  if (verb === 'extend') next.expires_at = new Date(Date.parse(session.expires_at ?? now) + Number(sent['by_secs']) * 1000).toISOString();
  sessions.set(next.session_id, next);
  push(next, `session.${verb}`);
  return next;
}

function detail(session: Session, part: string, query: URLSearchParams): unknown {
  const start = Date.parse(session.started_at ?? session.created_at ?? '');
  const idle = query.get('idle_ms') === null ? null : Number(query.get('idle_ms'));
  const seg = /^player\/segments\/(\d+)\.json$/.exec(part);
  if (seg) return segment(idle, Number(seg[1]));
  const text = (query.get('text') ?? '').toLowerCase();
  const event = (kind: string, title: string, at: string | null, actor = '', changes: unknown[] = []) =>
    at === null ? [] : [{ number: 1, level: 'info', at, kind, message: title, actor, detail: {}, changes }];
  switch (part) {
    case '':
      return session;
    case 'player/index.json':
      return index(idle, `/v1/sessions/${session.session_id}/player`);
    case 'player':
      return {
        connection_id: session.connections[0]?.id ?? '', started_at: session.first_logon_at, duration_ms: REAL_MS, growing: false,
        strands: [{ strand: 1, kind: 'terminal', title: '', cols: 96, rows: 28, started_ms: 0, ended_ms: REAL_MS, exit_code: 0, bytes_up: 1, bytes_down: 2 }],
      };
    case 'player/timemap': {
      const cuts = gaps(idle);
      return { duration_ms: REAL_MS - cuts.reduce((sum, gap) => sum + gap.cut_ms, 0), real_duration_ms: REAL_MS, gaps: cuts };
    }
    case 'activity':
      return { entries: session.medium === 'terminal' && session.first_logon_at ? activity(start, session.connections[0]?.id ?? '').filter((one) => one.text.toLowerCase().includes(text)) : [], next_cursor: null };
    case 'files':
      return {
        files: session.medium !== 'terminal' ? [] : [
          { at: new Date(start + 20_000).toISOString(), t_ms: 20_000, op: 'upload', protocol: 'sftp', path: '/srv/dump.sql', to: null, bytes: 734_003_200, sha256: 'a3f1c29e62822eb133acc9727a6e57a96847c29e62822eb133acc9727a6e5700', ok: true, error: null, duration_ms: 9000, complete: true },
          { at: new Date(start + 41_000).toISOString(), t_ms: 41_000, op: 'rename', protocol: 'sftp', path: '/srv/dump.sql', to: '/srv/old/dump-2026-11-21.sql', bytes: null, sha256: null, ok: true, error: null, duration_ms: 3, complete: true },
          { at: new Date(start + 62_000).toISOString(), t_ms: 62_000, op: 'download', protocol: 'scp', path: '/etc/shadow', to: null, bytes: 0, sha256: null, ok: false, error: 'permission denied', duration_ms: 2, complete: false },
        ],
        next_cursor: null,
      };
    case 'timeline':
      return {
        events: [
          ...event('session.created', 'Requested', session.created_at, session.user.name),
          ...event('session.started', 'Started', session.started_at),
          ...event('session.logged_in', 'Logged in', session.first_logon_at, session.user.name),
          ...(session.lock ? event('session.locked', 'Locked', session.lock.at, session.lock.by, [{ field: 'state', old: 'active', new: 'locked' }]) : []),
          ...event(`session.${session.state}`, session.state === 'failed' ? 'Failed' : 'Ended', session.ended_at, session.ended_by, [{ field: 'state', old: 'active', new: session.state }]),
        ],
      };
    case 'events':
      return {
        events: ['session.created', 'session.connection_opened', 'session.logged_in', 'watch.joined', 'session.locked', 'session.ended'].map((kind, n) => ({
          number: n + 1, at: new Date(start + n * 4100).toISOString(), level: n === 4 ? 'warn' : n === 0 ? 'debug' : 'info', kind, message: `${kind.replaceAll(/[._]/g, ' ')}`, actor: n > 2 ? 'demo-admin' : '', changes: n === 4 ? [{ field: 'state', old: 'active', new: 'locked' }] : [],
        })).filter((line) => line.message.includes(text) && ['', line.level].includes(query.get('level') ?? '')),
        next_cursor: null,
      };
    default:
      return undefined;
  }
}

function facets(query: URLSearchParams): unknown {
  const column = query.get('column') ?? '';
  const of: Record<string, (s: Session) => string> = { user: (s) => s.user.name, resource: (s) => s.resource.name, account: (s) => s.account, type: (s) => s.resource.type, gateway: (s) => s.gateway.name, client_interface: (s) => s.client_interface };
  const counts = new Map<string, number>();
  for (const s of sessions.values()) {
    const value = of[column]?.(s) ?? '';
    if (value.includes(query.get('q') ?? '')) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return { values: [...counts].map(([value, count]) => ({ value, title: value, count })).toSorted((a, b) => b.count - a.count) };
}

const stored = (kind: string, name: string, spec: unknown) => ({ id: `${kind}-${name}`, kind, name, version: 2, created_at: new Date(begun - 9e9).toISOString(), updated_at: new Date(begun - 9e6).toISOString(), spec });

function objectRoutes(method: string, kind: string, name: string | undefined, sent: Record<string, unknown>): unknown {
  const all = objects[kind];
  if (all === undefined) return undefined;
  if (name === undefined) return { objects: Object.entries(all).map(([key, spec]) => stored(kind, key, spec)) };
  if (method === 'PUT') all[name] = sent['spec'];
  if (method === 'DELETE') {
    delete all[name];
    return {};
  }
  return all[name] === undefined ? undefined : stored(kind, name, all[name]);
}

function route(method: string, path: string, query: URLSearchParams, sent: Record<string, unknown>): unknown {
  const one = /^\/v1\/sessions\/([^/:]+)(?::(\w+))?(?:\/(.*))?$/.exec(path);
  const many = /^\/v1\/sessions:(\w+)$/.exec(path);
  const object = /^\/v1\/objects\/([^/]+)(?:\/(.+))?$/.exec(path);
  if (one) {
    const session = [...sessions.values()].find((s) => s.session_id.startsWith(one[1] ?? '-'));
    if (session === undefined) return undefined;
    return one[2] === undefined ? detail(session, one[3] ?? '', query) : order(session, one[2], sent);
  }
  if (many) {
    const results = (sent['ids'] as string[]).map((id, n) => {
      const session = sessions.get(id);
      if (session === undefined || n === 3) return { id, ok: false, state: session?.state ?? null, error: 'a session that is completed cannot be locked' };
      return { id, ok: true, state: order(session, many[1] ?? '', sent).state, error: null };
    });
    return { results, failed: results.filter((result) => !result.ok).length };
  }
  if (object) return objectRoutes(method, object[1] ?? '', object[2] === undefined ? undefined : decodeURIComponent(object[2]), sent);
  if (method === 'DELETE' && path.startsWith('/v1/tokens/')) return {};
  switch (path) {
    case '/v1/setup':
      return method === 'GET' ? { needed: false } : { person, csrf: 'x', expires_at: '' };
    case '/v1/sessions':
      return list(query);
    case '/v1/facets':
      return facets(query);
    case '/v1/approvals':
      return { approvals: [], next_cursor: null, total: 0, as_of: null };
    case '/v1/tokens':
      return method === 'GET' ? { tokens } : { ...tokens[0], name: sent['name'], token: 'dw_3f9sKq2mXw8vT1nR6yB4hJ7cL0pZ5dGa' };
    case '/v1/resource-types':
      return [
        { id: 'ssh', title: 'SSH', default_port: 22, medium: 'terminal', options_schema: { properties: { host_key: { type: 'string', description: 'Pinned host key, as in known_hosts' }, legacy_algorithms: { type: 'boolean', title: 'Allow old algorithms' } } } },
        { id: 'tcp', title: 'TCP', default_port: null, medium: 'raw', options_schema: {} },
      ];
    case '/v1/connect':
      return { resources: Object.entries(objects['resource'] ?? {}).map(([name, spec]) => ({ name, type: (spec as { type: string }).type, description: 'Production, Frankfurt', account: 'root', profile: 'standard', medium: 'terminal', command: (spec as { type: string }).type === 'ssh' ? `ssh -p 2222 demo-admin:${name}@gw.example.test` : null })) };
    case '/v1/files':
      return { files: (detail([...sessions.values()][14] as Session, 'files', query) as { files: object[] }).files.map((file) => ({ ...file, session_id: idOf(14), user: 'farid' })), next_cursor: null };
    case '/v1/audit':
      return {
        events: Array.from({ length: 120 }, (_, n) => ({ seq: 5000 - n, at: new Date(begun - n * 61_000).toISOString(), kind: ['session.created', 'session.locked', 'login.failed', 'user.changed', 'recording.played'][n % 5], actor: n % 5 === 2 ? 'mallory' : 'demo-admin', session_id: n % 5 === 3 ? null : idOf(n), object: n % 5 === 3 ? 'user/farid' : '', client_ip: '10.0.0.9', changes: n % 5 === 1 ? [{ field: 'state', old: 'active', new: 'locked' }] : [], detail: n % 5 === 2 ? { reason: 'wrong password' } : null, hash: (n * 7919 + 1e12).toString(16).repeat(5).slice(0, 64) })),
        next_cursor: null,
      };
    case '/v1/audit/verify':
      return { intact: true, lines: 5000, fault: null, broken_at: null };
    default:
      return undefined;
  }
}

export function answer(request: IncomingMessage, response: ServerResponse, sent: Record<string, unknown>): void {
  const url = new URL(request.url ?? '/', 'http://fake');
  const send = (status: number, value: unknown) => {
    response.statusCode = status;
    response.setHeader('Content-Type', status < 400 ? 'application/json' : 'application/problem+json');
    response.end(JSON.stringify(value));
  };
  const me = { person, sees: 'all', csrf: 'x', gateway: { name: 'gw-eu-1', version: '0.1.0' }, ssh: { host: 'gw.example.test', port: 2222 }, setup_needed: false, downloads_enabled: true };
  if (url.pathname === '/v1/login') {
    if (sent['password'] === 'wrong') {
      send(401, { title: 'The name or the password is wrong', status: 401, code: 'bad_credentials', detail: 'The name or the password is wrong' });
      return;
    }
    signedIn = true;
    send(200, { person, csrf: 'x', expires_at: '' });
    return;
  }
  if (url.pathname === '/v1/logout') {
    signedIn = false;
    send(200, {});
    return;
  }
  if (!signedIn && url.pathname !== '/v1/setup') {
    send(401, { title: 'You are not signed in', status: 401, code: 'not_signed_in' });
    return;
  }
  if (url.pathname === '/v1/me') {
    send(200, me);
    return;
  }
  if (url.pathname === '/v1/sessions/stream') {
    response.setHeader('Content-Type', 'text/event-stream');
    response.write(': hello\n\n');
    streams.add(response);
    response.on('close', () => streams.delete(response));
    return;
  }
  const value = route(request.method ?? 'GET', url.pathname, url.searchParams, sent);
  if (value === undefined) send(404, { title: 'Not found', status: 404, code: 'not_found', detail: 'There is no such thing, or you may not see it', request_id: 'req-1' });
  else send(200, value);
}
