// Questions that are asked at the same moment, sent in one request: the server reads history once
// for all whose ranges are alike.

import { toApiError, type ApiError } from './errors';

/** What stands in the place of an answer: that, or why there is none. */
export type Told<A> = A | { error: { code: string; message: string } };

interface Waiting<Q, A> {
  question: Q;
  signal: AbortSignal;
  resolve: (answer: A) => void;
  reject: (reason: unknown) => void;
}

const isRefusal = (told: unknown): told is { error: unknown } => typeof told === 'object' && told !== null && 'error' in told;

const kStatus: Partial<Record<string, number>> = { invalid_argument: 400, permission_denied: 403, failed_precondition: 422, resource_exhausted: 429, unavailable: 503, deadline_exceeded: 504 };

/** The error of one place, as if it had been asked alone. */
function errorOf(told: { error: unknown }): ApiError {
  const code = (told.error as { code?: string } | null)?.code ?? '';
  return toApiError(kStatus[code] ?? 500, told);
}

export class Together<Q, A> {
  private waiting: Waiting<Q, A>[] = [];

  /** `send` asks several; it is called once for what came in one turn of the page, `most` at a time. */
  constructor(private readonly send: (questions: Q[], signal: AbortSignal) => Promise<Told<A>[]>, private readonly most: number) {}

  ask(question: Q, signal: AbortSignal): Promise<A> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ question, signal, resolve, reject });
      if (this.waiting.length === 1) setTimeout(() => this.sendAll());
    });
  }

  private sendAll() {
    const wanted = this.waiting.filter(({ signal }) => !signal.aborted);
    for (const { signal, reject } of this.waiting) if (signal.aborted) reject(signal.reason);
    this.waiting = [];
    for (let begin = 0; begin < wanted.length; begin += this.most) void this.sendSome(wanted.slice(begin, begin + this.most));
  }

  private async sendSome(asked: Waiting<Q, A>[]) {
    // The request hangs up when nobody waits for any of its answers.
    const line = new AbortController();
    let left = asked.length;
    for (const { signal } of asked) signal.addEventListener('abort', () => --left === 0 && line.abort(signal.reason), { once: true });
    try {
      const told = await this.send(asked.map(({ question }) => question), line.signal);
      asked.forEach(({ resolve, reject }, place) => {
        const one = told[place];
        if (one === undefined) reject(new Error('asked several questions, answered fewer'));
        else if (isRefusal(one)) reject(errorOf(one));
        else resolve(one);
      });
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
