// What the routes of the admin API have in common in their OpenAPI description.
import { z } from '@hono/zod-openapi';
import { changed, revisionHeader, revisionHeaderSchema } from './change-report.ts';
import { type ProblemCode, problemContentType, statusOf } from './problem.ts';
import { problemSchema } from './schemas.ts';

/**
 * A page of a list ends when its rows have so many bytes: reading, parsing and writing them holds up every other request of
 * the process.
 */
export const maxPageBytes = 256 * 1024;

export const operatorOnly = [{ operatorToken: [] }];

export function jsonReply<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}

/** A reply with one key, whose revision is its `ETag`. */
export function keyReply<Schema extends z.ZodType>(description: string, schema: Schema) {
  const headers = z.object({ ETag: z.string().openapi({ description: 'The revision, for If-Match', example: '"3"' }) });
  return { ...jsonReply(description, schema), headers };
}

/** A reply to a change, with where that stands. */
export function changeReply<Shape extends z.ZodRawShape>(description: string, schema: z.ZodObject<Shape>) {
  return { ...jsonReply(description, changed(schema)), headers: z.object({ [revisionHeader]: revisionHeaderSchema }) };
}

/** A reply to the change of a key. */
export function changedKeyReply<Shape extends z.ZodRawShape>(description: string, schema: z.ZodObject<Shape>) {
  const { headers } = keyReply(description, schema);
  return { ...changeReply(description, schema), headers: headers.extend({ [revisionHeader]: revisionHeaderSchema }) };
}

export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true as const, content: { 'application/json': { schema } } };
}

/** The header that makes a change depend on the revision that was read (RFC 9110 §13.1.1). */
export const ifMatch = z.string().optional().openapi({
  description: 'The revision that you read. If the key has another revision, nothing changes.',
  example: '"3"',
});

/** The header under which a request can be sent again without being carried out again. */
export const idempotencyKey = z.string().optional().openapi({
  description:
    '1 to 255 characters, plain or in double quotes, such as a UUID. A later request with the same key and content gets the first reply again, with `Idempotency-Replayed: true`, for 24 hours, or for 10 minutes if the reply holds a secret.',
  example: '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
});

const problemContent = { [problemContentType]: { schema: problemSchema } };

/** Every failure of every route. */
export const failures = {
  default: { description: 'A problem (RFC 9457); `code` tells which, `field` where.', content: problemContent },
};

/**
 * The failures that are a route's own, by status, for the document; `default` stands for the others. To the types it is
 * `failures`: what a handler returns are successes, and failures are thrown.
 */
function describeFailures(codes: readonly ProblemCode[]): typeof failures {
  const replies = [...Map.groupBy(codes, statusOf)].map(([status, each]) => [
    status,
    { description: `A problem: ${each.map((code) => `\`${code}\``).join(', ')}`, content: problemContent },
  ]);
  return { ...Object.fromEntries(replies), ...failures };
}

/** Those of a route that anyone may call. */
export function publicFailures(...codes: readonly ProblemCode[]): typeof failures {
  return describeFailures(['origin_not_allowed', 'host_not_allowed', ...codes]);
}

/** Those of a route for the operator. */
export function failuresOf(...codes: readonly ProblemCode[]): typeof failures {
  return describeFailures(['invalid_input', 'unauthenticated', ...codes]);
}

/** Codes of requests with a body. */
export const bodyFailures = ['bad_request', 'body_too_large', 'unsupported_media_type'] as const;

/** Codes of requests with an `Idempotency-Key`. */
export const onceFailures = ['idempotency_in_progress', 'idempotency_reply_gone', 'idempotency_key_reused'] as const;
