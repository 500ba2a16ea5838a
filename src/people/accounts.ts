// Passwords, sessions, second factors and passkeys: better-auth, set up for us.

import { availableParallelism } from 'node:os';
import { passkey } from '@better-auth/passkey';
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { APIError } from 'better-auth/api';
import { hashPassword, verifyPassword } from 'better-auth/crypto';
import { bearer } from 'better-auth/plugins/bearer';
import { twoFactor } from 'better-auth/plugins/two-factor';
import type { Clock } from '../domain/clock.ts';
import { oneDayMs } from '../domain/durations.ts';
import { OperationalError } from '../domain/operational-error.ts';
import type { Mailer } from './mail.ts';
import { oneTimeCodes, personHeader } from './one-time-codes.ts';
import { createQueue } from './password-hashing.ts';
import { passwordLength } from './person-input.ts';
import type { RecordPersonal } from './personal-audit.ts';
import type { PeopleStore, Person } from './ports.ts';
import type { SignInLimits } from './sign-in-limits.ts';

/** A person who is signed in. */
export interface Session {
  /** Of the session; not the secret that proves it. */
  readonly id: string;
  readonly person: Person;
  readonly hasTwoFactor: boolean;
  readonly expiresAtMs: number;
}

export interface FoundSession {
  readonly session: Session;
  /** `Set-Cookie` values to answer with: a session in use lives on. */
  readonly setCookies: readonly string[];
}

/**
 * better-auth behind its own HTTP contract. `isSecure` tells whether the browser speaks TLS: then cookies are `Secure` and
 * named `__Host-…`, and only such cookies are read.
 */
export interface Accounts {
  /** Answers a route of better-auth (path `/api/auth/…`). The request's URL and Host are the console's own. */
  handle(request: Request, isSecure: boolean): Promise<Response>;
  /** Of the cookie or the Bearer session token in `headers`. */
  findSession(headers: Headers, isSecure: boolean): Promise<FoundSession | undefined>;
  /** Rejects with `unavailable` when too many wait for theirs. */
  hashPassword(password: string): Promise<string>;
  /** Voids reset links, half-done sign-ins and trusted devices of a person. */
  removeTokens(personId: string): Promise<void>;
}

/** The header that gives `handle` the client address; the code that builds the request sets or removes it. */
export const clientAddressHeader = 'x-miftah-client-address';

/** The header in which `handle` is told the request's id. */
export const requestIdHeader = 'x-miftah-request-id';

export interface AccountParts {
  readonly store: Pick<PeopleStore, 'authDatabase' | 'useOnce' | 'removeTokens' | 'removeSession'>;
  /** Signs cookies and encrypts second factors; at least 32 random characters. */
  readonly secret: string;
  /** Host names under which consoles are served, without port. */
  readonly hosts: readonly string[];
  /** The origin in mails; `undefined`: the one under which a request came. */
  readonly publicUrl: string | undefined;
  readonly mailer: Mailer;
  readonly limits: SignInLimits;
  readonly recordPersonal: RecordPersonal;
  readonly clock: Clock;
  /** Told of what better-auth could not do: no secret is handed over. */
  readonly onFault: (error: unknown) => void;
}

const week = 7 * 86_400;
const day = 86_400;
const hour = 3_600;

/** A session ends this long after its sign-in, used or not (ASVS 7.3.2). */
const sessionLifeMs = 30 * oneDayMs;

/**
 * At most two hashes at a time, and one core stays free for the rest of the process. Waiting ones are done within seconds. When
 * too many wait, a sign-in is refused at once.
 */
const hashQueue = { limit: Math.max(1, Math.min(2, availableParallelism() - 1)), capacity: 100 };

export function createAccounts(parts: AccountParts): Accounts {
  const { store, clock } = parts;
  const hashing = createPasswordHashing();
  const plain = betterAuth(accountOptions(parts, false, hashing));
  const secure = betterAuth(accountOptions(parts, true, hashing));

  /** The session of `headers`; one whose life has ended is removed first. */
  async function readSession(headers: Headers, isSecure: boolean, disableRefresh: boolean) {
    const { api } = isSecure ? secure : plain;
    const found = await api.getSession({ headers, query: { disableRefresh }, returnHeaders: true });
    if (found.response === null) return undefined;
    const { id, createdAt } = found.response.session;
    if (clock.nowMs() < createdAt.getTime() + sessionLifeMs) return { ...found.response, headers: found.headers };
    await store.removeSession(id);
    return undefined;
  }

  return {
    async handle(request, isSecure) {
      // better-auth extends a session on each use. An expired one is removed here, before better-auth can find it.
      const found = await readSession(request.headers, isSecure, true);
      request.headers.delete(personHeader);
      if (found !== undefined) request.headers.set(personHeader, found.user.id);
      return (isSecure ? secure : plain).handler(request);
    },

    async findSession(headers, isSecure) {
      const found = await readSession(headers, isSecure, false);
      if (found === undefined) return undefined;
      const { session, user } = found;
      const { id, name, email, emailVerified, twoFactorEnabled } = user;
      return {
        session: {
          id: session.id,
          person: { id, name, email, emailVerified },
          hasTwoFactor: twoFactorEnabled === true,
          expiresAtMs: Math.min(session.expiresAt.getTime(), session.createdAt.getTime() + sessionLifeMs),
        },
        setCookies: found.headers.getSetCookie(),
      };
    },

    hashPassword: hashing.hash,
    removeTokens: (personId) => store.removeTokens(personId),
  };
}

/** better-auth's hashes, in one queue. */
interface PasswordHashing {
  hash(password: string): Promise<string>;
  verify(data: { readonly hash: string; readonly password: string }): Promise<boolean>;
}

function createPasswordHashing(): PasswordHashing {
  const run = createQueue(hashQueue.limit, hashQueue.capacity);
  return { hash: (password) => run(() => hashPassword(password)), verify: (data) => run(() => verifyPassword(data)) };
}

/** Turns our own error into one that better-auth passes on. It answers any other with a 500. */
async function toApiError<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    throw new APIError('SERVICE_UNAVAILABLE', { code: error.code, message: error.message });
  }
}

/** The options of the instance for plain or for secure connections; the test of the schema reads them too. */
export function accountOptions(parts: AccountParts, isSecure: boolean, hashing = createPasswordHashing()) {
  const { store, secret, hosts, publicUrl, mailer, limits, recordPersonal, clock, onFault } = parts;
  const linkTo = (page: string, token: string, request: Request | undefined): string =>
    `${publicUrl ?? new URL((request as Request).url).origin}/${page}#token=${encodeURIComponent(token)}`;
  const report = (message: string, cause: unknown): void =>
    onFault(cause instanceof Error ? cause : new Error(`sign-in: ${message}`));

  return {
    appName: 'Miftah',
    basePath: '/api/auth',
    // The origin is a request's own, and passkeys belong to its host. A fixed one would be taken from the environment.
    baseURL: { allowedHosts: hosts.flatMap((host) => [host, `${host}:*`]), protocol: isSecure ? 'https' : 'http' },
    secret,
    database: store.authDatabase,
    telemetry: { enabled: false },
    // Limits are ours: better-auth's count by path and address alone.
    rateLimit: { enabled: false },
    logger: { level: 'error', disableColors: true, log: (_level, message, cause) => report(message, cause) },

    user: { modelName: 'auth_user' },
    account: { modelName: 'auth_account', accountLinking: { enabled: false } },
    verification: { modelName: 'auth_verification', storeIdentifier: 'hashed' },
    session: { modelName: 'auth_session', expiresIn: week, updateAge: day, freshAge: day },

    emailAndPassword: {
      enabled: true,
      // Persons come by set-up or by invitation.
      disableSignUp: true,
      minPasswordLength: passwordLength.min,
      maxPasswordLength: passwordLength.max,
      password: {
        hash: (password) => toApiError(hashing.hash(password)),
        verify: (data) => toApiError(hashing.verify(data)),
      },
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: hour,
      async sendResetPassword({ user, token }, request) {
        const link = linkTo('reset-password', token, request);
        await mailer.send({
          to: user.email,
          subject: 'Set a new password',
          text: `To set a new password, open this link within one hour:\n\n${link}\n\nIf you did not request it, ignore this mail.\n`,
        });
      },
      async onPasswordReset({ user }, request) {
        const address = request?.headers.get(clientAddressHeader) ?? null;
        const requestId = request?.headers.get(requestIdHeader) ?? null;
        // Other hands may hold an older mail, which may be the reason for the reset.
        await store.removeTokens(user.id);
        await recordPersonal(user, 'person.password_reset', { via: 'console', address, requestId });
        limits.trust(address ?? undefined, user.email);
      },
    },
    emailVerification: {
      expiresIn: hour,
      async sendVerificationEmail({ user, token }, request) {
        const link = linkTo('verify-email', token, request);
        await mailer.send({
          to: user.email,
          subject: 'Confirm your e-mail address',
          text: `To confirm your e-mail address, open this link within one hour:\n\n${link}\n`,
        });
      },
    },

    plugins: [
      twoFactor({ schema: { twoFactor: { modelName: 'auth_two_factor' } } }),
      passkey({
        rpName: 'Miftah',
        schema: { passkey: { modelName: 'auth_passkey' } },
        // A passkey stands for password and second factor together, so the device must know its user.
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        authentication: {
          async afterVerification({ verification }) {
            if (!verification.authenticationInfo.userVerified) throw new APIError('UNAUTHORIZED');
          },
        },
      }),
      // Without a signature, a token read from the database would do.
      bearer({ requireSignature: true }),
      oneTimeCodes({ store, clock }),
    ],

    advanced: {
      // `__Host-` (RFC 6265bis §4.1.3.2) keeps other hosts of the domain from planting a cookie; better-auth knows `__Secure-` only.
      cookiePrefix: isSecure ? '__Host-miftah' : 'miftah',
      useSecureCookies: false,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure },
      trustedProxyHeaders: false,
      ipAddress: { ipAddressHeaders: [clientAddressHeader], ipv6Subnet: 128 },
      // The tables are made by our migrations, and a test holds them to what better-auth wants.
      database: { validateSchema: false },
    },
  } satisfies BetterAuthOptions;
}
