// A code of an app counts once: RFC 6238 §5.2 has a verifier refuse a second use.
import { hash } from 'node:crypto';
import type { BetterAuthPlugin } from 'better-auth';
import { createAuthMiddleware } from 'better-auth/api';
import type { Clock } from '../domain/clock.ts';
import type { PeopleStore } from './ports.ts';

/** better-auth takes the code of the period before, of this one and of the next: no code is valid for longer. */
const validMs = 3 * 30_000;

/** The cookie between password and code, as the plugin `two-factor` of better-auth names it. */
const challengeCookie = 'two_factor';

/** The header with the id of the person who is signed in; whoever builds the request sets or removes it. */
export const personHeader = 'x-miftah-person';

export interface OneTimeCodeParts {
  readonly store: Pick<PeopleStore, 'useOnce'>;
  readonly clock: Clock;
}

/**
 * A plugin that refuses, before better-auth checks it, a code that its person sent already. All nodes share the memory, and
 * of many sent at once one passes. A wrong code is remembered as well, which changes nothing: it stays wrong.
 */
export function oneTimeCodes({ store, clock }: OneTimeCodeParts): BetterAuthPlugin {
  return {
    id: 'miftah-one-time-codes',
    hooks: {
      before: [
        {
          matcher: ({ path }) => path === '/two-factor/verify-totp',
          handler: createAuthMiddleware(async (context) => {
            const personId = await findPerson(context);
            const { code } = context.body as { readonly code: string };
            // Without a person better-auth refuses by itself.
            if (personId === undefined) return undefined;
            const nowMs = clock.nowMs();
            const digest = hash('sha256', `totp ${personId} ${code}`, 'hex');
            if (await store.useOnce(digest, nowMs, nowMs + validMs)) return undefined;
            // Answered as a wrong code: better-auth would print what a hook throws.
            return Response.json({ code: 'INVALID_CODE' }, { status: 401 });
          }),
        },
      ],
    },
  };
}

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** Who is signed in, or has sent a right password and owes the code. */
async function findPerson(context: Context): Promise<string | undefined> {
  const signedIn = context.headers?.get(personHeader) ?? null;
  if (signedIn !== null) return signedIn;
  const { name } = context.context.createAuthCookie(challengeCookie);
  const challenge = await context.getSignedCookie(name, context.context.secret);
  if (typeof challenge !== 'string') return undefined;
  const found = await context.context.internalAdapter.findVerificationValue(challenge);
  return found?.value;
}
