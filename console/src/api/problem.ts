// What goes wrong when the session API is called: one error class, and its words for people.
import i18next from 'i18next';
import type { components } from './schema.ts';

export type Problem = components['schemas']['Problem'];

/** A call that failed. `code` is the API's, or `network` when no answer came, or `unexpected` when it was none of the API's. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;
  /** JSON path of the field at fault: `addresses[1]`. */
  readonly field: string | undefined;
  readonly problem: Problem | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly requestId: string | undefined;

  constructor(code: string, status: number, response?: Response, problem?: Problem) {
    super(problem?.detail ?? code);
    this.code = code;
    this.status = status;
    this.problem = problem;
    this.field = problem?.field;
    this.retryAfterSeconds = Number(response?.headers.get('retry-after')) || undefined;
    this.requestId = response?.headers.get('x-request-id') ?? undefined;
  }
}

/** The error of a reply whose body is a problem, as far as it is one. */
export function errorOf(response: Response, body: unknown): ApiError {
  const isProblem = typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
  const problem = isProblem ? (body as Problem) : undefined;
  return new ApiError(problem?.code ?? 'unexpected', response.status, response, problem);
}

/** What to tell the reader: our words for the code in their language, else the server's own. */
export function describeError(error: unknown): string {
  const t = i18next.getFixedT(null, 'errors');
  if (!(error instanceof ApiError)) return t('unexpected', { status: 0 });
  const { code, status, problem, retryAfterSeconds } = error;
  if (code === 'network') return t('network');
  if (code === 'too_many_attempts' && retryAfterSeconds !== undefined) {
    return t('codes.too_many_attempts_wait', { count: retryAfterSeconds });
  }
  const key = `codes.${code}`;
  if (i18next.exists(key, { ns: 'errors' })) return (t as (key: string) => string)(key);
  return problem === undefined ? t('unexpected', { status }) : problem.detail;
}

/** What is wrong with each field, for the form that sent them; the server's words, which name the fix. */
export function fieldFaults(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError) || error.problem === undefined) return {};
  const { errors, field, detail } = error.problem;
  const each = errors ?? (field === undefined ? [] : [{ field, detail }]);
  return Object.fromEntries(each.map(({ field: name, detail: text }) => [name, text.replace(`${name}: `, '')]));
}
