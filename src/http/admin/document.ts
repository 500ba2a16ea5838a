// The OpenAPI document of the internal listener: /openapi.json. A test compares it with docs/reference/openapi.json.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { bodyFailures, failuresOf, jsonBody, jsonReply, operatorOnly } from '../wire/route.ts';
import { verifyReplySchema, verifyRequestSchema } from '../wire/schemas.ts';

const description = `The API for operators and for services that ask Miftah for decisions. Only the internal listener serves it.

- Instants are ISO 8601 in UTC with milliseconds. Ids are opaque.
- Bodies are JSON of at most 64 KiB, unless a route says otherwise. An unknown field is an error.
- Lists have pages: send \`nextCursor\` as \`cursor\` until it is null.
- Every reply to a change has an \`X-Miftah-Revision\`, for \`minRevision\`. Its body has \`coherence\` only if a node could not be reached.
- Every reply has an \`X-Request-Id\`, which the audit log records. Miftah keeps the one that you send.
- Failures are problem details (RFC 9457). Branch on \`code\`; errors.md explains each code.`;

const tags = [
  { name: 'Organizations', description: 'The tenants that own keys.' },
  { name: 'Keys', description: 'API keys and their secrets.' },
  { name: 'Verification', description: 'Decisions about requests that other services received.' },
  { name: 'Tokens', description: 'Tokens for programs that call this API.' },
  { name: 'Records', description: 'Denied requests and usage.' },
  { name: 'Audit', description: 'Who changed what.' },
  { name: 'APIs', description: 'The configured APIs.' },
  { name: 'Server', description: 'The server process.' },
];

/** Adds the hot routes to the document, and serves it. Call it after all other routes are added. */
export function addDocument(app: OpenAPIHono): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'operatorToken', {
    type: 'http',
    scheme: 'bearer',
    description:
      'The operator token, from `operator-token` in the data folder, or a token of `miftah tokens create` that allows the call. `X-Miftah-Token` works too.',
  });
  app.openAPIRegistry.registerPath({
    method: 'post',
    path: '/v1/verify',
    operationId: 'verifyRequest',
    tags: ['Verification'],
    summary: 'Decide about a request',
    description: 'Counts limits and records usage and denied requests, unless `explain` is true.',
    security: operatorOnly,
    request: { body: jsonBody(verifyRequestSchema) },
    responses: {
      200: jsonReply('The verdict; a refused request is a 200 too', verifyReplySchema),
      ...failuresOf(...bodyFailures, 'api_unknown', 'unavailable'),
    },
  });
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Miftah admin API',
      version: '1',
      description,
      license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' },
    },
    servers: [{ url: 'http://127.0.0.1:4101', description: 'The default internal listener' }],
    tags,
  });
}
