// /v1/tokens: create, list, rotate and revoke the tokens by which programs call the internal listener.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { keyStatus } from '../../domain/api-key.ts';
import type { Clock } from '../../domain/clock.ts';
import { tokenPurposes } from '../../domain/grant.ts';
import { maskOf } from '../../domain/secret.ts';
import type { Token, TokenCommands, TokenWithSecret } from '../../management/tokens.ts';
import { reportChange } from '../wire/change-report.ts';
import type { Once } from '../wire/idempotency.ts';
import {
  bodyFailures,
  changeReply,
  failuresOf,
  idempotencyKey,
  jsonBody,
  jsonReply,
  onceFailures,
  operatorOnly,
} from '../wire/route.ts';
import {
  defaultLimit,
  idParam,
  pageOf,
  plainListQuery,
  rotationSchema,
  toInstant,
  toInstantOrNull,
} from '../wire/schemas.ts';
import { operatorOf } from './operator.ts';

const instant = z.string().openapi({ format: 'date-time', example: '2026-11-21T09:30:00.000Z' });

const tokenSchema = z
  .object({
    id: z.string().openapi({ example: 'tok_4Wc1bXnE0kQxv9TzJr2s' }),
    name: z.string().openapi({ example: 'edge' }),
    may: z.enum(tokenPurposes).nullable().openapi({
      description:
        'decide: only decisions; metrics: only metrics; admin: the admin API; null: nothing, because this version does not know all bounds of the token',
    }),
    apis: z
      .array(z.string())
      .nullable()
      .openapi({ description: 'The APIs that it reaches; null: all', example: ['classic'] }),
    org: z.string().nullable().openapi({ description: 'The only organization that it reaches; null: all' }),
    readOnly: z.boolean().openapi({ description: 'Whether it can change nothing' }),
    masked: z.string().openapi({ example: 'mft_1a2b…9f3c' }),
    status: z.enum(['active', 'expired', 'revoked']),
    createdAt: instant,
    rotatedAt: instant.nullable().openapi({ description: 'When its secret was last replaced' }),
    expiresAt: instant.nullable(),
    revokedAt: instant.nullable(),
    lastUsedAt: instant.nullable().openapi({ description: 'Its last use, to the minute' }),
    lastUsedAddress: z.string().nullable(),
  })
  .openapi('Token');

const tokenWithSecretSchema = tokenSchema
  .extend({ token: z.string().openapi({ description: 'Shown only once; the server does not store it.' }) })
  .openapi('TokenWithSecret');

const newTokenSchema = z
  .strictObject({
    name: z.string().openapi({ description: '1 to 100 characters', example: 'edge' }),
    may: z.enum(tokenPurposes),
    apis: z
      .array(z.string())
      .optional()
      .openapi({ description: 'The APIs that it reaches, at least one. Default: all', example: ['classic'] }),
    org: z
      .string()
      .max(200)
      .optional()
      .openapi({ description: 'For admin: the only organization that it reaches. Default: all' }),
    readOnly: z.boolean().optional().openapi({ description: 'For admin: whether it can change nothing' }),
    expiresAt: z.string().nullable().optional().openapi({ description: 'Default: never' }),
  })
  .openapi('NewToken');

const shared = { tags: ['Tokens'], security: operatorOnly };

const createToken = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/tokens',
  operationId: 'createToken',
  summary: 'Create a token for a program',
  description: 'Only this reply has the token. Requires the operator token.',
  request: { headers: z.object({ 'Idempotency-Key': idempotencyKey }), body: jsonBody(newTokenSchema) },
  responses: {
    201: changeReply('The new token', tokenWithSecretSchema),
    ...failuresOf(...bodyFailures, ...onceFailures, 'api_unknown'),
  },
});

const listTokens = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/tokens',
  operationId: 'listTokens',
  summary: 'List tokens',
  request: { query: plainListQuery },
  responses: {
    200: jsonReply('Tokens, newest first, revoked ones too', pageOf(tokenSchema)),
    ...failuresOf('cursor_invalid'),
  },
});

const rotateToken = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/tokens/{id}/rotate',
  operationId: 'rotateToken',
  summary: 'Replace the secret of a token',
  description:
    'The old one keeps working for the overlap, but not beyond the expiry of the token. Requires the operator token.',
  request: {
    params: idParam,
    headers: z.object({ 'Idempotency-Key': idempotencyKey }),
    body: { content: { 'application/json': { schema: rotationSchema } } },
  },
  responses: {
    200: changeReply('The token with its new secret', tokenWithSecretSchema),
    ...failuresOf(...bodyFailures, ...onceFailures, 'not_found', 'key_not_active'),
  },
});

const revokeToken = createRoute({
  ...shared,
  method: 'delete',
  path: '/v1/tokens/{id}',
  operationId: 'revokeToken',
  summary: 'Revoke a token for good',
  description: 'When the call returns, no node accepts it, on open connections neither. Requires the operator token.',
  request: { params: idParam },
  responses: {
    200: changeReply('The revoked token', tokenSchema),
    ...failuresOf('not_found'),
  },
});

/** What the token routes need. */
export interface TokenRouteParts {
  readonly tokens: TokenCommands;
  readonly clock: Clock;
}

export function addTokenRoutes(app: OpenAPIHono, { tokens, clock }: TokenRouteParts, once: Once): void {
  const show = (token: Token) => toWire(token, clock.nowMs());
  const showWithSecret = ({ token, secret }: TokenWithSecret) => ({ ...show(token), token: secret });

  app.openapi(createToken, async (c) => {
    const input = c.req.valid('json');
    const { org: orgId, readOnly: isReadOnly, ...fields } = input;
    const report = reportChange(c, clock);
    const create = (options: Parameters<TokenCommands['createToken']>[2]) =>
      tokens.createToken(operatorOf(c), { ...fields, orgId, isReadOnly }, options);
    return c.json(report.with(await once(c, input, report.onHeld, create, showWithSecret)), 201);
  });

  app.openapi(listTokens, async (c) => {
    const { limit = defaultLimit, cursor } = c.req.valid('query');
    const { items, nextCursor } = await tokens.listTokens(operatorOf(c), { limit, cursor });
    return c.json({ data: items.map(show), nextCursor }, 200);
  });

  app.openapi(rotateToken, async (c) => {
    // Without a body, the validator does not run, and the default overlap applies.
    const { overlap }: z.infer<typeof rotationSchema> = c.req.valid('json') ?? {};
    const report = reportChange(c, clock);
    const rotate = (options: Parameters<TokenCommands['rotateToken']>[3]) =>
      tokens.rotateToken(operatorOf(c), c.req.valid('param').id, overlap, options);
    return c.json(report.with(await once(c, { overlap }, report.onHeld, rotate, showWithSecret)), 200);
  });

  app.openapi(revokeToken, async (c) => {
    const report = reportChange(c, clock);
    const revoked = await tokens.revokeToken(operatorOf(c), c.req.valid('param').id, { onHeld: report.onHeld });
    return c.json(report.with(show(revoked)), 200);
  });
}

function toWire(token: Token, nowMs: number): z.infer<typeof tokenSchema> {
  const { rights, createdAtMs, secretCreatedAtMs } = token;
  const status = keyStatus({ ...token, disabledAtMs: null }, nowMs);
  return {
    id: token.id,
    name: token.name,
    may: rights?.may ?? null,
    // A token whose bounds are unknown reaches nothing.
    apis: rights?.apis === 'all' ? null : [...(rights?.apis ?? [])],
    org: rights?.org ?? null,
    readOnly: rights?.isReadOnly ?? true,
    masked: maskOf(token.hint),
    status: status === 'disabled' ? 'revoked' : status,
    createdAt: toInstant(createdAtMs),
    rotatedAt: secretCreatedAtMs === createdAtMs ? null : toInstant(secretCreatedAtMs),
    expiresAt: toInstantOrNull(token.expiresAtMs),
    revokedAt: toInstantOrNull(token.revokedAtMs),
    lastUsedAt: toInstantOrNull(token.lastUsedAtMs),
    lastUsedAddress: token.lastUsedAddress,
  };
}
