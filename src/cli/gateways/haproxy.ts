// HAProxy: a Lua file of ours asks Miftah.
import { luaFileOf } from './lua-file.ts';
import { formatHostPort, type GatewaySetting } from './setting.ts';

/** @returns sections for haproxy.cfg */
export function haproxySnippet(setting: GatewaySetting): string {
  const { api, decisions, hosts, upstream, passed, keyHeaders, hasCors } = setting;
  const isOnFile = 'file' in decisions;
  const url = `http://${isOnFile ? 'localhost' : formatHostPort(decisions)}/auth/forward/${api}`;
  const { origin, basePath, host } = upstream;
  const { hostname, port, protocol } = new URL(origin);
  const isTls = protocol === 'https:';
  const tls = ` ssl verify required ca-file @system-ca sni str(${hostname}) verifyhost ${hostname}`;
  return `# Miftah decides about each request for ${api}.${
    isOnFile
      ? `
# The user of HAProxy must be in the group of ${decisions.file}.`
      : `
# The environment of HAProxy has the token of the gateway: MIFTAH_TOKEN.`
  }
global
  lua-load-per-thread ${luaFileOf('haproxy')}

frontend ${api}
  mode http
  bind :80
  timeout client 60s
  http-request return status 421 unless { req.hdr(host),field(1,:),lower -m str ${hosts.join(' ')} }
  http-request lua.miftah ${url} ${isOnFile ? decisions.file : '-'} ${passed.length === 0 ? '-' : passed.join(',')}
  # Miftah has read the key, and the upstream needs none.
${keyHeaders.map((each) => `  http-request del-header ${each}`).join('\n')}
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]${
    host === undefined ? '' : `\n  http-request set-header Host ${host}`
  }${basePath === '' ? '' : `\n  http-request set-path ${basePath}%[path]`}${
    hasCors ? '\n  http-response del-header ^access-control- -m reg' : ''
  }
  http-response lua.miftah_reply
  default_backend ${api}

backend ${api}
  mode http
  timeout connect 5s
  timeout server 60s
  server upstream ${hostname}:${port === '' ? (isTls ? 443 : 80) : port}${isTls ? tls : ''}
`;
}
