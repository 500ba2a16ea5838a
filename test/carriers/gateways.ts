// Gateways of each dialect that ask for decisions as the real ones do. test/gateways/ has the real ones.
import { expect } from 'vitest';
import { isOverrideField } from '../../src/domain/field-name.ts';
import type { TestServer } from '../fixture.ts';
import { type RawReply, requestText, sendRaw } from '../raw-http.ts';
import type { CarriedReply } from './carrier-contract.ts';

export type Headers = readonly (readonly [string, string])[];

/** A client's request at a gateway. */
export interface GatewayRequest {
  readonly api: string;
  readonly host: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers: Headers;
  readonly from?: string;
}

/** What the gateway does with the decision: the reply to its client, and the headers that the upstream gets. */
export interface GatewayOutcome extends CarriedReply {
  readonly upstream: Readonly<Record<string, string>> | undefined;
}

export type SendThroughGateway = (request: GatewayRequest) => Promise<GatewayOutcome>;

export const dialectIds = ['nginx', 'forward', 'envoy'] as const;

/** The request that a gateway sends, with the facts about its client's. */
export function questionOf(
  dialect: (typeof dialectIds)[number],
  { api, host, method = 'GET', path = '/v1/users/usr_123', from = '127.0.0.1' }: GatewayRequest,
): { readonly line: string; readonly headers: Headers } {
  switch (dialect) {
    case 'nginx':
      return {
        line: `GET /auth/nginx/${api} HTTP/1.1`,
        headers: [
          ['Host', '127.0.0.1'],
          ['X-Original-Method', method],
          ['X-Original-URI', path],
          ['X-Original-Host', host],
          ['X-Forwarded-For', from],
        ],
      };
    case 'forward':
      return {
        line: `GET /auth/forward/${api} HTTP/1.1`,
        headers: [
          ['Host', '127.0.0.1:4101'],
          ['X-Forwarded-Method', method],
          ['X-Forwarded-Proto', 'https'],
          ['X-Forwarded-Host', host],
          ['X-Forwarded-Uri', path],
          ['X-Forwarded-For', from],
        ],
      };
    case 'envoy':
      return {
        line: `${method} /auth/envoy/${api}${path} HTTP/1.1`,
        headers: [
          ['host', host],
          ['x-forwarded-for', from],
          ['content-length', '0'],
        ],
      };
  }
}

/** Sends the question with the client's headers, as they are. */
export function ask(
  { internalPort, operatorToken }: Pick<TestServer, 'internalPort' | 'operatorToken'>,
  dialect: (typeof dialectIds)[number],
  request: GatewayRequest,
): Promise<RawReply> {
  const { line, headers } = questionOf(dialect, request);
  const all: Headers = [...headers, ['X-Miftah-Token', operatorToken], ...request.headers];
  return sendRaw({ port: internalPort, text: requestText(line, all) });
}

/** A gateway with a printed configuration. It strips what that strips, and drops the names that nginx drops. */
export function openGateway(server: TestServer, dialect: (typeof dialectIds)[number]): SendThroughGateway {
  return async (request) => {
    const headers = request.headers.filter(
      ([name]) =>
        /^[A-Za-z0-9-]+$/.test(name) &&
        !isOverrideField(name.toLowerCase()) &&
        !/^(x-forwarded-.*|x-miftah-.*|x-real-ip|forwarded|content-length)$/i.test(name),
    );
    const reply = await ask(server, dialect, { ...request, headers });
    if (reply.status === 200) return pass(reply, headers);
    if (dialect !== 'nginx') return { ...restoreStatus(reply), upstream: undefined };
    expect([401, 403]).toContain(reply.status);
    expect(reply.headers['x-miftah-status']).toMatch(/^\d{3}$/);
    const again = await sendRaw({
      port: server.internalPort,
      text: requestText(`GET /auth/nginx/${request.api}/reply HTTP/1.1`, [
        ['Host', '127.0.0.1'],
        ['X-Miftah-Token', server.operatorToken],
        ['X-Miftah-Reply', reply.headers['x-miftah-reply'] ?? ''],
      ]),
    });
    expect(again.status).toBe(Number(reply.headers['x-miftah-status']));
    return { ...again, upstream: undefined };
  };
}

/** The upstream gets what names the caller, and the client gets the rest. */
function pass({ headers, body }: RawReply, sent: Headers): GatewayOutcome {
  expect(body).toBe('');
  const given = Object.entries(headers);
  const isIdentity = (name: string) => name.startsWith('x-miftah-') || name === 'x-request-id';
  const upstream = new Map(sent.map(([name, value]) => [name.toLowerCase(), value]));
  for (const [name, value] of given.filter(([each]) => isIdentity(each))) upstream.set(name, value);
  const reply = given.filter(([name, value]) => !name.startsWith('x-miftah-') && value !== '');
  return {
    status: 200,
    headers: Object.fromEntries(reply),
    body: '',
    upstream: Object.fromEntries([...upstream].filter(([, value]) => value !== '')),
  };
}

/** Caddy and HAProxy answer a preflight with the status in `X-Miftah-Status`. */
function restoreStatus(reply: RawReply): RawReply {
  const { 'x-miftah-status': status, ...headers } = reply.headers;
  return status === undefined ? reply : { ...reply, status: Number(status), headers };
}
