// The people contract of every storage driver, with the separation of tenants.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../src/domain/audit-record.ts';
import type { Role } from '../../src/domain/role.ts';
import type { Invitation, Person } from '../../src/people/ports.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { createOrg, now } from './storage-fixtures.ts';

export interface PeopleBed {
  readonly storage: Storage;
  dispose(): Promise<void>;
}

let lastId = 0;

function newPerson(fields: Partial<Person> = {}): Person {
  lastId += 1;
  return { id: `per_${lastId}`, name: 'A', email: `p${lastId}@example.com`, emailVerified: false, ...fields };
}

function newInvitation(orgId: string, fields: Partial<Invitation> = {}): Invitation {
  lastId += 1;
  const email = `i${lastId}@example.com`;
  return { id: `inv_${lastId}`, orgId, email, role: 'viewer', createdAtMs: now, expiresAtMs: now + 1000, ...fields };
}

const digest = (n: number): string => String(n).padStart(64, '0');

function entryOf(personId: string): AuditEntry {
  const actor = { kind: 'operator', id: null, label: 'operator token' } as const;
  const target = { kind: 'person', id: personId };
  return {
    atMs: now,
    actor,
    via: 'library',
    address: null,
    requestId: null,
    action: 'member.added',
    target,
    orgId: null,
    before: null,
    after: null,
  };
}

export function describePeople(name: string, open: () => Promise<PeopleBed>): void {
  describe(`people on ${name}`, () => {
    let bed: PeopleBed;
    beforeEach(async () => {
      bed = await open();
    });
    afterEach(() => bed.dispose());

    async function addPerson(orgId: string, role: Role): Promise<Person> {
      const person = newPerson();
      const { people } = bed.storage;
      await people.createPerson(person, 'hash', now);
      await people.addMember(orgId, person.id, role, now);
      return person;
    }

    test('a person is found by address, once', async () => {
      const { people } = bed.storage;
      expect(await people.hasPeople()).toBe(false);
      const person = newPerson();
      await people.createPerson(person, 'hash', now);
      expect(await people.hasPeople()).toBe(true);
      expect(await people.findPersonByEmail(person.email)).toEqual(person);
      expect(await people.findPersonByEmail('nobody@example.com')).toBeUndefined();
      await expect(people.createPerson(newPerson({ email: person.email }), 'hash', now)).rejects.toMatchObject({
        code: 'conflict',
      });
    });

    test('only a person who was made an operator is one', async () => {
      const { people } = bed.storage;
      const [one, other] = [newPerson(), newPerson()];
      await people.createPerson(one, 'hash', now);
      await people.createPerson(other, 'hash', now);
      await people.makeOperator(one.id, now);
      expect([await people.isOperator(one.id), await people.isOperator(other.id)]).toEqual([true, false]);
    });

    test('lists only the members of the organization, in the order in which they joined', async () => {
      const { people } = bed.storage;
      const [org, foreign] = [await createOrg(bed.storage), await createOrg(bed.storage)];
      const first = await addPerson(org, 'owner');
      const second = await addPerson(org, 'viewer');
      await addPerson(foreign, 'owner');
      expect(await people.listMembers(org)).toEqual([
        { person: first, role: 'owner', sinceMs: now },
        { person: second, role: 'viewer', sinceMs: now },
      ]);
      expect(await people.findMember(foreign, first.id)).toBeUndefined();
      expect(await people.countOwners(org)).toBe(1);
      await people.setRole(org, second.id, 'owner');
      expect(await people.countOwners(org)).toBe(2);
      await people.removeMember(foreign, first.id);
      await people.removeMember(org, second.id);
      expect((await people.listMembers(org)).map(({ person }) => person.id)).toEqual([first.id]);
      expect((await people.listMemberships(first.id)).map(({ organization, role }) => [organization.id, role])).toEqual(
        [[org, 'owner']],
      );
    });

    test('a person has one membership of an organization, and both must exist', async () => {
      const { people } = bed.storage;
      const org = await createOrg(bed.storage);
      const { id } = await addPerson(org, 'viewer');
      await expect(people.addMember(org, id, 'owner', now)).rejects.toMatchObject({ code: 'conflict' });
      await expect(people.addMember('org_nothing', id, 'owner', now)).rejects.toMatchObject({
        code: 'reference_missing',
      });
      await expect(people.addMember(org, 'per_nobody', 'owner', now)).rejects.toMatchObject({
        code: 'reference_missing',
      });
    });

    test('an invitation is open until it is removed, replaced or expired', async () => {
      const { people } = bed.storage;
      const [org, foreign] = [await createOrg(bed.storage), await createOrg(bed.storage)];
      const first = newInvitation(org);
      const again = newInvitation(org, { email: first.email, role: 'admin' });
      const elsewhere = newInvitation(foreign, { email: first.email });
      await people.createInvitation(first, digest(1));
      await people.createInvitation(elsewhere, digest(2));
      await people.createInvitation(again, digest(3));
      expect(await people.findInvitation(digest(1), now)).toBeUndefined();
      expect(await people.findInvitation(digest(3), now)).toEqual(again);
      expect(await people.findInvitation(digest(3), again.expiresAtMs)).toBeUndefined();
      expect(await people.listInvitations(org, now)).toEqual([again]);
      expect(await people.listInvitations(org, again.expiresAtMs)).toEqual([]);
      expect(await people.removeInvitation(foreign, again.id)).toBeUndefined();
      expect(await people.removeInvitation(org, again.id)).toEqual(again);
      expect(await people.removeInvitation(org, again.id)).toBeUndefined();
      expect(await people.findInvitation(digest(2), now)).toEqual(elsewhere);
    });

    test('an expired invitation is removed a day later', async () => {
      const { people } = bed.storage;
      const org = await createOrg(bed.storage);
      const [first, second] = [newInvitation(org), newInvitation(org)];
      await people.createInvitation(first, digest(1));
      await people.createInvitation(second, digest(2));
      const dayMs = 86_400_000;
      await people.removeExpired(first.expiresAtMs + dayMs - 1);
      expect(await people.removeInvitation(org, first.id)).toEqual(first);
      await people.removeExpired(second.expiresAtMs + dayMs);
      expect(await people.removeInvitation(org, second.id)).toBeUndefined();
    });

    test('counts mailed invitations by inviter, organization and address, and finds their inviter', async () => {
      const { people } = bed.storage;
      const sent = { inviter: 'per_a', orgId: 'org_a', email: 'a@example.com' };
      await people.countInvitationMail('inv_a', sent, now);
      await people.countInvitationMail('inv_b', { ...sent, orgId: 'org_b' }, now + 5);
      await people.countInvitationMail('inv_c', { ...sent, inviter: 'per_c' }, now + 9);
      const times = (by: Parameters<typeof people.listInvitationTimes>[0], sinceMs = now - 1, limit = 9) =>
        people.listInvitationTimes(by, sinceMs, limit);
      expect(await times({ email: 'a@example.com' })).toEqual([now + 9, now + 5, now]);
      expect(await times({ inviter: 'per_a' })).toEqual([now + 5, now]);
      expect(await times({ orgId: 'org_a', email: 'a@example.com' })).toEqual([now + 9, now]);
      expect(await times({ email: 'a@example.com' }, now)).toEqual([now + 9, now + 5]);
      expect(await times({ email: 'a@example.com' }, now - 1, 1)).toEqual([now + 9]);
      expect([await people.findInviter('inv_b'), await people.findInviter('inv_c')]).toEqual(['per_a', 'per_c']);
      expect(await people.findInviter('inv_none')).toBeUndefined();
      await people.removeExpired(now + 8 * 86_400_000);
      expect(await times({ email: 'a@example.com' })).toEqual([now + 9, now + 5]);
      expect([await people.findInviter('inv_a'), await people.findInviter('inv_b')]).toEqual([undefined, 'per_a']);
    });

    test('a one-time code is accepted once from many, and again after its time', async () => {
      const { people } = bed.storage;
      const use = (nowMs: number) => people.useOnce(digest(1), nowMs, nowMs + 90);
      const uses = await Promise.all(Array.from({ length: 20 }, () => use(now)));
      expect(uses.filter((isFirst) => isFirst)).toHaveLength(1);
      expect([await use(now + 89), await people.useOnce(digest(2), now, now + 90)]).toEqual([false, true]);
      expect([await use(now + 90), await use(now + 90)]).toEqual([true, false]);
      await people.removeExpired(now + 180);
      expect(await use(now)).toBe(true);
    });

    test('a transaction keeps its changes and its audit entry, or neither', async () => {
      const { people, audit } = bed.storage;
      const [kept, lost] = [newPerson(), newPerson()];
      const write = (person: Person, fails: boolean) =>
        people.transaction(async (operations) => {
          await operations.createPerson(person, 'hash', now);
          await operations.appendAudit(entryOf(person.id));
          expect(await operations.findPersonByEmail(person.email)).toEqual(person);
          if (fails) throw new Error('changed my mind');
        });
      await write(kept, false);
      await expect(write(lost, true)).rejects.toThrow('changed my mind');
      expect(await people.findPersonByEmail(kept.email)).toEqual(kept);
      expect(await people.findPersonByEmail(lost.email)).toBeUndefined();
      expect((await audit.readAudit(0, 10)).map(({ target }) => target.id)).toEqual([kept.id]);
    });
  });
}
