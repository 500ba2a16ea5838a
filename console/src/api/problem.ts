// The failures of the session API: one error class, and its words for people.
import i18next from 'i18next';
import type { components } from './schema.ts';

export type Problem = components['schemas']['Problem'];

/**
 * A call that failed. `code` is the API's, `network` when no answer came, or `unexpected` when the answer is no
 * problem.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;
  /** JSON path of the wrong field: `addresses[1]`. */
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

/** Makes the error of a reply. The body may be a problem. */
export function errorOf(response: Response, body: unknown): ApiError {
  const isProblem = typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
  const problem = isProblem ? (body as Problem) : undefined;
  return new ApiError(problem?.code ?? 'unexpected', response.status, response, problem);
}

/** Explains an error in the reader's language. Where we have no words for the code, the server's are shown. */
export function describeError(error: unknown): string {
  const t = i18next.getFixedT(null, 'errors');
  if (!(error instanceof ApiError)) return t('unexpected', { status: 0 });
  const { code, status, problem, retryAfterSeconds } = error;
  if (code === 'network') return t('network');
  if (code === 'too_many_attempts' && retryAfterSeconds !== undefined) {
    return t('codes.too_many_attempts_wait', { count: retryAfterSeconds });
  }
  if (code === 'last_owner' && problem?.organizations !== undefined) {
    const names = problem.organizations.map(({ name }) => name);
    return t('noOwner', { organizations: new Intl.ListFormat(i18next.language).format(names) });
  }
  const key = `codes.${code}`;
  if (i18next.exists(key, { ns: 'errors' })) return (t as (key: string) => string)(key);
  return problem === undefined ? t('unexpected', { status }) : problem.detail;
}

/** Returns the server's text for each wrong field, by field name. The text names the fix. */
export function fieldFaults(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError) || error.problem === undefined) return {};
  const { errors, field, detail } = error.problem;
  const each = errors ?? (field === undefined ? [] : [{ field, detail }]);
  return Object.fromEntries(each.map(({ field: name, detail: text }) => [name, text.replace(`${name}: `, '')]));
}
