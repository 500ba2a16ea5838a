// Shared parts of the OpenAPI descriptions of routes.
import { z } from '@hono/zod-openapi';
import { changed, revisionHeader, revisionHeaderSchema } from './change-report.ts';
import { type ProblemCode, problemContentType, statusOf } from './problem.ts';
import { problemSchema } from './schemas.ts';

/**
 * A page of a list ends when its rows reach this many bytes: while the process reads, parses and writes them, every
 * other request waits.
 */
export const maxPageBytes = 256 * 1024;

/** The `security` of a route that requires the operator token. */
export const operatorOnly = [{ operatorToken: [] }];

/** A reply with a JSON body. */
export function jsonReply<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}

/** A reply with one key. Its `ETag` is the revision of the key. */
export function keyReply<Schema extends z.ZodType>(description: string, schema: Schema) {
  const headers = z.object({ ETag: z.string().openapi({ description: 'The revision, for If-Match', example: '"3"' }) });
  return { ...jsonReply(description, schema), headers };
}

/** A reply to a change: the changed record, its `X-Miftah-Revision`, and `coherence` if a node was not reached. */
export function changeReply<Shape extends z.ZodRawShape>(description: string, schema: z.ZodObject<Shape>) {
  return { ...jsonReply(description, changed(schema)), headers: z.object({ [revisionHeader]: revisionHeaderSchema }) };
}

/** A reply to a change of a key: `changeReply` with the `ETag` of `keyReply`. */
export function changedKeyReply<Shape extends z.ZodRawShape>(description: string, schema: z.ZodObject<Shape>) {
  const { headers } = keyReply(description, schema);
  return { ...changeReply(description, schema), headers: headers.extend({ [revisionHeader]: revisionHeaderSchema }) };
}

/** A required JSON body. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true as const, content: { 'application/json': { schema } } };
}

/** The header that makes a change depend on the revision that its sender read (RFC 9110 §13.1.1). */
export const ifMatch = z.string().optional().openapi({
  description: 'The revision that you read. If the key has another revision, nothing changes.',
  example: '"3"',
});

/** The header that lets a client repeat a request without a second change. */
export const idempotencyKey = z.string().optional().openapi({
  description:
    '1 to 255 characters, plain or in double quotes, such as a UUID. A later request with the same key and content gets the first reply again, with `Idempotency-Replayed: true`, for 24 hours, or for 10 minutes if the reply holds a secret.',
  example: '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
});

const problemContent = { [problemContentType]: { schema: problemSchema } };

/** The failures of a route that does not list its own. */
export const failures = {
  default: { description: 'A problem (RFC 9457); `code` tells which, `field` where.', content: problemContent },
};

/**
 * A route's own failures by status, for the document; `default` covers the others. Its type is that of `failures`,
 * because handlers throw their failures and return only successes.
 */
function describeFailures(codes: readonly ProblemCode[]): typeof failures {
  const replies = [...Map.groupBy(codes, statusOf)].map(([status, each]) => [
    status,
    { description: `A problem: ${each.map((code) => `\`${code}\``).join(', ')}`, content: problemContent },
  ]);
  return { ...Object.fromEntries(replies), ...failures };
}

/** The failures of a route without the operator token; `codes` are its own. */
export function publicFailures(...codes: readonly ProblemCode[]): typeof failures {
  return describeFailures(['origin_not_allowed', 'host_not_allowed', ...codes]);
}

/** The failures of a route that needs a token; `codes` are its own. */
export function failuresOf(...codes: readonly ProblemCode[]): typeof failures {
  return describeFailures(['invalid_input', 'unauthenticated', 'token_not_allowed', ...codes]);
}

/** Codes of every route with a body. */
export const bodyFailures = ['bad_request', 'body_too_large', 'unsupported_media_type'] as const;

/** Codes of every route that accepts an `Idempotency-Key`. */
export const onceFailures = ['idempotency_in_progress', 'idempotency_reply_gone', 'idempotency_key_reused'] as const;
