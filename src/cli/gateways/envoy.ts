// Envoy: `ext_authz` over HTTP.
import { formatHostPort, type GatewaySetting } from './setting.ts';

/** @returns a bootstrap configuration as YAML */
export function envoySnippet(setting: GatewaySetting): string {
  const { api, decisions, hosts, upstream, toUpstream, toClient, overrides, forwarded, keyHeaders, hasCors } = setting;
  const isOnFile = 'file' in decisions;
  const { origin, basePath, host } = upstream;
  const { hostname, port, protocol } = new URL(origin);
  const isTls = protocol === 'https:';
  const own = new Set(['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Miftah-Token']);
  const removed = [...forwarded.filter((each) => !own.has(each)), ...overrides].map((each) => each.toLowerCase());
  const exact = (names: readonly string[]) =>
    names.map((each) => `                              - exact: ${each.toLowerCase()}`).join('\n');
  const place = isOnFile
    ? `pipe: { path: ${decisions.file} }`
    : `socket_address: { address: ${decisions.host}, port_value: ${decisions.port} }`;
  const asked = isOnFile ? 'http://localhost' : `http://${formatHostPort(decisions)}`;
  const token = isOnFile
    ? ''
    : `
                        authorization_request:
                          headers_to_add:
                            - { key: x-miftah-token, value: TOKEN }`;
  const cors = hasCors
    ? '\n                response_headers_to_remove: [access-control-allow-methods, access-control-allow-headers]'
    : '';
  return `# Miftah decides about each request for ${api}.${isOnFile ? '' : ' Replace TOKEN, in a file that only Envoy reads.'}
static_resources:
  listeners:
    - name: ${api}
      address:
        socket_address: { address: 0.0.0.0, port_value: 80 }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: ${api}
                # Appends the client's address to X-Forwarded-For, and Miftah reads the last one.
                use_remote_address: true
                common_http_protocol_options:
                  headers_with_underscores_action: DROP_HEADER
                route_config:
                  virtual_hosts:
                    - name: ${api}
                      domains: [${hosts.map((each) => `"${each}"`).join(', ')}]
                      routes:
                        - match: { prefix: "/" }
                          route: { cluster: ${api}${basePath === '' ? '' : `, prefix_rewrite: "${basePath}/"`}${
                            host === undefined ? '' : `, host_rewrite_literal: "${host}"`
                          } }
                      request_headers_to_remove: [${[...keyHeaders, 'x-miftah-token'].join(', ')}]${cors}
                http_filters:
                  # What could deceive the upstream.
                  - name: envoy.filters.http.header_mutation
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation
                      mutations:
                        request_mutations:
${removed.map((each) => `                          - remove: ${each}`).join('\n')}
                  - name: envoy.filters.http.ext_authz
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz
                      failure_mode_allow: false
                      status_on_error: { code: ServiceUnavailable }
                      allowed_headers:
                        patterns: [{ safe_regex: { regex: ".*" } }]
                      http_service:
                        server_uri: { uri: "${asked}", cluster: miftah, timeout: 2s }
                        path_prefix: /auth/envoy/${api}${token}
                        authorization_response:
                          allowed_upstream_headers:
                            patterns:
${exact([...toUpstream, 'X-Request-Id'])}
                          allowed_client_headers:
                            patterns: [{ safe_regex: { regex: ".*" } }]
                          allowed_client_headers_on_success:
                            patterns:
${exact([...toClient, 'X-Request-Id'])}
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
    - name: miftah
      type: ${isOnFile ? 'STATIC' : 'STRICT_DNS'}
      load_assignment:
        cluster_name: miftah
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { ${place} } }
    - name: ${api}
      type: STRICT_DNS
      load_assignment:
        cluster_name: ${api}
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: ${hostname}, port_value: ${
                port === '' ? (isTls ? 443 : 80) : port
              } } } }${
                isTls
                  ? `
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
          sni: ${hostname}
          common_tls_context:
            validation_context:
              trusted_ca: { filename: /etc/ssl/certs/ca-certificates.crt }
              match_typed_subject_alt_names: [{ san_type: DNS, matcher: { exact: ${hostname} } }]`
                  : ''
              }
`;
}
