// What the server said when it refused, as an exception that screens can show as it is.

/** One of several things that are wrong with what was sent, and where. */
export interface Problem {
  path: string;
  message: string;
  line: number | null;
  column: number | null;
}

export class ApiError extends Error {
  readonly status: number; // HTTP status; 0 when no answer came.
  readonly code: string; // Class of the failure, e.g. "not_found".
  readonly field: string | undefined; // JSON path of the field at fault.
  readonly problems: readonly Problem[]; // All that is wrong, where the server tells it.

  constructor(status: number, code: string, message: string, field?: string, problems: readonly Problem[] = []) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.field = field;
    this.problems = problems;
  }
}

/** Reads an error body of the server, whatever came instead of one. */
export function toApiError(status: number, body: unknown): ApiError {
  const error = (body as { error?: { code?: unknown; message?: unknown; field?: unknown; problems?: unknown } } | null)
    ?.error;
  const code = typeof error?.code === 'string' ? error.code : 'internal';
  const message = typeof error?.message === 'string' ? error.message : `HTTP ${status}`;
  const field = typeof error?.field === 'string' ? error.field : undefined;
  return new ApiError(status, code, message, field, Array.isArray(error?.problems) ? (error.problems as Problem[]) : []);
}

/** True when nobody is signed in (any more). */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

/** The words to show for whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const kHelp = {
  invalid_argument: 'mend', unauthenticated: 'sign_in', permission_denied: 'scope', not_found: 'gone', conflict: 'reload', precondition_failed: 'reload',
  failed_precondition: 'first', resource_exhausted: 'wait', unavailable: 'server', deadline_exceeded: 'wait', cancelled: 'again', internal: 'log', corrupt: 'doctor',
} as const;

const kField = /^[\w$.[\]*-]+$/; // A path; words of a message are none.

/** What a person can do about a failure, as a key of the texts `help.*`. */
export function helpOf(error: unknown): (typeof kHelp)[keyof typeof kHelp] | 'correct' {
  if (!(error instanceof ApiError)) return 'again';
  if (error.status === 412) return 'reload';
  if (error.code === 'invalid_argument' && !kField.test(error.field ?? '')) return 'correct';
  return error.code in kHelp ? kHelp[error.code as keyof typeof kHelp] : 'again';
}
