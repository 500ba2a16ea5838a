// /api/auth: the routes of better-auth that Miftah offers, each with the schema of its body.
import { z } from '@hono/zod-openapi';
import type { Redactor } from '../../domain/redaction.ts';
import {
  type Accounts,
  clientAddressHeader,
  mailLanguageHeader,
  requestIdHeader,
  type Session,
} from '../../people/accounts.ts';
import type { Letterhead } from '../../people/letter.ts';
import { checkDisplayName, type SecretFinder } from '../../people/person-input.ts';
import type { PersonalAction, RecordPersonal } from '../../people/personal-audit.ts';
import type { SignInLimits } from '../../people/sign-in-limits.ts';
import { describeProblem, type ProblemDetails, problemOfIssues } from '../wire/problem.ts';
import { problemResponse } from './reply.ts';
import type { Visit } from './visit.ts';

/** What the sign-in routes need. */
export interface AuthParts {
  readonly accounts: Accounts;
  readonly limits: SignInLimits;
  readonly recordPersonal: RecordPersonal;
  readonly redactor: Redactor;
  /** Called with the error when a password reset could not be mailed, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

/** A request under `/api/auth/`. */
export interface AuthRequest {
  readonly method: string;
  /** The whole path; it begins with `/api/auth/`. */
  readonly path: string;
  readonly headers: Headers;
  readonly visit: Visit;
  /** For mails that the request causes. */
  readonly letterhead: Letterhead;
  readonly body: unknown;
  /** Whether a script wants a session token. Never true for a page: it needs no token, and could leak it. */
  readonly wantsToken: boolean;
}

interface AuthRoute {
  readonly body?: z.ZodType;
  /** It tries a guessable secret or sends mail, so it is counted by client and by `guardedAccount`. */
  readonly isGuarded?: boolean;
  /** It needs no session and stores a challenge for a while, so it is counted by client. */
  readonly isChallenge?: boolean;
  /** What the audit log records for a success with a session. `strangersAction`: for one without a session. */
  readonly action?: PersonalAction;
  readonly strangersAction?: PersonalAction;
}

const text = z
  .string()
  .max(1_000)
  .refine((value) => value.isWellFormed(), 'must be well-formed Unicode');
const email = z.email('must be an e-mail address such as amal@example.com').max(254);
const code = z.strictObject({ code: text, trustDevice: z.boolean().optional() });
const withPassword = z.strictObject({ password: text });
/** A WebAuthn credential from a browser. better-auth checks its members. */
const credential = z.record(z.string(), z.unknown());
const nothing = z.strictObject({}).optional();

/** The offered routes. All others get 404: sign-up, social accounts, and every future route of better-auth. */
function listRoutes(secrets: SecretFinder): Readonly<Record<string, AuthRoute>> {
  const displayName = z.string().transform((name, context) => {
    try {
      return checkDisplayName(name, 'name', 100, secrets);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message.replace('name: ', '') });
      return z.NEVER;
    }
  });
  return {
    'POST /sign-in/email': {
      body: z.strictObject({ email, password: text, rememberMe: z.boolean().optional() }),
      isGuarded: true,
      action: 'person.signed_in',
      strangersAction: 'person.signed_in',
    },
    'POST /sign-out': { body: nothing },
    'GET /list-sessions': {},
    'POST /revoke-session': { body: z.strictObject({ id: text }) },
    'POST /revoke-other-sessions': { body: nothing },
    'POST /update-user': { body: z.strictObject({ name: displayName }) },
    'POST /change-password': {
      body: z.strictObject({ currentPassword: text, newPassword: text }),
      isGuarded: true,
      action: 'person.password_changed',
    },
    'POST /request-password-reset': { body: z.strictObject({ email }), isGuarded: true },
    'POST /reset-password': { body: z.strictObject({ token: text, newPassword: text }) },
    'POST /send-verification-email': { body: nothing, isGuarded: true },
    'POST /verify-email': { body: z.strictObject({ token: text }) },
    'POST /two-factor/enable': { body: withPassword, isGuarded: true },
    'POST /two-factor/disable': { body: withPassword, isGuarded: true, action: 'person.two_factor_disabled' },
    'POST /two-factor/generate-backup-codes': {
      body: withPassword,
      isGuarded: true,
      action: 'person.backup_codes_renewed',
    },
    'POST /two-factor/verify-totp': {
      body: code,
      isGuarded: true,
      action: 'person.two_factor_enabled',
      strangersAction: 'person.signed_in',
    },
    'POST /two-factor/verify-backup-code': { body: code, isGuarded: true, strangersAction: 'person.signed_in' },
    'GET /passkey/generate-register-options': {},
    'POST /passkey/verify-registration': {
      body: z.strictObject({ response: credential, name: displayName.optional() }),
      action: 'person.passkey_added',
    },
    'GET /passkey/generate-authenticate-options': { isChallenge: true },
    'POST /passkey/verify-authentication': {
      body: z.strictObject({ response: credential }),
      isGuarded: true,
      action: 'person.signed_in',
      strangersAction: 'person.signed_in',
    },
    'GET /passkey/list-user-passkeys': {},
    'POST /passkey/update-passkey': { body: z.strictObject({ id: text, name: displayName }) },
    'POST /passkey/delete-passkey': { body: z.strictObject({ id: text }), action: 'person.passkey_removed' },
  };
}

/** The offered routes, as method and path after `/api/auth`: `POST /sign-in/email`. */
export const authRouteNames: readonly string[] = Object.keys(listRoutes({ holdsSecret: () => true }));

const base = '/api/auth';

/** Creates the handler of requests under `/api/auth/`. Every failure is a problem (RFC 9457). */
export function createAuthRoutes({ accounts, limits, recordPersonal, redactor, onFault }: AuthParts) {
  const routes = listRoutes(redactor);

  /** Passes a request to better-auth. */
  async function ask(
    path: string,
    { headers, visit, letterhead }: AuthRequest,
    body: object | undefined,
  ): Promise<Response> {
    const sent = new Headers(headers);
    if (visit.clientAddress !== undefined) sent.set(clientAddressHeader, visit.clientAddress);
    sent.set(requestIdHeader, visit.requestId);
    sent.set(mailLanguageHeader, letterhead.language);
    if (body !== undefined) sent.set('content-type', 'application/json');
    const init = body === undefined ? { method: 'GET' } : { method: 'POST', body: JSON.stringify(body) };
    return accounts.handle(new Request(`${visit.origin}${base}${path}`, { headers: sent, ...init }), visit.isSecure);
  }

  async function carryOut(
    route: string,
    request: AuthRequest,
    body: Record<string, unknown>,
    found: Session | undefined,
  ): Promise<Response> {
    const path = request.path.slice(base.length);
    switch (route) {
      case 'POST /change-password': {
        // Ends the sessions of anyone who knows the old password, and disables reset links that were mailed earlier.
        const response = await ask(path, request, { ...body, revokeOtherSessions: true });
        if (response.ok && found !== undefined) await accounts.removeTokens(found.person.id);
        return response;
      }
      case 'POST /request-password-reset':
        // Not awaited: the time of the answer must not reveal whether the account exists.
        ask(path, request, body).catch(onFault);
        return Response.json({ status: true });
      case 'POST /send-verification-email':
        if (found === undefined) return problemResponse(notSignedIn);
        return ask(path, request, { email: found.person.email });
      case 'GET /list-sessions': {
        const response = await ask(path, request, undefined);
        if (!response.ok) return response;
        const list = (await response.json()) as readonly StoredSession[];
        const shown = list.map((session) => showSession(session, session.id === found?.id));
        return new Response(JSON.stringify(shown), { headers: response.headers });
      }
      case 'POST /revoke-session': {
        const list = await ask('/list-sessions', { ...request, method: 'GET' }, undefined);
        if (!list.ok) return list;
        const session = ((await list.json()) as readonly StoredSession[]).find(({ id }) => id === body.id);
        if (session === undefined) {
          return problemResponse(describeProblem('not_found', 'No such session: it may have ended.'));
        }
        return ask(path, request, { token: session.token });
      }
      case 'POST /two-factor/enable':
        // Authenticator apps show it beside the code.
        return ask(path, request, { ...body, issuer: request.letterhead.product });
      case 'GET /passkey/generate-register-options': {
        const response = await ask(path, request, undefined);
        if (!response.ok) return response;
        const options = (await response.json()) as { readonly rp: object };
        // Devices show it beside the passkey. Which passkey fits is decided by the host alone.
        const rp = { ...options.rp, name: request.letterhead.product };
        return new Response(JSON.stringify({ ...options, rp }), { headers: response.headers });
      }
      case 'POST /verify-email':
        return ask(`${path}?token=${encodeURIComponent(body.token as string)}`, request, undefined);
      default:
        return ask(path, request, request.method === 'POST' ? body : undefined);
    }
  }

  async function carryOutAudited(
    name: string,
    { action, strangersAction }: AuthRoute,
    request: AuthRequest,
    body: Record<string, unknown>,
    found: Session | undefined,
  ): Promise<Response> {
    const response = await carryOut(name, request, body, found);
    if (!response.ok || (action === undefined && strangersAction === undefined)) return response;
    const { visit, letterhead } = request;
    const before = found?.person;
    // The answer names the person who signed in. A password that awaits its second factor names no one.
    const { user } = (await response.clone().json()) as { user?: { id: string; email: string } };
    const person = user ?? before;
    const done = before === undefined ? strangersAction : action;
    if (person !== undefined && done !== undefined) {
      const { clientAddress = null, requestId } = visit;
      await recordPersonal(person, done, {
        ...{ via: 'console', address: clientAddress, requestId, letterhead },
        ...(!request.wantsToken && { consoleOrigin: visit.origin }),
      });
    }
    return response;
  }

  return async function answer(request: AuthRequest): Promise<Response> {
    const name = `${request.method} ${request.path.slice(base.length)}`;
    const route = Object.hasOwn(routes, name) ? (routes[name] as AuthRoute) : undefined;
    if (route === undefined) return problemResponse(describeProblem('not_found', 'No such route.'));
    const parsed = (route.body ?? z.undefined()).safeParse(request.body);
    if (!parsed.success) return problemResponse(problemOfIssues(parsed.error.issues, redactor));
    const body = (parsed.data ?? {}) as Record<string, unknown>;
    const waitSeconds = route.isChallenge === true ? limits.countChallenge(request.visit.clientAddress) : undefined;
    if (waitSeconds !== undefined) return refuseFor(waitSeconds);
    const found = (await accounts.findSession(request.headers, request.visit.isSecure))?.session;
    if (route.isGuarded !== true) return finish(await carryOutAudited(name, route, request, body, found), request);

    const attempt = limits.begin(request.visit.clientAddress, guardedAccount(name, body, found));
    if (typeof attempt === 'number') return refuseFor(attempt);
    const response = await carryOutAudited(name, route, request, body, found);
    if (response.ok && !sendsMail(name)) attempt.succeeded();
    return finish(response, request);
  };
}

/** A session as better-auth lists it. Anyone with the token has the session, so Miftah never shows the token. */
interface StoredSession {
  readonly id: string;
  readonly token: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly expiresAt: string;
  readonly ipAddress?: string | null;
  readonly userAgent?: string | null;
}

function showSession({ id, createdAt, updatedAt, expiresAt, ipAddress, userAgent }: StoredSession, isCurrent: boolean) {
  const address = ipAddress === '' ? null : (ipAddress ?? null);
  return { id, isCurrent, createdAt, updatedAt, expiresAt, address, userAgent: userAgent ?? null };
}

/** A request for a mail counts even if it succeeds; else anyone could fill another person's inbox. */
function sendsMail(name: string): boolean {
  return name === 'POST /request-password-reset' || name === 'POST /send-verification-email';
}

/**
 * The account whose attempts count: the e-mail address in the body, else that of the session. So a stolen session can't
 * guess the password without limit.
 */
function guardedAccount(name: string, body: Record<string, unknown>, found: Session | undefined): string | undefined {
  const email = typeof body.email === 'string' ? body.email : found?.person.email;
  if (email === undefined) return undefined;
  const account = email.toLowerCase();
  return sendsMail(name) ? `mail ${account}` : account;
}

const tooManyAttempts = describeProblem(
  'too_many_attempts',
  'Wait for the seconds in Retry-After. To sign in now, use a passkey or reset your password.',
);

function refuseFor(seconds: number): Response {
  return problemResponse(tooManyAttempts, { 'Retry-After': String(seconds) });
}

const notSignedIn = describeProblem('not_signed_in', 'Sign in, or send a session token as Authorization: Bearer.');

/** Converts an answer of better-auth: errors become problems, and a token stays only if the request wants one. */
async function finish(response: Response, { wantsToken }: AuthRequest): Promise<Response> {
  const headers = new Headers();
  const token = response.ok && wantsToken ? response.headers.get('set-auth-token') : null;
  for (const cookie of response.headers.getSetCookie()) {
    // A session has a cookie or a token, never both.
    if (token === null || !cookie.includes('session_token=')) headers.append('set-cookie', cookie);
  }
  if (response.ok) {
    if (token !== null) headers.set('set-auth-token', token);
    headers.set('content-type', 'application/json');
    return new Response(JSON.stringify(withoutToken(await response.json())), { headers });
  }
  if (response.headers.get('content-type') === 'application/problem+json') return response;
  const { code: reason = '', message = '' } = ((await response.json().catch(() => ({}))) ?? {}) as Record<
    string,
    string
  >;
  const answer = problemResponse(describeFailure(response.status, reason, message));
  for (const cookie of headers.getSetCookie()) answer.headers.append('set-cookie', cookie);
  return answer;
}

/** Removes the session token that better-auth repeats in bodies, where pages could read it. */
function withoutToken(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return answer;
  return Object.fromEntries(Object.entries(answer).filter(([name]) => name !== 'token' && name !== 'session'));
}

const guessedWrong = new Set([
  ...['INVALID_EMAIL_OR_PASSWORD', 'INVALID_EMAIL', 'INVALID_PASSWORD', 'INVALID_CODE', 'INVALID_BACKUP_CODE'],
  ...['PASSKEY_NOT_FOUND', 'AUTHENTICATION_FAILED'],
]);

const tokenWrong = new Set(['INVALID_TOKEN', 'TOKEN_EXPIRED', 'USER_NOT_FOUND']);

function describeFailure(status: number, reason: string, message: string): ProblemDetails {
  if (guessedWrong.has(reason)) {
    return describeProblem('credentials_wrong', 'The e-mail address, password, code or passkey is wrong.');
  }
  if (tokenWrong.has(reason)) {
    return describeProblem('invalid_input', 'token: is wrong, expired or already used: request a new mail', 'token');
  }
  if (reason === 'SESSION_NOT_FRESH') {
    return describeProblem('session_not_fresh', 'Sign in again: this requires a sign-in within the last 24 hours.');
  }
  if (reason === 'INVALID_TWO_FACTOR_COOKIE') {
    return describeProblem('not_signed_in', 'Sign in with your password first, then send the code within 10 minutes.');
  }
  // better-auth has this one code for every browser answer that it does not accept, such as one for another origin.
  if (reason === 'FAILED_TO_VERIFY_REGISTRATION') {
    return describeProblem('invalid_input', 'response: is not a new passkey of this site: start again', 'response');
  }
  switch (status) {
    case 400:
      return describeProblem('invalid_input', `${message || 'The input is not valid'}.`);
    case 401:
      return notSignedIn;
    case 403:
      return describeProblem('not_permitted', `${message || 'You are not allowed to do this'}.`);
    case 404:
      return describeProblem('not_found', 'Nothing has this id.');
    case 409:
      return describeProblem('conflict', 'Another request changed the same record at the same time: try again.');
    case 429:
      return tooManyAttempts;
    case 503:
      return describeProblem('unavailable', message);
    default:
      return describeProblem('internal_error', 'This is a defect. The server log has the details.');
  }
}
