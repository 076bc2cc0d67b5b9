/** What a terminal's websocket carries: bytes in binary messages, and these documents as text. */

/** The websocket's subprotocol. */
export const PROTOCOL = 'doorward.terminal.v1';

/** Why it is over. */
export interface End {
  /** As in the list of sessions. */
  reason: string;
  /** The same for people; may be empty. */
  text: string;
  /** The exit status of the program, where it has one. */
  exit: number | null;
}

/** A question of the resource. */
export interface Prompt {
  text: string;
  /** The answer may be seen while it is typed. */
  echo: boolean;
}

export type Said = { type: 'session'; id: string } | ({ type: 'prompt' } & Prompt) | ({ type: 'end' } & End);

/** Reads a text message; `null` when it is of a kind that a newer gateway has added. */
export function readSaid(text: string): Said | null {
  let value: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return null;
    value = parsed as Record<string, unknown>;
  } catch {
    return null;
  }
  const word = (key: string): string => (typeof value[key] === 'string' ? value[key] : '');
  switch (value['type']) {
    case 'session':
      return word('id') === '' ? null : { type: 'session', id: word('id') };
    case 'prompt':
      return { type: 'prompt', text: word('text'), echo: value['echo'] === true };
    case 'end':
      return { type: 'end', reason: word('reason'), text: word('text'), exit: typeof value['exit'] === 'number' ? value['exit'] : null };
    default:
      return null;
  }
}

/** The address of a new terminal: each opening is a session. */
export function terminalPath(resource: string, account: string, size: { cols: number; rows: number }): string {
  const query = new URLSearchParams({ cols: String(size.cols), rows: String(size.rows) });
  if (account !== '') query.set('account', account);
  return `/v1/connect/${encodeURIComponent(resource)}/terminal?${query.toString()}`;
}

/** The largest message that is sent at once. */
export const PIECE = 16 * 1024;

/** What is typed or pasted, in pieces that the gateway takes. */
export function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}
