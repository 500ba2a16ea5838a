// /v1/people: list and delete.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { PersonCommands } from '../../people/persons.ts';
import { failuresOf, jsonReply, operatorOnly } from '../wire/route.ts';
import { accountSchema, defaultLimit, deletedPersonSchema, idParam, pageOf, personListQuery } from '../wire/schemas.ts';
import { operatorOf } from './operator.ts';

const shared = { tags: ['People'], security: operatorOnly };

const listPeople = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/people',
  operationId: 'listPeople',
  summary: 'List people',
  request: { query: personListQuery },
  responses: { 200: jsonReply('People by e-mail address', pageOf(accountSchema)), ...failuresOf('cursor_invalid') },
});

const deletePerson = createRoute({
  ...shared,
  method: 'delete',
  path: '/v1/people/{id}',
  operationId: 'deletePerson',
  summary: 'Delete a person for good',
  description:
    'Ends the sessions and erases the account, its memberships and its name and address in the audit log. Keys stay, because they belong to organizations.',
  request: { params: idParam },
  responses: {
    200: jsonReply('The person is deleted', deletedPersonSchema),
    ...failuresOf('not_found', 'last_owner'),
  },
});

export function addPersonRoutes(app: OpenAPIHono, persons: PersonCommands): void {
  app.openapi(listPeople, async (c) => {
    const { email, limit = defaultLimit, cursor } = c.req.valid('query');
    const { items, nextCursor } = await persons.listPersons(operatorOf(c), { email, limit, cursor });
    return c.json({ data: items.map(({ id, name, email }) => ({ id, name, email })), nextCursor }, 200);
  });

  app.openapi(deletePerson, async (c) =>
    c.json(await persons.deletePerson(operatorOf(c), c.req.valid('param').id), 200),
  );
}
