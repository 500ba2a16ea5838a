// Permissions at the moment of the change, on each driver: a permission that ends while a change waits for the writer
// no longer counts.
import type { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { profiles } from '../../src/config/bundled-profiles.ts';
import type { MemberActor, OperatorActor, Origin } from '../../src/domain/actor.ts';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import type { ProtectedApi } from '../../src/domain/protected-api.ts';
import { createRedactor } from '../../src/domain/redaction.ts';
import type { Role } from '../../src/domain/role.ts';
import { createImportKeys } from '../../src/management/import/import-keys.ts';
import type { KeyCommands } from '../../src/management/keys/commands.ts';
import { createKeyCommands } from '../../src/management/keys.ts';
import { createOrganizationCommands, type OrganizationCommands } from '../../src/management/organizations.ts';
import { libraryOperator } from '../../src/management/rights.ts';
import { createTokenCommands, type TokenCommands } from '../../src/management/tokens.ts';
import { createMemberCommands, type MemberCommands } from '../../src/people/members.ts';
import type { PeopleStore, Person } from '../../src/people/ports.ts';
import type { Database } from '../../src/storage/schema.ts';
import type { PeopleBed } from './people-contract.ts';
import { createOrg, now } from './storage-fixtures.ts';

const origin: Origin = { via: 'console', address: null, requestId: null };
const { id: apiId, source, secret, policy } = profiles.panel;
const imported = { algorithm: 'sha256', prefix: 'old_', minLength: 20, maxLength: 40 } as const;
const apis = new Map<string, ProtectedApi>([[apiId, { id: apiId, source, secret, policy, imported }]]);

/** Number of changes requested before the permission ends, and again after. */
const half = 40;

/** Lets as many invitations race as keys. Limits of mail are not tested here. */
function withoutMailLimits(store: PeopleStore): PeopleStore {
  return {
    ...store,
    transaction: (work) =>
      store.transaction((operations) => work({ ...operations, listInvitationTimes: async () => [] })),
  };
}

export function describeStanding(name: string, open: () => Promise<PeopleBed>): void {
  describe(`permissions at the moment of the change on ${name}`, () => {
    let bed: PeopleBed;
    let clock: ManualClock;
    let keys: KeyCommands;
    let organizations: OrganizationCommands;
    let tokens: TokenCommands;
    let members: MemberCommands;
    /** The token of the newest invitation to an address. */
    let mailed: Map<string, string>;
    let org: string;
    let owner: MemberActor;
    let admin: MemberActor;
    let lastPerson = 0;

    beforeEach(async () => {
      bed = await open();
      clock = createManualClock(now);
      mailed = new Map();
      const coherence = { hold: async () => undefined };
      const revocations = { append: async () => undefined };
      const parts = { store: bed.storage.management, apis, coherence, clock, revocations };
      keys = createKeyCommands(parts);
      organizations = createOrganizationCommands(parts);
      tokens = createTokenCommands(parts);
      members = createMemberCommands({
        store: withoutMailLimits(bed.storage.people),
        mailer: {
          async send({ to, text }) {
            mailed.set(to, /token=(\S+)/.exec(text)?.[1] as string);
          },
        },
        sendsMail: true,
        hashPassword: async () => 'hash',
        clock,
        onFault: () => undefined,
        redactor: createRedactor([]),
      });
      org = await createOrg(bed.storage);
      owner = await join('owner');
      admin = await join('admin');
    });
    afterEach(() => bed.dispose());

    const db = () => (bed.storage.people.authDatabase as unknown as { db: Kysely<Database> }).db;

    async function makePerson(): Promise<{ person: Person; sessionId: string }> {
      lastPerson += 1;
      const [id, email] = [`per_s${lastPerson}`, `s${lastPerson}@example.com`];
      const person = { id, name: 'A', email, emailVerified: true };
      await bed.storage.people.createPerson(person, 'hash', now);
      const sessionId = `session_${lastPerson}`;
      const [createdAt, expiresAt] = [now, now + 3_600_000].map((ms) => new Date(ms).toISOString()) as [string, string];
      const session = { id: sessionId, token: sessionId, userId: id, createdAt, updatedAt: createdAt, expiresAt };
      await db().insertInto('auth_session').values(session).execute();
      return { person, sessionId };
    }

    async function join(role: Role): Promise<MemberActor> {
      const { person, sessionId } = await makePerson();
      await bed.storage.people.addMember(org, person.id, role, now);
      return { kind: 'member', personId: person.id, label: person.email, sessionId, orgId: org, role, ...origin };
    }

    async function makeOperator(): Promise<OperatorActor> {
      const { person, sessionId } = await makePerson();
      await bed.storage.people.makeOperator(person.id, now);
      return { kind: 'operator', personId: person.id, label: person.email, sessionId, ...origin };
    }

    const signOut = ({ sessionId }: { readonly sessionId?: string | null | undefined }) =>
      db().deleteFrom('auth_session').where('id', '=', String(sessionId)).execute();

    const createKey = (actor: MemberActor | OperatorActor = admin) =>
      keys.createKey(actor, { apiId, orgId: org, name: 'k' }).then(({ key }) => key);

    async function count(action: string): Promise<number> {
      return (await bed.storage.audit.readAudit(0, 10_000)).filter((entry) => entry.action === action).length;
    }

    /**
     * Requests changes, ends the permission while they wait, and requests as many again. Each change has an entry in
     * the audit log, which follows the order of commits. After the entry that ends the permission, no change may
     * follow.
     */
    async function race(
      action: string,
      change: (n: number) => Promise<unknown>,
      takeAway: () => Promise<unknown>,
      changes = half,
    ): Promise<unknown[]> {
      const earlier = await count(action);
      const ask = (from: number) =>
        Array.from({ length: changes }, (_, n) =>
          change(from + n).then(
            () => 'done',
            (error: { code?: unknown }) => error.code,
          ),
        );
      const first = ask(0);
      const gone = takeAway().then(() => count(action));
      const outcomes = await Promise.all([...first, ...ask(changes)]);
      const done = outcomes.filter((outcome) => outcome === 'done').length;
      expect(await count(action)).toBe(earlier + done);
      expect(await gone).toBe(earlier + done);
      expect(done).toBeLessThan(2 * changes);
      return [...new Set(outcomes.filter((outcome) => outcome !== 'done'))];
    }

    test('an admin creates no key after their removal has returned', async () => {
      const remove = () => members.removeMember(owner, org, admin.personId);
      expect(await race('key.created', () => createKey(), remove, 150)).toEqual(['not_found']);
      const log = (await bed.storage.audit.readAudit(0, 10_000)).map(({ action }) => action);
      expect(log.at(-1)).toBe('member.removed');
    });

    test('a former admin who is now a developer creates keys and invites no one', async () => {
      const invite = (n: number) =>
        members.invite(admin, org, { email: `i${n}@example.com`, role: 'viewer' }, { url: 'http://localhost' });
      const lower = () => members.changeRole(owner, org, admin.personId, 'developer');
      expect(await race('invitation.created', invite, lower)).toEqual(['not_permitted']);
      // The role of the request is still `admin`; that of the change is not.
      expect((await createKey()).name).toBe('k');
      await members.changeRole(owner, org, admin.personId, 'viewer');
      await expect(createKey()).rejects.toMatchObject({ code: 'not_permitted' });
      await expect(organizations.updateOrganization(admin, org, { name: 'Mine' })).rejects.toMatchObject({
        code: 'not_permitted',
      });
    });

    test('a removed admin changes no role, removes no one and cancels no invitation', async () => {
      const other = await join('viewer');
      const invite = (n: number) =>
        members.invite(owner, org, { email: `w${n}@example.com`, role: 'viewer' }, { url: 'http://localhost' });
      const open = await Promise.all(Array.from({ length: 2 * half }, (_, n) => invite(n)));
      const withdraw = (n: number) => members.revokeInvitation(admin, org, open[n]?.id as string);
      const remove = () => members.removeMember(owner, org, admin.personId);
      expect(await race('invitation.revoked', withdraw, remove)).toEqual(['not_found']);
      const denied = [
        () => members.changeRole(admin, org, other.personId, 'developer'),
        () => members.removeMember(admin, org, other.personId),
        () => members.removeMember(admin, org, admin.personId),
      ];
      for (const each of denied) await expect(each()).rejects.toMatchObject({ code: 'not_found' });
      expect((await bed.storage.people.findMember(org, other.personId))?.role).toBe('viewer');
    });

    test('a revoked token creates and imports nothing, and rotates no key', async () => {
      const bounds = { may: 'admin', apis: 'all', org: undefined, isReadOnly: false } as const;
      const { token } = await tokens.createToken(libraryOperator, { name: 'CI', may: 'admin' });
      const grant = { kind: 'token', id: token.id, name: token.name, ...bounds } as const;
      const holder: OperatorActor = { kind: 'operator', token: grant, ...origin };
      const revoke = () => tokens.revokeToken(libraryOperator, token.id);
      expect(await race('key.created', () => createKey(holder), revoke, 150)).toEqual(['unauthenticated']);
      const made = await createKey(owner);
      const ended = { code: 'unauthenticated' };
      await expect(keys.rotateKey(holder, made.id)).rejects.toMatchObject(ended);
      await expect(organizations.suspendOrganization(holder, org)).rejects.toMatchObject(ended);
      await expect(members.addMember(holder, org, 'a@example.com', 'viewer')).rejects.toMatchObject(ended);
      const runImport = createImportKeys({
        store: bed.storage.imports,
        apis,
        clock,
        coherence: { hold: async () => undefined },
      });
      await expect(runImport(holder, { apiId, rows: [] })).rejects.toMatchObject(ended);
    });

    test('a person who signed out revokes, renames and joins nothing', async () => {
      const made = await Promise.all(Array.from({ length: 2 * half }, () => createKey(owner)));
      const revoke = (n: number) => keys.revokeKey(admin, made[n]?.id as string);
      expect(await race('key.revoked', revoke, () => signOut(admin))).toEqual(['not_signed_in']);
      await expect(organizations.updateOrganization(admin, org, { name: 'Mine' })).rejects.toMatchObject({
        code: 'not_signed_in',
      });

      const { person, sessionId } = await makePerson();
      await members.invite(owner, org, { email: person.email, role: 'viewer' }, { url: 'http://localhost' });
      await signOut({ sessionId });
      const token = mailed.get(person.email) as string;
      const accepting = members.acceptInvitation(origin, { token, person, sessionId });
      await expect(accepting).rejects.toMatchObject({ code: 'not_signed_in' });
      expect(await bed.storage.people.findMember(org, person.id)).toBeUndefined();
    });

    /**
     * A new person accepts an invitation of `sender` after `meanwhile`. Returns their role then, or the code of the
     * error.
     */
    async function acceptAfter(
      sender: MemberActor | OperatorActor,
      role: Role,
      meanwhile: () => Promise<unknown> = async () => undefined,
    ): Promise<unknown> {
      const email = `guest${mailed.size}@example.com`;
      await members.invite(sender, org, { email, role }, { url: 'http://localhost' });
      await meanwhile();
      return accept(email).catch((error: { code?: unknown }) => error.code);
    }

    async function accept(email: string): Promise<Role> {
      const token = mailed.get(email) as string;
      const newcomer = { person: undefined, sessionId: undefined, name: 'Guest', password: 'correct horse battery' };
      return (await members.acceptInvitation(origin, { token, ...newcomer })).membership.role;
    }

    const takeOperator = ({ personId }: OperatorActor) =>
      db().deleteFrom('operators').where('person_id', '=', String(personId)).execute();

    const setRole = ({ personId }: MemberActor, role: Role) => members.changeRole(owner, org, personId, role);

    test('an invitation is valid while its sender could still send it', async () => {
      const other = await join('owner');
      expect(await acceptAfter(admin, 'admin')).toBe('admin');
      expect(await acceptAfter(other, 'owner')).toBe('owner');
      expect(await acceptAfter(admin, 'viewer', () => signOut(admin))).toBe('viewer');
      const promoted = await join('admin');
      expect(await acceptAfter(promoted, 'admin', () => setRole(promoted, 'owner'))).toBe('admin');
      // An owner who became an admin may still invite admins, but not owners.
      expect(await acceptAfter(other, 'admin', () => setRole(other, 'admin'))).toBe('admin');
    });

    test.each<[string, Role, Role, (sender: MemberActor) => Promise<unknown>]>([
      ['was removed', 'admin', 'admin', ({ personId }) => members.removeMember(owner, org, personId)],
      ['was removed as an owner', 'owner', 'owner', ({ personId }) => members.removeMember(owner, org, personId)],
      ['left', 'admin', 'viewer', (sender) => members.removeMember(sender, org, sender.personId)],
      ['is a developer now', 'admin', 'admin', (sender) => setRole(sender, 'developer')],
      ['is a developer now and gave that role', 'admin', 'developer', (sender) => setRole(sender, 'developer')],
      ['is a viewer now', 'owner', 'viewer', (sender) => setRole(sender, 'viewer')],
      ['is an admin now and gave owner', 'owner', 'owner', (sender) => setRole(sender, 'admin')],
    ])('an invitation is invalid when its sender %s', async (_name, own, given, takeAway) => {
      const sender = await join(own);
      const before = await bed.storage.people.listMembers(org);
      expect(await acceptAfter(sender, given, () => takeAway(sender))).toBe('invitation_invalid');
      expect((await bed.storage.people.listMembers(org)).length).toBeLessThanOrEqual(before.length);
      expect(await bed.storage.people.findPersonByEmail('guest0@example.com')).toBeUndefined();
    });

    test('an invitation is invalid while its sender is in another organization only', async () => {
      const sender = await join('admin');
      expect(
        await acceptAfter(sender, 'viewer', async () => {
          await members.removeMember(owner, org, sender.personId);
          await bed.storage.people.addMember(await createOrg(bed.storage), sender.personId, 'owner', now);
        }),
      ).toBe('invitation_invalid');
      await bed.storage.people.addMember(org, sender.personId, 'admin', now);
      expect(await accept('guest0@example.com')).toBe('viewer');
    });

    test('an operator’s invitation is valid while they are one, and the operator token’s always', async () => {
      const operator = await makeOperator();
      expect(await acceptAfter(operator, 'owner')).toBe('owner');
      expect(await acceptAfter(operator, 'viewer', () => takeOperator(operator))).toBe('invitation_invalid');
      expect(await acceptAfter(libraryOperator, 'owner')).toBe('owner');
    });

    test('the sender is known until the invitation expires, even if a node’s clock is ahead', async () => {
      const weekMs = 7 * 86_400_000;
      const late = async () => {
        await members.removeMember(owner, org, admin.personId);
        clock.advance(weekMs - 1);
        await bed.storage.people.removeExpired(clock.nowMs() + 3_600_000);
      };
      expect(await acceptAfter(admin, 'viewer', late)).toBe('invitation_invalid');
    });

    test('an invitation without a recorded sender is valid', async () => {
      const forget = async () => {
        await db().deleteFrom('sent_invitations').execute();
        await members.removeMember(owner, org, admin.personId);
      };
      expect(await acceptAfter(admin, 'viewer', forget)).toBe('viewer');
    });

    test('no invitation of an admin is accepted after their removal has returned', async () => {
      const email = (n: number) => `r${n}@example.com`;
      for (let n = 0; n < 2 * half; n++)
        await members.invite(admin, org, { email: email(n), role: 'viewer' }, { url: 'http://localhost' });
      const remove = () => members.removeMember(owner, org, admin.personId);
      expect(await race('member.added', (n) => accept(email(n)), remove)).toEqual(['invitation_invalid']);
    });

    test('an expired session, or another person’s, gives no permissions', async () => {
      const other = await join('admin');
      await expect(createKey({ ...admin, sessionId: other.sessionId })).rejects.toMatchObject({
        code: 'not_signed_in',
      });
      // As a caller without types may omit it.
      await expect(createKey({ ...admin, sessionId: undefined as never })).rejects.toMatchObject({
        code: 'not_signed_in',
      });
      clock.advance(3_599_999);
      const { createdAtMs } = await createKey();
      expect(createdAtMs).toBe(now + 3_599_999);
      clock.advance(1);
      await expect(createKey()).rejects.toMatchObject({ code: 'not_signed_in' });
    });

    test('a former operator creates, suspends, transfers and imports nothing', async () => {
      const operator = await makeOperator();
      const key = await createKey(owner);
      const takeAway = () => takeOperator(operator);
      const make = () => organizations.createOrganization(operator, { name: 'New' });
      expect(await race('org.created', make, takeAway)).toEqual(['not_found']);
      const importKeys = createImportKeys({
        store: bed.storage.imports,
        apis,
        coherence: { hold: async () => undefined },
        clock,
      });
      const row = { org, name: 'old', digest: 'a'.repeat(64) };
      const denied = [
        () => organizations.suspendOrganization(operator, org),
        async () => keys.transferKey(operator, key.id, await createOrg(bed.storage)),
        () => keys.revokeKey(operator, key.id),
        () => members.addMember(operator, org, owner.label, 'owner'),
        () => importKeys(operator, { apiId, rows: [row] }),
      ];
      for (const each of denied) await expect(each()).rejects.toMatchObject({ code: 'not_found' });
    });

    test('a key creates no keys after its organization is suspended', async () => {
      const parent = await createKey(owner);
      const { id: keyId, orgId, environment } = parent;
      const actor = { kind: 'key', keyId, label: 'k', apiId, orgId, environment, ...origin } as const;
      const make = () => keys.createKey(actor, { apiId, orgId, name: 'child' });
      const suspend = () => organizations.suspendOrganization(libraryOperator, org);
      expect(await race('key.created', make, suspend)).toEqual(['org_not_active']);
      await expect(keys.revokeKey(actor, keyId)).rejects.toMatchObject({ code: 'org_not_active' });
    });

    test('ending a permission waits for a change that has read it', async () => {
      const order: string[] = [];
      const { promise: read, resolve: markRead } = Promise.withResolvers<void>();
      const change = bed.storage.management.transaction(async (operations) => {
        const { personId, sessionId } = admin;
        expect(await operations.findStanding({ personId, sessionId, orgId: org }, now)).toEqual({
          isSignedIn: true,
          isOperator: false,
          role: 'admin',
        });
        markRead();
        // Whatever runs meanwhile has time for several statements.
        for (let n = 0; n < 20; n++) await operations.findOrganization(org);
        order.push('changed');
      });
      await read;
      const ended = [
        signOut(admin).then(() => order.push('signed out')),
        members.removeMember(owner, org, admin.personId).then(() => order.push('removed')),
      ];
      await Promise.all([change, ...ended]);
      expect(order[0]).toBe('changed');
      expect(order).toHaveLength(3);
    });
  });
}
