// What the routes of the admin API have in common in their OpenAPI description.
import type { z } from '@hono/zod-openapi';
import { problemContentType } from './problem.ts';
import { problemSchema } from './schemas.ts';

export const operatorOnly = [{ operatorToken: [] }];

export function jsonReply<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}

export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true as const, content: { 'application/json': { schema } } };
}

/** Every failure of every route. */
export const failures = {
  default: {
    description: 'A problem (RFC 9457); `code` tells which, `field` where.',
    content: { [problemContentType]: { schema: problemSchema } },
  },
};
