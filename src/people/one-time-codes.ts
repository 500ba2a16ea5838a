// A code of an app counts once: RFC 6238 §5.2 has a verifier refuse a second use.
import { hash } from 'node:crypto';
import type { BetterAuthPlugin } from 'better-auth';
import { createAuthMiddleware } from 'better-auth/api';
import type { Clock } from '../domain/clock.ts';
import type { PeopleStore } from './ports.ts';

/** better-auth takes the codes of the last, the current and the next period, so a code is valid for three of them. */
const validMs = 3 * 30_000;

/** The cookie between password and code, as the plugin `two-factor` of better-auth names it. */
const challengeCookie = 'two_factor';

/** The header with the id of the person who is signed in. `Accounts.handle` sets or removes it on each request. */
export const personHeader = 'x-miftah-person';

export interface OneTimeCodeParts {
  readonly store: Pick<PeopleStore, 'useOnce'>;
  readonly clock: Clock;
}

/**
 * A plugin that refuses a code that its person sent before, ahead of better-auth's own check. All nodes share the memory, and of
 * many sent at once one passes. A wrong code is remembered too. Should it become right within that time, the person takes the next one.
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

/** The person who is signed in, or who sent the right password and must now send a code. */
async function findPerson(context: Context): Promise<string | undefined> {
  const signedIn = context.headers?.get(personHeader) ?? null;
  if (signedIn !== null) return signedIn;
  const { name } = context.context.createAuthCookie(challengeCookie);
  const challenge = await context.getSignedCookie(name, context.context.secret);
  if (typeof challenge !== 'string') return undefined;
  const found = await context.context.internalAdapter.findVerificationValue(challenge);
  return found?.value;
}
