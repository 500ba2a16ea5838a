// Header field names as an upstream may read them, and the fields with which a client could change what was decided.

const separator = /[^a-z0-9]/g;

/**
 * The name as CGI and servers like it read it (RFC 3875 §4.1.18): lower case, and every character that is no letter or
 * digit is `-`. `X_Miftah_Org`, `X.Miftah.Org` and `X!Miftah!Org` are all `x-miftah-org` to such an upstream
 * (CVE-2025-64484, CVE-2026-52845), so all of them are guarded alike.
 */
export function foldFieldName(name: string): string {
  return name.toLowerCase().replaceAll(separator, '-');
}

/**
 * Fields that make an upstream do something else than the request line says, folded: another method, another target, or
 * a proxy for its own requests (`Proxy` becomes `HTTP_PROXY` under CGI, CVE-2016-5385). Never forwarded unless the
 * operator names them in `passHeaders`.
 */
const overrides: ReadonlySet<string> = new Set([
  // Method: Express method-override, Rack, Symfony, Laravel, ASP.NET, Google APIs.
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-method',
  'http-method-override',
  'method-override',
  // Target: IIS, Zend, Symfony, Next.js, Envoy, nginx set-ups that trust what they themselves set elsewhere.
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
  // Target, as Azure's front ends name it to the applications behind them.
  'x-ms-original-url',
  'x-waws-unencoded-url',
  // The file that is sent: Rack::Sendfile takes its mapping from the request (CVE-2025-61780).
  'x-sendfile-type',
  'x-accel-mapping',
  'proxy',
]);

/** Next.js skips its middleware, and with it authorization, for a client that sends these (CVE-2025-29927). */
const overridePrefixes = ['x-middleware-'] as const;

/** Fields in which proxies of one vendor or another name the client, folded. Believed from a trusted proxy only. */
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

/** Whether the folded name is one with which a client could have the upstream act on another method or target. */
export function isOverrideField(folded: string): boolean {
  return overrides.has(folded) || overridePrefixes.some((prefix) => folded.startsWith(prefix));
}

/**
 * Whether the folded name is one by which a proxy names the client. `X-Forwarded-*`, `Forwarded` and `X-Real-IP` are not among
 * them: those a client's request never keeps.
 */
export function isClientAddressField(folded: string): boolean {
  return clientAddresses.has(folded);
}
