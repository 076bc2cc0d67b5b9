// Written by hand from the contract until the server's `openapi.json` replaces it (`npm run api`).

type Json<T> = { content: { 'application/json': T } };
type Reply<T> = { 200: { headers: Record<string, unknown> } & Json<T> };
type Operation<Q, P, R, B = never> = {
  parameters: { query?: Q; path: P; header?: { 'If-Match'?: string } };
  requestBody: [B] extends [never] ? never : Json<B>;
  responses: Reply<R>;
};
type Get<R, Q = never, P = never> = {
  parameters: ([Q] extends [never] ? { query?: never } : { query?: Q }) & ([P] extends [never] ? { path?: never } : { path: P });
  responses: Reply<R>;
};
type S = components['schemas'];
type Id = { id: string };
type Page = { cursor?: string; limit?: number };
type Post<R, B> = { parameters: { query?: never; path?: never }; requestBody: Json<B>; responses: Reply<R> };

export interface components {
  schemas: {
    PersonView: { id: string; name: string; display_name: string; email: string; roles: string[]; groups: string[] };
    SignedIn: { person: S['PersonView']; csrf: string; expires_at: string };
    Me: {
      person: S['PersonView'];
      csrf: string | null;
      gateway: { name: string; version: string };
      ssh: { host: string; port: number } | null;
      setup_needed: boolean;
      downloads_enabled: boolean;
    };
    NamedView: { id: string; name: string };
    LockView: { by: string; at: string | null; title: string; message: string; scope: string };
    RecordingView: { state: string; formats: string[]; expires_at: string | null; reason: string | null };
    ErrorView: { code: string; message: string; hint: string | null; stage: string | null };
    ConnectionView: {
      id: string;
      opened_at: string | null;
      closed_at: string | null;
      client_ip: string;
      client_interface: string;
      client_version: string;
      bytes_up: number;
      bytes_down: number;
      close_reason: string | null;
      recording: string;
    };
    SessionView: {
      session_id: string;
      id: string;
      state: string;
      end_reason: string | null;
      failure_stage: string | null;
      user: S['NamedView'];
      account: string;
      resource: { id: string; name: string; type: string; engine: string | null; host: string };
      access_rule: string;
      profile: string;
      activity: S['NamedView'] | null;
      gateway: { id: string; name: string; cluster: string };
      client_interface: string;
      client_interface_title: string;
      client_ip: string;
      secret_name: string;
      verb: string;
      created_at: string | null;
      started_at: string | null;
      first_logon_at: string | null;
      expires_at: string | null;
      ended_at: string | null;
      duration_ms: number;
      bytes_up: number;
      bytes_down: number;
      login_via: string;
      lock: S['LockView'] | null;
      hold: unknown;
      review: unknown;
      recording: S['RecordingView'];
      connections: S['ConnectionView'][];
      error: S['ErrorView'] | null;
      ended_by: string;
      end_message: string;
      cleanup_error: string | null;
      ticket: string;
      correlation_id: string;
      rerun_of: string | null;
      risk: string | null;
      version: number;
      medium: string;
      authorized_actions: string[];
    };
    SessionList: {
      sessions: S['SessionView'][];
      next_cursor: string | null;
      total: number | null;
      total_is_capped: boolean;
      partial: boolean;
      visible_gateways: string[];
      as_of: string;
    };
    ChangeView: { field: string; old: unknown; new: unknown };
    TimelineEvent: { at: string; kind: string; title: string; actor: string; detail: unknown; changes: S['ChangeView'][] };
    LogLine: {
      number: number;
      at: string;
      level: string;
      kind: string;
      message: string;
      actor: string;
      changes: S['ChangeView'][];
    };
    ActivityEntry: {
      id: string;
      seq: number;
      at: string;
      t_ms: number;
      kind: string;
      text: string;
      outcome: string | null;
      exit_code: number | null;
      duration_ms: number | null;
      bytes: number | null;
      output: { preview: string; truncated: boolean; total_bytes: number } | null;
      detail: unknown;
      connection_id: string | null;
    };
    FileOp: {
      session_id?: string | null;
      user?: string | null;
      at: string;
      t_ms: number;
      op: string;
      protocol: string;
      path: string;
      to: string | null;
      bytes: number | null;
      sha256: string | null;
      ok: boolean | null;
      error: string | null;
      duration_ms: number | null;
      complete: boolean | null;
    };
    TimeMap: {
      duration_ms: number;
      real_duration_ms: number;
      gaps: { real_ms: number; play_ms: number; cut_ms: number }[];
    };
    BulkResult: { results: { id: string; ok: boolean; state: string | null; error: string | null }[]; failed: number };
    FacetValue: { value: string; title: string; count: number };
    ObjectView: {
      id: string;
      kind: string;
      name: string;
      version: number;
      created_at: string | null;
      updated_at: string | null;
      spec: Record<string, unknown>;
    };
    ResourceType: { id: string; title: string; default_port: number | null; medium: string; options_schema: unknown };
    ConnectView: {
      name: string;
      type: string;
      description: string;
      accounts: string[];
      command: string | null;
      medium: string;
    };
    AuditView: {
      seq: number;
      at: string;
      kind: string;
      actor: string;
      session_id: string | null;
      object: string;
      client_ip: string;
      changes: S['ChangeView'][];
      detail: unknown;
      hash: string;
    };
    TokenView: { id: string; name: string; created_at: string | null; expires_at: string | null; last_used_at?: string | null };
  };
}

type Order = { reason?: string };

export interface paths {
  '/v1/login': { post: Post<S['SignedIn'], { name: string; password: string }> };
  '/v1/logout': { post: { parameters: { query?: never; path?: never }; responses: Reply<unknown> } };
  '/v1/me': { get: Get<S['Me']> };
  '/v1/setup': {
    get: Get<{ needed: boolean }>;
    post: Post<S['SignedIn'], { token: string; name: string; password: string }>;
  };
  '/v1/tokens': {
    get: Get<{ tokens: S['TokenView'][] }>;
    post: Post<S['TokenView'] & { token: string }, { name: string; expires_in_secs: number | null }>;
  };
  '/v1/tokens/{id}': { delete: Get<unknown, never, Id> };
  '/v1/sessions': { get: Get<S['SessionList'], Record<string, string | number | undefined>> };
  '/v1/sessions/{id}': { get: Get<S['SessionView'], never, Id> };
  '/v1/sessions/{id}/timeline': { get: Get<{ events: S['TimelineEvent'][] }, never, Id> };
  '/v1/sessions/{id}/events': {
    get: Get<
      { events: S['LogLine'][]; next_cursor: string | null },
      Page & { level?: string; text?: string; since?: string; until?: string },
      Id
    >;
  };
  '/v1/sessions/{id}/activity': {
    get: Get<
      { entries: S['ActivityEntry'][]; next_cursor: string | null },
      Page & { kind?: string; text?: string },
      Id
    >;
  };
  '/v1/sessions/{id}/files': {
    get: Get<
      { files: S['FileOp'][]; next_cursor: string | null },
      Page & { op?: string; protocol?: string; path?: string; ok?: string },
      Id
    >;
  };
  '/v1/files': {
    get: Get<
      { files: S['FileOp'][]; next_cursor: string | null },
      Page & { op?: string; protocol?: string; path?: string; ok?: string; since?: string; until?: string }
    >;
  };
  '/v1/sessions/{id}/player/timemap': { get: Get<S['TimeMap'], { idle_ms?: number }, Id> };
  '/v1/sessions/{id}:terminate': {
    post: Operation<never, Id, S['SessionView'], Order & { keep_entitlement?: boolean }>;
  };
  '/v1/sessions/{id}:cancel': { post: Operation<never, Id, S['SessionView'], Order> };
  '/v1/sessions/{id}:lock': {
    post: Operation<never, Id, S['SessionView'], { title?: string; message?: string; scope?: string }>;
  };
  '/v1/sessions/{id}:unlock': { post: Operation<never, Id, S['SessionView'], Order> };
  '/v1/sessions/{id}:extend': { post: Operation<never, Id, S['SessionView'], { by_secs: number }> };
  '/v1/sessions:terminate': { post: Post<S['BulkResult'], Order & { ids: string[]; expected_count: number }> };
  '/v1/sessions:cancel': { post: Post<S['BulkResult'], Order & { ids: string[]; expected_count: number }> };
  '/v1/sessions:lock': {
    post: Post<
      S['BulkResult'],
      { ids: string[]; expected_count: number; title?: string; message?: string; scope?: string }
    >;
  };
  '/v1/sessions:unlock': { post: Post<S['BulkResult'], Order & { ids: string[]; expected_count: number }> };
  '/v1/facets': { get: Get<{ values: S['FacetValue'][] }, { column: string; q?: string; limit?: number }> };
  '/v1/objects/{kind}': { get: Get<{ objects: S['ObjectView'][] }, never, { kind: string }> };
  '/v1/objects/{kind}/{name}': {
    get: Get<S['ObjectView'], never, { kind: string; name: string }>;
    put: Operation<never, { kind: string; name: string }, S['ObjectView'], { spec: Record<string, unknown> }>;
    delete: {
      parameters: { query?: never; path: { kind: string; name: string }; header?: { 'If-Match'?: string } };
      responses: Reply<unknown>;
    };
  };
  '/v1/resource-types': { get: Get<S['ResourceType'][]> };
  '/v1/connect': { get: Get<{ resources: S['ConnectView'][] }> };
  '/v1/audit': {
    get: Get<
      { events: S['AuditView'][]; next_cursor: string | null },
      Page & {
        session?: string;
        kind?: string;
        actor?: string;
        object?: string;
        since?: string;
        until?: string;
        text?: string;
      }
    >;
  };
  '/v1/audit/verify': { get: Get<{ ok?: boolean; intact?: boolean; events?: number; detail?: string }> };
}
