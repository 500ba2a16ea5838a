// One-time codes: a verifier must refuse the second use of a code (RFC 6238 §5.2).
import { hash } from 'node:crypto';
import type { BetterAuthPlugin } from 'better-auth';
import { createAuthMiddleware } from 'better-auth/api';
import type { Clock } from '../domain/clock.ts';
import type { PeopleStore } from './ports.ts';

/** better-auth accepts the codes of the previous, the current and the next period: a code is valid for three. */
const validMs = 3 * 30_000;

/** The cookie between password and code, by its name in better-auth's plugin `two-factor`. */
const challengeCookie = 'two_factor';

/** The header with the id of the person who is signed in. `Accounts.handle` sets or removes it on each request. */
export const personHeader = 'x-miftah-person';

export interface OneTimeCodeParts {
  readonly store: Pick<PeopleStore, 'useOnce'>;
  readonly clock: Clock;
}

/**
 * A plugin that refuses a code which its person sent before. It runs before better-auth's own check. The store shares
 * used codes between all nodes, and one of several concurrent uses passes. Wrong codes are stored too. If such a code
 * becomes right within its time, the person needs the next one.
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
            // Without a person, better-auth itself refuses.
            if (personId === undefined) return undefined;
            const nowMs = clock.nowMs();
            const digest = hash('sha256', `totp ${personId} ${code}`, 'hex');
            if (await store.useOnce(digest, nowMs, nowMs + validMs)) return undefined;
            // A reply like that to a wrong code. Not an exception, because better-auth would print it.
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
