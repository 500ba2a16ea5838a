// What gateways of each kind send, and which replies they understand.
import type { Reply } from '../../profiles/reply.ts';

/** A gateway reads `X-Miftah-Status` where it can't get the status itself. */
const statusField = 'X-Miftah-Status';

/** A refused reply for gateways that keep status and headers of it, and lose its body. */
export const replyField = 'X-Miftah-Reply';

/** nginx reads the head of a reply into one buffer, which the printed configuration sets to 16 KiB. */
const maxReplyField = 12_000;

/** The facts about the client's request, in the headers of the gateway's own. */
export type Fact = 'method' | 'target' | 'host' | 'forwardedFor';

/** One way in which gateways ask. */
export interface GatewayDialect {
  /** The headers with facts, in lower case. A fact without a header is in the request line or Host. */
  readonly fields: Readonly<Partial<Record<Fact, string>>>;
  /** Facts without which there is no decision. */
  readonly required: readonly Fact[];
  /** The reply to a request that may not pass, as the gateway understands it. */
  refuse(reply: Reply): Reply;
}

/** nginx `auth_request`: 2xx allows, 401 and 403 refuse, and any other status is an error. It drops our body. */
const nginx: GatewayDialect = {
  fields: {
    method: 'x-original-method',
    target: 'x-original-uri',
    host: 'x-original-host',
    forwardedFor: 'x-forwarded-for',
  },
  required: ['method', 'target', 'forwardedFor'],
  refuse(reply) {
    const { status, body } = reply;
    const packed = packReply(reply);
    const headers = [...reply.headers, ...lengthOfNothing(reply), statusField, String(status)];
    if (packed.length <= maxReplyField) headers.push(replyField, packed);
    return { status: status === 401 ? 401 : 403, headers, body };
  },
};

/** Traefik `forwardAuth`, Caddy `forward_auth`: 2xx allows, and the client gets any other reply. */
const forward: GatewayDialect = {
  fields: {
    method: 'x-forwarded-method',
    target: 'x-forwarded-uri',
    host: 'x-forwarded-host',
    forwardedFor: 'x-forwarded-for',
  },
  required: ['method', 'target', 'host', 'forwardedFor'],
  refuse(reply) {
    const { status, body } = reply;
    if (status >= 300) return reply;
    // A preflight is answered with 204, which would let it pass.
    return { status: 403, headers: [...reply.headers, ...lengthOfNothing(reply), statusField, String(status)], body };
  },
};

/** Envoy `ext_authz` over HTTP: exactly 200 allows, and the client gets any other reply. */
const envoy: GatewayDialect = {
  fields: { forwardedFor: 'x-forwarded-for' },
  // Envoy sends the header only where its configuration says so. Without it, the address is unknown.
  required: ['method', 'target', 'host'],
  refuse: (reply) => reply,
};

/** All dialects, by their place in the path. */
export const gatewayDialects = { nginx, forward, envoy } as const;

export type GatewayDialectId = keyof typeof gatewayDialects;

/** A 204 has no length. With another status, it needs one. */
function lengthOfNothing({ status }: Reply): readonly string[] {
  return status === 204 ? ['Content-Length', '0'] : [];
}

/** A reply as one header value, whatever is in its body. */
function packReply({ status, headers, body }: Reply): string {
  return Buffer.from(JSON.stringify({ status, headers, body })).toString('base64url');
}

/** The reply in a header value that `packReply` made; `undefined` for any other text. */
export function unpackReply(packed: string): Reply | undefined {
  try {
    const reply = JSON.parse(Buffer.from(packed, 'base64url').toString()) as Reply;
    const { status, headers, body } = reply;
    const isReply = Number.isInteger(status) && status >= 200 && status < 600 && typeof body === 'string';
    return isReply && Array.isArray(headers) && headers.every((each) => typeof each === 'string') ? reply : undefined;
  } catch {
    return undefined;
  }
}
