// A member who acts in tests of permissions. Commands read again what a member may do, so the member must exist.
import type { MemberActor } from '../../src/domain/actor.ts';
import type { Role } from '../../src/domain/role.ts';
import type { PeopleStore } from '../../src/people/ports.ts';

const person = { id: 'person_1', name: 'Someone', email: 'someone@example.com', emailVerified: true };

/** Makes the person a member of `orgId` with that role, and returns them as an actor without a session. */
export async function actAsMember(people: PeopleStore, orgId: string, role: Role): Promise<MemberActor> {
  const { id: personId, email: label } = person;
  if ((await people.findPersonByEmail(label)) === undefined) await people.createPerson(person, 'hash', 0);
  const isMember = (await people.findMember(orgId, personId)) !== undefined;
  await (isMember ? people.setRole(orgId, personId, role) : people.addMember(orgId, personId, role, 0));
  const origin = { via: 'console', address: '192.0.2.1', requestId: 'req-1' } as const;
  return { kind: 'member', personId, label, sessionId: null, orgId, role, ...origin };
}
