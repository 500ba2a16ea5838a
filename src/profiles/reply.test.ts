// The replies of every profile, byte for byte: status, body, challenge, rate headers, and what caches and clients are told.
import { parseList } from 'structured-headers';
import { describe, expect, test } from 'vitest';
import type { RateState } from '../domain/rate-limit.ts';
import { reasons } from '../domain/verdict.ts';
import { type ProfileId, profiles } from './index.ts';
import { faults, type Problem } from './profile.ts';
import { type Reply, renderProblem } from './reply.ts';

interface Golden {
  readonly problems: readonly Problem[];
  readonly status: number;
  readonly body: string;
  readonly challenge?: string;
}

const golden: Readonly<Record<ProfileId, readonly Golden[]>> = {
  palcards: [
    {
      problems: [
        'credential_missing',
        'credential_malformed',
        'credential_ambiguous',
        'key_unknown',
        'key_revoked',
        'key_disabled',
        'key_expired',
        'org_suspended',
        'environment_mismatch',
        'address_not_allowed',
        'address_list_empty',
        'referrer_not_allowed',
        'endpoint_not_allowed',
        'scope_missing',
        'path_not_canonical',
      ],
      status: 401,
      body: '{"statusCode":401,"message":"Unauthorized"}',
      challenge: 'ApiKey realm="palcards"',
    },
    {
      problems: ['rate_limited', 'quota_exceeded'],
      status: 429,
      body: '{"statusCode":429,"message":"Too Many Requests"}',
    },
    {
      problems: ['unavailable'],
      status: 503,
      body: '{"statusCode":503,"message":"Service Unavailable"}',
    },
    {
      problems: ['bad_request'],
      status: 400,
      body: '{"statusCode":400,"message":"Bad Request"}',
    },
    {
      problems: ['method_not_allowed'],
      status: 405,
      body: '{"statusCode":405,"message":"Method Not Allowed"}',
    },
    {
      problems: ['body_too_large'],
      status: 413,
      body: '{"statusCode":413,"message":"Payload Too Large"}',
    },
    {
      problems: ['request_timeout'],
      status: 408,
      body: '{"statusCode":408,"message":"Request Timeout"}',
    },
    {
      problems: ['headers_too_large'],
      status: 431,
      body: '{"statusCode":431,"message":"Request Header Fields Too Large"}',
    },
    {
      problems: ['upstream_failed'],
      status: 502,
      body: '{"statusCode":502,"message":"Bad Gateway"}',
    },
    {
      problems: ['upstream_timeout'],
      status: 504,
      body: '{"statusCode":504,"message":"Gateway Timeout"}',
    },
  ],
  palpluss: [
    {
      problems: [
        'credential_missing',
        'credential_malformed',
        'credential_ambiguous',
        'key_unknown',
        'key_revoked',
        'key_disabled',
        'key_expired',
        'environment_mismatch',
      ],
      status: 401,
      body: '{"success":false,"error":{"message":"Invalid or revoked API key.","code":"INVALID_API_KEY","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
      challenge: 'Basic realm="palpluss", charset="UTF-8"',
    },
    {
      problems: ['org_suspended'],
      status: 401,
      body: '{"success":false,"error":{"message":"The account associated with this API key is suspended.","code":"TENANT_INACTIVE","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
      challenge: 'Basic realm="palpluss", charset="UTF-8"',
    },
    {
      problems: ['address_not_allowed', 'address_list_empty'],
      status: 403,
      body: '{"success":false,"error":{"message":"This API key may not be used from your IP address.","code":"IP_NOT_ALLOWED","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['referrer_not_allowed'],
      status: 403,
      body: '{"success":false,"error":{"message":"This API key may not be used from this site.","code":"REFERRER_NOT_ALLOWED","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['endpoint_not_allowed'],
      status: 403,
      body: '{"success":false,"error":{"message":"This API key may not call this endpoint.","code":"ENDPOINT_NOT_ALLOWED","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['scope_missing'],
      status: 403,
      body: '{"success":false,"error":{"message":"This API key lacks a permission that this endpoint requires.","code":"INSUFFICIENT_SCOPE","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['path_not_canonical'],
      status: 400,
      body: '{"success":false,"error":{"message":"The request path is not in canonical form.","code":"BAD_REQUEST","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['rate_limited'],
      status: 429,
      body: '{"success":false,"error":{"message":"Rate limit exceeded. Wait for the number of seconds in Retry-After.","code":"RATE_LIMIT_EXCEEDED","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['quota_exceeded'],
      status: 429,
      body: '{"success":false,"error":{"message":"The quota of this API key is used up.","code":"QUOTA_EXCEEDED","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['unavailable'],
      status: 503,
      body: '{"success":false,"error":{"message":"The service is temporarily unavailable. Try again shortly.","code":"SERVICE_UNAVAILABLE","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['bad_request'],
      status: 400,
      body: '{"success":false,"error":{"message":"The request is malformed.","code":"BAD_REQUEST","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['method_not_allowed'],
      status: 405,
      body: '{"success":false,"error":{"message":"This method is not allowed.","code":"METHOD_NOT_ALLOWED","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['body_too_large'],
      status: 413,
      body: '{"success":false,"error":{"message":"The request body is too large.","code":"PAYLOAD_TOO_LARGE","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['request_timeout'],
      status: 408,
      body: '{"success":false,"error":{"message":"The request body arrived too slowly.","code":"REQUEST_TIMEOUT","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['headers_too_large'],
      status: 431,
      body: '{"success":false,"error":{"message":"The request has too many header fields.","code":"HEADERS_TOO_LARGE","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['upstream_failed'],
      status: 502,
      body: '{"success":false,"error":{"message":"The API did not answer. Try again shortly.","code":"BAD_GATEWAY","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['upstream_timeout'],
      status: 504,
      body: '{"success":false,"error":{"message":"The API did not answer in time. Try again shortly.","code":"GATEWAY_TIMEOUT","details":{}},"requestId":"c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
  ],
  panel: [
    {
      problems: ['credential_missing'],
      status: 401,
      body: '{"errors":[{"code":"UNAUTHENTICATED","status":"401","detail":"The API key is missing, invalid, expired or deleted."}]}',
      challenge: 'Bearer realm="panel"',
    },
    {
      problems: [
        'credential_malformed',
        'credential_ambiguous',
        'key_unknown',
        'key_revoked',
        'key_disabled',
        'key_expired',
        'org_suspended',
        'environment_mismatch',
      ],
      status: 401,
      body: '{"errors":[{"code":"UNAUTHENTICATED","status":"401","detail":"The API key is missing, invalid, expired or deleted."}]}',
      challenge: 'Bearer realm="panel", error="invalid_token"',
    },
    {
      problems: ['address_not_allowed', 'address_list_empty'],
      status: 403,
      body: '{"errors":[{"code":"IP_NOT_ALLOWED","status":"403","detail":"This API key may not be used from your IP address."}]}',
    },
    {
      problems: ['referrer_not_allowed'],
      status: 403,
      body: '{"errors":[{"code":"REFERRER_NOT_ALLOWED","status":"403","detail":"This API key may not be used from this site."}]}',
    },
    {
      problems: ['endpoint_not_allowed'],
      status: 403,
      body: '{"errors":[{"code":"ENDPOINT_NOT_ALLOWED","status":"403","detail":"This API key may not call this endpoint."}]}',
    },
    {
      problems: ['scope_missing'],
      status: 403,
      body: '{"errors":[{"code":"INSUFFICIENT_SCOPE","status":"403","detail":"This API key lacks a permission that this endpoint requires."}]}',
    },
    {
      problems: ['path_not_canonical'],
      status: 400,
      body: '{"errors":[{"code":"BAD_REQUEST","status":"400","detail":"The request path is not in canonical form."}]}',
    },
    {
      problems: ['rate_limited'],
      status: 429,
      body: '{"errors":[{"code":"RATE_LIMIT_EXCEEDED","status":"429","detail":"Rate limit exceeded. Wait for the number of seconds in Retry-After."}]}',
    },
    {
      problems: ['quota_exceeded'],
      status: 429,
      body: '{"errors":[{"code":"QUOTA_EXCEEDED","status":"429","detail":"The quota of this API key is used up."}]}',
    },
    {
      problems: ['unavailable'],
      status: 503,
      body: '{"errors":[{"code":"SERVICE_UNAVAILABLE","status":"503","detail":"The service is temporarily unavailable. Try again shortly."}]}',
    },
    {
      problems: ['bad_request'],
      status: 400,
      body: '{"errors":[{"code":"BAD_REQUEST","status":"400","detail":"The request is malformed."}]}',
    },
    {
      problems: ['method_not_allowed'],
      status: 405,
      body: '{"errors":[{"code":"METHOD_NOT_ALLOWED","status":"405","detail":"This method is not allowed."}]}',
    },
    {
      problems: ['body_too_large'],
      status: 413,
      body: '{"errors":[{"code":"PAYLOAD_TOO_LARGE","status":"413","detail":"The request body is too large."}]}',
    },
    {
      problems: ['request_timeout'],
      status: 408,
      body: '{"errors":[{"code":"REQUEST_TIMEOUT","status":"408","detail":"The request body arrived too slowly."}]}',
    },
    {
      problems: ['headers_too_large'],
      status: 431,
      body: '{"errors":[{"code":"HEADERS_TOO_LARGE","status":"431","detail":"The request has too many header fields."}]}',
    },
    {
      problems: ['upstream_failed'],
      status: 502,
      body: '{"errors":[{"code":"BAD_GATEWAY","status":"502","detail":"The API did not answer. Try again shortly."}]}',
    },
    {
      problems: ['upstream_timeout'],
      status: 504,
      body: '{"errors":[{"code":"GATEWAY_TIMEOUT","status":"504","detail":"The API did not answer in time. Try again shortly."}]}',
    },
  ],
  classic: [
    {
      problems: ['credential_missing'],
      status: 401,
      body: '{"success":false,"error":{"code":"MISSING_API_KEY","message":"Missing API key. Send it in the Authorization header: Bearer YOUR_API_KEY."}}',
      challenge: 'Bearer realm="classic"',
    },
    {
      problems: [
        'credential_malformed',
        'credential_ambiguous',
        'key_unknown',
        'key_revoked',
        'key_disabled',
        'key_expired',
        'org_suspended',
        'environment_mismatch',
      ],
      status: 401,
      body: '{"success":false,"error":{"code":"INVALID_API_KEY","message":"Invalid API key."}}',
      challenge: 'Bearer realm="classic", error="invalid_token"',
    },
    {
      problems: ['address_not_allowed', 'address_list_empty'],
      status: 403,
      body: '{"success":false,"error":{"code":"IP_NOT_ALLOWED","message":"This API key may not be used from your IP address."}}',
    },
    {
      problems: ['referrer_not_allowed'],
      status: 403,
      body: '{"success":false,"error":{"code":"REFERRER_NOT_ALLOWED","message":"This API key may not be used from this site."}}',
    },
    {
      problems: ['endpoint_not_allowed'],
      status: 403,
      body: '{"success":false,"error":{"code":"ENDPOINT_NOT_ALLOWED","message":"This API key may not call this endpoint."}}',
    },
    {
      problems: ['scope_missing'],
      status: 403,
      body: '{"success":false,"error":{"code":"INSUFFICIENT_SCOPE","message":"This API key lacks a permission that this endpoint requires."}}',
    },
    {
      problems: ['path_not_canonical'],
      status: 400,
      body: '{"success":false,"error":{"code":"BAD_REQUEST","message":"The request path is not in canonical form."}}',
    },
    {
      problems: ['rate_limited'],
      status: 429,
      body: '{"success":false,"error":{"code":"RATE_LIMIT_EXCEEDED","message":"Rate limit exceeded. Wait for the number of seconds in Retry-After."}}',
    },
    {
      problems: ['quota_exceeded'],
      status: 429,
      body: '{"success":false,"error":{"code":"QUOTA_EXCEEDED","message":"The quota of this API key is used up."}}',
    },
    {
      problems: ['unavailable'],
      status: 503,
      body: '{"success":false,"error":{"code":"SERVICE_UNAVAILABLE","message":"The service is temporarily unavailable. Try again shortly."}}',
    },
    {
      problems: ['bad_request'],
      status: 400,
      body: '{"success":false,"error":{"code":"BAD_REQUEST","message":"The request is malformed."}}',
    },
    {
      problems: ['method_not_allowed'],
      status: 405,
      body: '{"success":false,"error":{"code":"METHOD_NOT_ALLOWED","message":"This method is not allowed."}}',
    },
    {
      problems: ['body_too_large'],
      status: 413,
      body: '{"success":false,"error":{"code":"PAYLOAD_TOO_LARGE","message":"The request body is too large."}}',
    },
    {
      problems: ['request_timeout'],
      status: 408,
      body: '{"success":false,"error":{"code":"REQUEST_TIMEOUT","message":"The request body arrived too slowly."}}',
    },
    {
      problems: ['headers_too_large'],
      status: 431,
      body: '{"success":false,"error":{"code":"HEADERS_TOO_LARGE","message":"The request has too many header fields."}}',
    },
    {
      problems: ['upstream_failed'],
      status: 502,
      body: '{"success":false,"error":{"code":"BAD_GATEWAY","message":"The API did not answer. Try again shortly."}}',
    },
    {
      problems: ['upstream_timeout'],
      status: 504,
      body: '{"success":false,"error":{"code":"GATEWAY_TIMEOUT","message":"The API did not answer in time. Try again shortly."}}',
    },
  ],
  palm: [
    {
      problems: ['credential_missing'],
      status: 401,
      body: '{"type":"about:blank","title":"Unauthorized","status":401,"detail":"The Authorization header is missing.","instance":"urn:uuid:c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
      challenge: 'Bearer realm="palm"',
    },
    {
      problems: ['credential_malformed', 'credential_ambiguous'],
      status: 401,
      body: '{"type":"about:blank","title":"Unauthorized","status":401,"detail":"The Bearer token is malformed.","instance":"urn:uuid:c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
      challenge: 'Bearer realm="palm", error="invalid_token"',
    },
    {
      problems: ['key_unknown', 'key_revoked', 'key_disabled', 'key_expired', 'org_suspended', 'environment_mismatch'],
      status: 401,
      body: '{"type":"about:blank","title":"Unauthorized","status":401,"detail":"The API key is invalid, expired or revoked.","instance":"urn:uuid:c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
      challenge: 'Bearer realm="palm", error="invalid_token"',
    },
    {
      problems: [
        'address_not_allowed',
        'address_list_empty',
        'referrer_not_allowed',
        'endpoint_not_allowed',
        'scope_missing',
      ],
      status: 403,
      body: '{"type":"about:blank","title":"Forbidden","status":403,"detail":"The API key has insufficient permissions for this request.","instance":"urn:uuid:c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['path_not_canonical'],
      status: 400,
      body: '{"type":"about:blank","title":"Bad Request","status":400,"detail":"The request path is not in canonical form.","instance":"urn:uuid:c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['rate_limited'],
      status: 429,
      body: '{"type":"about:blank","title":"Too Many Requests","status":429,"detail":"Rate limit exceeded. Wait for the number of seconds in Retry-After.","instance":"urn:uuid:c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['quota_exceeded'],
      status: 429,
      body: '{"type":"about:blank","title":"Too Many Requests","status":429,"detail":"The quota of this API key is used up.","instance":"urn:uuid:c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['unavailable'],
      status: 503,
      body: '{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"The service is temporarily unavailable. Try again shortly.","instance":"urn:uuid:c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['bad_request'],
      status: 400,
      body: '{"type":"about:blank","title":"Bad Request","status":400,"detail":"The request is malformed.","instance":"urn:uuid:c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['method_not_allowed'],
      status: 405,
      body: '{"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"This method is not allowed.","instance":"urn:uuid:c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['body_too_large'],
      status: 413,
      body: '{"type":"about:blank","title":"Payload Too Large","status":413,"detail":"The request body is too large.","instance":"urn:uuid:c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['request_timeout'],
      status: 408,
      body: '{"type":"about:blank","title":"Request Timeout","status":408,"detail":"The request body arrived too slowly.","instance":"urn:uuid:c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['headers_too_large'],
      status: 431,
      body: '{"type":"about:blank","title":"Request Header Fields Too Large","status":431,"detail":"The request has too many header fields.","instance":"urn:uuid:c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['upstream_failed'],
      status: 502,
      body: '{"type":"about:blank","title":"Bad Gateway","status":502,"detail":"The API did not answer. Try again shortly.","instance":"urn:uuid:c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
    {
      problems: ['upstream_timeout'],
      status: 504,
      body: '{"type":"about:blank","title":"Gateway Timeout","status":504,"detail":"The API did not answer in time. Try again shortly.","instance":"urn:uuid:c1b2a3d4-e5f6-7890-abcd-ef1234567890"}',
    },
  ],
};

const ids = Object.keys(profiles) as ProfileId[];
const requestId = 'c1b2a3d4-e5f6-7890-abcd-ef1234567890';
const usedUp: RateState = {
  limit: 60,
  windowSeconds: 60,
  remaining: 0,
  resetAtMs: 1_700_000_040_000,
  readAtMs: 1_700_000_003_001,
};

function headersOf(reply: Reply): Map<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at < reply.headers.length; at += 2) {
    const name = (reply.headers[at] as string).toLowerCase();
    if (headers.has(name)) throw new TypeError(`${name} is sent twice`);
    headers.set(name, reply.headers[at + 1] as string);
  }
  return headers;
}

const render = (id: ProfileId, problem: Problem, rate?: RateState) =>
  renderProblem(profiles[id].dialect, id, problem, rate, requestId);

describe.each(ids)('%s', (id) => {
  const rows = golden[id].flatMap(({ problems, ...row }) => problems.map((problem) => ({ problem, ...row })));

  test('has a golden reply for every problem', () => {
    expect(rows.map((row) => row.problem).sort()).toEqual([...reasons, ...faults].sort());
  });

  test.each(rows)('answers $problem with $status, to the byte', ({ problem, status, body, challenge }) => {
    const reply = render(id, problem);
    expect(reply.status).toBe(status);
    expect(reply.body).toBe(body);
    expect(reply.headers).toEqual([
      'Content-Type',
      id === 'palm' ? 'application/problem+json' : 'application/json; charset=utf-8',
      'Content-Length',
      String(Buffer.byteLength(body)),
      'Cache-Control',
      'no-store',
      'X-Request-Id',
      requestId,
      ...(challenge === undefined ? [] : ['WWW-Authenticate', challenge]),
      ...(status === 429 || status === 503 ? ['Retry-After', '1'] : []),
    ]);
  });

  test('sends truthful rate headers wherever a limit was counted, and Retry-After on 429 alone', () => {
    for (const problem of reasons) {
      const reply = render(id, problem, usedUp);
      const headers = headersOf(reply);
      expect(headers.get('x-ratelimit-limit')).toBe('60');
      expect(headers.get('x-ratelimit-remaining')).toBe('0');
      expect(headers.get('x-ratelimit-reset')).toBe('1700000040');
      expect(headers.get('ratelimit-policy')).toBe('"default";q=60;w=60');
      expect(headers.get('ratelimit')).toBe('"default";r=0;t=37');
      expect(headers.get('retry-after')).toBe(reply.status === 429 ? '37' : undefined);
    }
  });
});

test('rate headers are spelled as the vendors spell them', () => {
  const spelled = ids.map((id) =>
    render(id, 'rate_limited', usedUp).headers.filter((text) => /^x-ratelimit/i.test(text)),
  );
  expect(spelled).toEqual([
    ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'],
    ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'],
    ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'],
    ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'],
    ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'],
  ]);
});

test('RateLimit and RateLimit-Policy are structured fields of the shape that the IETF draft gives', () => {
  const headers = headersOf(render('palpluss', 'rate_limited', usedUp));
  expect(parseList(headers.get('ratelimit-policy') ?? '')).toEqual([
    [
      'default',
      new Map([
        ['q', 60],
        ['w', 60],
      ]),
    ],
  ]);
  expect(parseList(headers.get('ratelimit') ?? '')).toEqual([
    [
      'default',
      new Map([
        ['r', 0],
        ['t', 37],
      ]),
    ],
  ]);
});

test('Retry-After never ends before the window does', () => {
  for (const beforeResetMs of [60_000, 59_999, 1001, 1000, 999, 1, 0]) {
    const readAtMs = usedUp.resetAtMs - beforeResetMs;
    const waitSeconds = Number(
      headersOf(render('palpluss', 'rate_limited', { ...usedUp, readAtMs })).get('retry-after'),
    );
    expect(Number.isInteger(waitSeconds)).toBe(true);
    expect(waitSeconds).toBeGreaterThanOrEqual(1);
    expect(readAtMs + waitSeconds * 1000).toBeGreaterThanOrEqual(usedUp.resetAtMs);
  }
});

test('PalCards answers all refusals but limits and outages with the same bytes', () => {
  const alike = reasons.filter((reason) => !['rate_limited', 'quota_exceeded', 'unavailable'].includes(reason));
  expect(alike).toHaveLength(reasons.length - 3);
  for (const reason of alike) expect(render('palcards', reason)).toEqual(render('palcards', 'credential_missing'));
});

test('the Content-Length counts bytes, not characters', () => {
  const dialect = { ...profiles.palcards.dialect, renderError: () => 'غير مصرح' };
  const reply = renderProblem(dialect, 'api', 'key_unknown', undefined, requestId);
  expect(headersOf(reply).get('content-length')).toBe('15');
});
