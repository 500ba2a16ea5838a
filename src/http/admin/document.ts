// The OpenAPI document of the internal listener: /openapi.json, and docs/reference/openapi.json, which a test compares.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { bodyFailures, failuresOf, jsonBody, jsonReply, operatorOnly } from '../wire/route.ts';
import { verifyReplySchema, verifyRequestSchema } from '../wire/schemas.ts';

const description = `What operators do, and what programs beside Miftah ask it. Served by the internal listener alone.

- Instants are ISO 8601 in UTC with milliseconds. Ids are opaque.
- Bodies are JSON, at most 64 KiB unless a route says otherwise; an unknown member is an error.
- Lists are read page by page: send \`nextCursor\` as \`cursor\` until it is null.
- Every reply to a change has an \`X-Miftah-Revision\`, for \`minRevision\`; \`coherence\` is in its body only where a node could not be reached.
- Every reply has an \`X-Request-Id\`, which the audit log keeps; one that is sent is taken over.
- Failures are problem details (RFC 9457); branch on \`code\`. Each code is explained in errors.md.`;

const tags = [
  { name: 'Organizations', description: 'The tenants that own keys.' },
  { name: 'Keys', description: 'API keys and their secrets.' },
  { name: 'Verification', description: 'Decisions about requests that arrived somewhere else.' },
  { name: 'Records', description: 'What became of requests.' },
  { name: 'Audit', description: 'Who changed what.' },
  { name: 'APIs', description: 'What is configured.' },
  { name: 'Server', description: 'The process itself.' },
];

/** Call it last: it adds what stands before the framework, and serves the document. */
export function addDocument(app: OpenAPIHono): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'operatorToken', {
    type: 'http',
    scheme: 'bearer',
    description: 'The operator token, which is in the data folder’s `operator-token`.',
  });
  app.openAPIRegistry.registerPath({
    method: 'post',
    path: '/v1/verify',
    operationId: 'verifyRequest',
    tags: ['Verification'],
    summary: 'Decide about a request',
    description: 'Counts limits and records use and refusals, unless it is asked to explain.',
    security: operatorOnly,
    request: { body: jsonBody(verifyRequestSchema) },
    responses: {
      200: jsonReply('The verdict; a refusal is a 200 as well', verifyReplySchema),
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
    servers: [{ url: 'http://127.0.0.1:4101', description: 'The internal listener as it is by default' }],
    tags,
  });
}
