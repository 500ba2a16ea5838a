// Passwords, sessions, second factors and passkeys: the set-up of better-auth.

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
import { composeMail, type Letterhead, type MailLanguage } from './letter.ts';
import { letters } from './letters.ts';
import type { Mailer } from './mail.ts';
import { oneTimeCodes, personHeader } from './one-time-codes.ts';
import { createQueue } from './password-hashing.ts';
import { passwordLength } from './person-input.ts';
import type { RecordPersonal } from './personal-audit.ts';
import type { PeopleStore, Person } from './ports.ts';
import type { SignInLimits } from './sign-in-limits.ts';

/** A person who is signed in. */
export interface Session {
  /** The id of the session, not its secret token. */
  readonly id: string;
  readonly person: Person;
  readonly hasTwoFactor: boolean;
  readonly signedInAtMs: number;
  readonly expiresAtMs: number;
}

/** A session, and the cookies that extend it. */
export interface FoundSession {
  readonly session: Session;
  /** `Set-Cookie` values for the reply, because each use extends the session. */
  readonly setCookies: readonly string[];
}

/**
 * better-auth behind its own HTTP contract. `isSecure`: the browser uses TLS. Cookies are then `Secure` and named
 * `__Host-…`, and only such cookies are read.
 */
export interface Accounts {
  /** Answers a route of better-auth (path `/api/auth/…`). The request's URL and Host must be the console's. */
  handle(request: Request, isSecure: boolean): Promise<Response>;
  /** The session of the cookie or the Bearer token in `headers`. `undefined`: no live session. */
  findSession(headers: Headers, isSecure: boolean): Promise<FoundSession | undefined>;
  /** Rejects with `unavailable` when too many hashes wait. */
  hashPassword(password: string): Promise<string>;
  /** Invalidates reset links, incomplete sign-ins and trusted devices of a person. */
  removeTokens(personId: string): Promise<void>;
}

/** The header with the client address for `handle`. The code that builds the request must set or remove it. */
export const clientAddressHeader = 'x-miftah-client-address';

/** The header with the language of mails for `handle`: `en` or `ar`. */
export const mailLanguageHeader = 'x-miftah-mail-language';

/** The header with the request's id for `handle`. */
export const requestIdHeader = 'x-miftah-request-id';

export interface AccountParts {
  readonly store: Pick<PeopleStore, 'authDatabase' | 'useOnce' | 'removeTokens' | 'removeSession'>;
  /** Signs cookies and encrypts second factors. At least 32 random characters. */
  readonly secret: string;
  /** Host names of the consoles, without port. */
  readonly hosts: readonly string[];
  /** How mails of the console on a host present themselves. */
  readonly letterheadOn: (host: string, language: MailLanguage) => Letterhead;
  readonly mailer: Mailer;
  readonly limits: SignInLimits;
  readonly recordPersonal: RecordPersonal;
  readonly clock: Clock;
  /** Called with errors of better-auth, for the log. They contain no secret. */
  readonly onFault: (error: unknown) => void;
}

/** In seconds, as better-auth takes them. */
const week = 7 * 86_400;
const day = 86_400;
const hour = 3_600;

/** A session ends this long after its sign-in, even if it is in use (ASVS 7.3.2). */
const sessionLifeMs = 30 * oneDayMs;

/**
 * At most two hashes at a time. With two cores or more, one stays free for the rest of the process. A full queue takes
 * seconds. When it is full, a sign-in is refused at once.
 */
const hashQueue = { limit: Math.max(1, Math.min(2, availableParallelism() - 1)), capacity: 100 };

/** Creates two instances of better-auth, for plain and for secure connections, with one queue of hashes. */
export function createAccounts(parts: AccountParts): Accounts {
  const { store, clock } = parts;
  const hashing = createPasswordHashing();
  const plain = betterAuth(accountOptions(parts, false, hashing));
  const secure = betterAuth(accountOptions(parts, true, hashing));

  /** The session of `headers`. A session past its longest life is removed, and counts as none. */
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
          signedInAtMs: session.createdAt.getTime(),
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

/** The options of one instance. The test of the database schema reads them too. */
export function accountOptions(parts: AccountParts, isSecure: boolean, hashing = createPasswordHashing()) {
  const { store, secret, hosts, letterheadOn, mailer, limits, recordPersonal, clock, onFault } = parts;
  // The request has the console's origin, which the links lead back to.
  const linkTo = (page: string, token: string, request: Request | undefined): string =>
    `${new URL((request as Request).url).origin}/${page}#token=${encodeURIComponent(token)}`;
  const letterheadOf = (request: Request | undefined): Letterhead => {
    const { url, headers } = request as Request;
    const language = headers.get(mailLanguageHeader) === 'ar' ? 'ar' : 'en';
    return letterheadOn(new URL(url).hostname, language);
  };
  const report = (message: string, cause: unknown): void =>
    onFault(cause instanceof Error ? cause : new Error(`sign-in: ${message}`));

  return {
    appName: 'Miftah',
    basePath: '/api/auth',
    // Each request has its own origin, and its passkeys belong to its host. Without this, better-auth reads a fixed
    // origin from the environment.
    baseURL: { allowedHosts: hosts.flatMap((host) => [host, `${host}:*`]), protocol: isSecure ? 'https' : 'http' },
    secret,
    database: store.authDatabase as NonNullable<BetterAuthOptions['database']>,
    telemetry: { enabled: false },
    // `SignInLimits` counts by account too. better-auth counts only by path and address.
    rateLimit: { enabled: false },
    logger: { level: 'error', disableColors: true, log: (_level, message, cause) => report(message, cause) },

    user: { modelName: 'auth_user' },
    account: { modelName: 'auth_account', accountLinking: { enabled: false } },
    verification: { modelName: 'auth_verification', storeIdentifier: 'hashed' },
    session: { modelName: 'auth_session', expiresIn: week, updateAge: day, freshAge: day },

    emailAndPassword: {
      enabled: true,
      // Accounts are created only by set-up and by invitation.
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
        const letterhead = letterheadOf(request);
        await mailer.send(composeMail(user.email, letterhead, letters[letterhead.language].passwordReset(link)));
      },
      async onPasswordReset({ user }, request) {
        const address = request?.headers.get(clientAddressHeader) ?? null;
        const requestId = request?.headers.get(requestIdHeader) ?? null;
        // Someone else may have an older mail. That may be the reason for the reset.
        await store.removeTokens(user.id);
        const letterhead = letterheadOf(request);
        await recordPersonal(user, 'person.password_reset', { via: 'console', address, requestId, letterhead });
        limits.trust(address ?? undefined, user.email);
      },
    },
    emailVerification: {
      expiresIn: hour,
      async sendVerificationEmail({ user, token }, request) {
        const link = linkTo('verify-email', token, request);
        const letterhead = letterheadOf(request);
        await mailer.send(composeMail(user.email, letterhead, letters[letterhead.language].emailVerification(link)));
      },
    },

    plugins: [
      twoFactor({ schema: { twoFactor: { modelName: 'auth_two_factor' } } }),
      passkey({
        rpName: 'Miftah',
        schema: { passkey: { modelName: 'auth_passkey' } },
        // A passkey replaces password and second factor, so the device must verify its user.
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        authentication: {
          async afterVerification({ verification }) {
            if (!verification.authenticationInfo.userVerified) throw new APIError('UNAUTHORIZED');
          },
        },
      }),
      // Without a signature, a token from the database would be enough to sign in.
      bearer({ requireSignature: true }),
      oneTimeCodes({ store, clock }),
    ],

    advanced: {
      // `__Host-` (RFC 6265bis §4.1.3.2) prevents other hosts of the domain from setting the cookie. better-auth itself
      // only offers `__Secure-`.
      cookiePrefix: isSecure ? '__Host-miftah' : 'miftah',
      useSecureCookies: false,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure },
      trustedProxyHeaders: false,
      ipAddress: { ipAddressHeaders: [clientAddressHeader], ipv6Subnet: 128 },
      // Our migrations create the tables, and a test compares them with better-auth's schema.
      database: { validateSchema: false },
    },
  } satisfies BetterAuthOptions;
}
