// Header field names as an upstream may read them, and the fields with which a client could undo a decision.

const separator = /[^a-z0-9]/g;

/**
 * The name as CGI and similar servers read it (RFC 3875 §4.1.18): lower case, with `-` for every character that is not
 * a letter or digit. To such an upstream `X_Miftah_Org`, `X.Miftah.Org` and `X!Miftah!Org` are all `x-miftah-org`
 * (CVE-2025-64484, CVE-2026-52845), so Miftah guards all of them.
 */
export function foldFieldName(name: string): string {
  return name.toLowerCase().replaceAll(separator, '-');
}

/**
 * Folded fields that override the request line at an upstream: another method, another target, or a proxy for its own
 * requests (`Proxy` becomes `HTTP_PROXY` under CGI, CVE-2016-5385). Miftah never forwards them unless the operator
 * names them in `passHeaders`.
 */
export const overrideFields: readonly string[] = [
  // Method: Express method-override, Rack, Symfony, Laravel, ASP.NET, Google APIs.
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-method',
  'http-method-override',
  'method-override',
  // Target: IIS, Zend, Symfony, Next.js, Envoy, nginx set-ups that trust their own header from outside.
  'x-original-url',
  'x-original-uri',
  'x-original-path',
  'x-original-method',
  'x-original-host',
  'x-rewrite-url',
  'x-rewrite-uri',
  'x-request-uri',
  'x-request-url',
  'x-override-url',
  'x-host',
  'x-http-host-override',
  'x-proxy-url',
  'request-uri',
  'x-envoy-original-path',
  'x-envoy-original-method',
  'x-envoy-original-host',
  'x-envoy-original-dst-host',
  'x-matched-path',
  'x-invoke-path',
  'x-invoke-query',
  'x-invoke-output',
  'x-now-route-matches',
  'x-script-name',
  // Target: Azure's front ends name it to the applications behind them.
  'x-ms-original-url',
  'x-waws-unencoded-url',
  // File: Rack::Sendfile takes its mapping from the request (CVE-2025-61780).
  'x-sendfile-type',
  'x-accel-mapping',
  'proxy',
];
const overrides: ReadonlySet<string> = new Set(overrideFields);

/** Next.js skips its middleware, and so its authorization, for a client that sends these (CVE-2025-29927). */
const overridePrefixes = ['x-middleware-'] as const;

/** Folded fields in which vendors' proxies name the client. Only a trusted proxy may set them. */
const clientAddresses: ReadonlySet<string> = new Set([
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'cf-pseudo-ipv4',
  'client-ip',
  'fastly-client-ip',
  'fastly-temp-xff',
  'fly-client-ip',
  'forwarded-for',
  'do-connecting-ip',
  'remote-addr',
  'true-client-ip',
  'wl-proxy-client-ip',
  'x-appengine-remote-addr',
  'x-appengine-user-ip',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-coming-from',
  'x-envoy-external-address',
  'x-forwarded',
  'x-ms-forwarded-client-ip',
  'x-nf-client-connection-ip',
  'x-originating-ip',
  'x-proxyuser-ip',
  'x-remote-addr',
  'x-remote-ip',
  'x-true-client-ip',
  'x-true-ip',
  'x-vercel-forwarded-for',
]);

/** Whether a client could make the upstream act on another method or target with this folded name. */
export function isOverrideField(folded: string): boolean {
  return overrides.has(folded) || overridePrefixes.some((prefix) => folded.startsWith(prefix));
}

/**
 * Whether a proxy names the client with this folded name. `X-Forwarded-*`, `Forwarded` and `X-Real-IP` are not among
 * them: Miftah never forwards the client's own.
 */
export function isClientAddressField(folded: string): boolean {
  return clientAddresses.has(folded);
}

/** Fields in which a proxy says more of the request as it got it, or names it for all servers, lower case. */
const proxyFields: ReadonlySet<string> = new Set([
  'x-forwarded-port',
  'x-forwarded-prefix',
  'traceparent',
  'tracestate',
]);

/**
 * Whether requests of a trusted proxy keep this field. All other requests lose it. Only the exact spelling counts: one
 * that folds to it (`X_Forwarded_Prefix`) may have passed through that proxy.
 */
export function isProxyField(lowerName: string): boolean {
  return proxyFields.has(lowerName);
}

/** Whether a client may be let to send the name all the same: it only ties the request to others. */
export function isTraceField(folded: string): boolean {
  return folded === 'traceparent' || folded === 'tracestate';
}
