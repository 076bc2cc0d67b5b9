import { sentence } from '../format';

/** What the server says when it refuses (RFC 9457), or what stands for it when no answer came. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly hint: string | null;
  readonly requestId: string | null;
  /** The field of what was sent that is wrong, as a path. */
  readonly field: string | null;

  constructor(status: number, body: unknown) {
    const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
    const text = (key: string): string | null => (typeof fields[key] === 'string' && fields[key] !== '' ? fields[key] : null);
    // The server names the kind of a problem; of this one that says nothing to people.
    const said = text('title') === 'internal' ? null : text('title');
    const title = sentence(said ?? titles[status] ?? 'Something went wrong');
    super(sentence(text('detail') ?? title));
    this.name = 'Problem';
    this.status = status;
    this.code = text('code') ?? (status === 0 ? 'unreachable' : 'unknown');
    this.title = title;
    const hint = text('hint');
    this.hint = hint === null ? null : sentence(hint);
    this.requestId = text('request_id');
    this.field = text('field');
  }

  /** The request never reached the server, or no answer came back. */
  static unreachable(): Problem {
    return new Problem(0, {
      title: 'The gateway does not answer',
      detail: 'The gateway does not answer. The page tries again by itself.',
    });
  }

  /** Makes a problem of whatever was thrown. */
  static of(thrown: unknown): Problem {
    if (thrown instanceof Problem) return thrown;
    return new Problem(-1, { title: 'Something went wrong', detail: thrown instanceof Error ? thrown.message : String(thrown) });
  }
}

const titles: Record<number, string> = {
  401: 'You are not signed in',
  403: 'You may not do this',
  404: 'Not found, or not visible to you',
  409: 'The state does not allow this',
  412: 'It was changed by someone else',
  423: 'Locked out for a while',
  429: 'Too many requests',
  500: 'Something broke on the gateway',
};
