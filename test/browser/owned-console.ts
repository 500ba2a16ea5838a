// A console whose first person is there already, for all tests of a file, and more people where a test wants them.
import { afterAll } from 'vitest';
import { ConsoleClient, makeOwner, password, tokenInMail } from '../people/console-client.ts';
import { type ConsoleUnderTest, openConsole } from './browser.ts';

export interface OwnedConsole {
  readonly miftah: ConsoleUnderTest;
  /** Signed in as the first person (`ownerEmail`), who is the operator too. */
  readonly owner: ConsoleClient;
  /** Their organization. */
  readonly orgId: string;
  /** Somebody who joined the owner's organization by invitation, without a browser. The client is not signed in. */
  addMember(email: string, as?: { readonly name?: string; readonly role?: string }): Promise<ConsoleClient>;
}

/** To be awaited where the file begins; closed after its last test. */
export async function openOwnedConsole(): Promise<OwnedConsole> {
  const miftah = await openConsole();
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
