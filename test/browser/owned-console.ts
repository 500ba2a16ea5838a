// A console with its first person, for all tests of a file. A test can add more people.
import { afterAll } from 'vitest';
import type { TestServerOptions } from '../fixture.ts';
import { ConsoleClient, makeOwner, password, tokenInMail } from '../people/console-client.ts';
import { type ConsoleUnderTest, openConsole, type Visitor } from './browser.ts';

export interface OwnedConsole {
  readonly miftah: ConsoleUnderTest;
  /** A client that is signed in as the first person (`ownerEmail`), who is also the operator. */
  readonly owner: ConsoleClient;
  /** The first person's organization. */
  readonly orgId: string;
  /** Adds a person to the organization by invitation, without a browser. The returned client is not signed in. */
  addMember(email: string, as?: { readonly name?: string; readonly role?: string }): Promise<ConsoleClient>;
}

/** Opens the console. Call it at the top of a test file; it closes after the file's last test. */
export async function openOwnedConsole(options?: TestServerOptions): Promise<OwnedConsole> {
  const miftah = await openConsole(options);
  afterAll(() => miftah[Symbol.asyncDispose]());
  const { client: owner, orgId } = await makeOwner(miftah.server);
  return {
    miftah,
    owner,
    orgId,
    async addMember(email, { name = 'Somebody', role = 'viewer' } = {}) {
      await owner.post(`/api/orgs/${orgId}/invitations`, { email, role });
      const token = await tokenInMail(miftah.server, email, 'accept-invitation');
      const client = new ConsoleClient(miftah.server);
      const { status, text } = await client.post('/api/invitations/accept', { token, name, password });
      if (status !== 200) throw new Error(`the acceptance answered ${status}: ${text}`);
      return client;
    },
  };
}

/** Ends the visitor's session on the server, as another device does. */
export async function endSession({ server }: ConsoleUnderTest, { page }: Visitor): Promise<void> {
  const client = new ConsoleClient(server);
  for (const { name, value } of await page.context().cookies()) client.cookies.set(name, value);
  const { status, text } = await client.post('/api/auth/sign-out', {});
  if (status !== 200) throw new Error(`sign-out answered ${status}: ${text}`);
}
