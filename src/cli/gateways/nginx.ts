// nginx: `auth_request`.
import { fillLines, formatHostPort, type GatewaySetting } from './setting.ts';

/** @returns a file for `/etc/nginx/conf.d/` */
export function nginxSnippet(setting: GatewaySetting): string {
  const { api, decisions, hosts, upstream, toUpstream, toClient, overrides, forwarded, keyHeaders, hasCors } = setting;
  const isOnFile = 'file' in decisions;
  const server = isOnFile ? `unix:${decisions.file}` : formatHostPort(decisions);
  const name = api.replaceAll('-', '_');
  const isTls = upstream.origin.startsWith('https:');
  const token = isOnFile ? '' : '\n    include /etc/nginx/miftah-token;';
  const clear = (names: readonly string[]) =>
    fillLines(
      names.map((each) => `proxy_set_header ${each} "";`),
      '    ',
    );
  const takes = (names: readonly string[]) =>
    names.map((each) => `    auth_request_set $${variable(each)} $upstream_http_${underscored(each)};`).join('\n');
  const own = new Set(['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto']);
  const clientHeaders = [...toClient, 'X-Request-Id'];
  const hidden = [...clientHeaders.filter((each) => each !== 'Vary'), ...(hasCors ? corsOfUpstream : [])];
  return `# Miftah decides about each request for ${api}. This file belongs in the http block, as /etc/nginx/conf.d/${api}.conf.${
    isOnFile
      ? `
# The user of nginx must be in the group of ${decisions.file}.`
      : `
# /etc/nginx/miftah-token has one line, and only root may read it: proxy_set_header X-Miftah-Token "TOKEN";`
  }
upstream ${name}_miftah {
  server ${server};
  keepalive 32;
}

upstream ${name}_upstream {
  server ${serverOf(upstream.origin)};
  keepalive 32;
}

server {
  listen 80;
  server_name ${hosts.join(' ')};

  location / {
    auth_request /_miftah;
    error_page 401 403 = @miftah_refused;
    auth_request_set $miftah_reply $upstream_http_x_miftah_reply;
${takes([...toUpstream, ...clientHeaders])}

    proxy_pass ${isTls ? 'https' : 'http'}://${name}_upstream${upstream.basePath === '' ? '' : `${upstream.basePath}$request_uri`};
    proxy_http_version 1.1;${isTls ? tlsOf(upstream.origin) : ''}
    proxy_set_header Connection "";
    proxy_set_header Host ${upstream.host ?? '$host'};
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Host $host;
    proxy_set_header X-Forwarded-Proto $scheme;
${[...toUpstream, 'X-Request-Id'].map((each) => `    proxy_set_header ${each} $${variable(each)};`).join('\n')}
    # Without a value, a header of the client is removed: the key, and what could deceive the upstream.
${clear([...keyHeaders, ...forwarded.filter((each) => !own.has(each)), ...overrides])}
${fillLines(
  hidden.map((each) => `proxy_hide_header ${each};`),
  '    ',
)}
${clientHeaders.map((each) => `    add_header ${each} $${variable(each)} always;`).join('\n')}
  }

  location = /_miftah {
    internal;
    proxy_pass http://${name}_miftah/auth/nginx/${api};
    proxy_http_version 1.1;
    proxy_connect_timeout 2s;
    proxy_read_timeout 5s;
    proxy_pass_request_body off;
    proxy_buffer_size 16k;
    proxy_buffers 4 16k;${token}
    proxy_set_header Connection "";
    proxy_set_header Content-Length "";
    proxy_set_header X-Original-Method $request_method;
    proxy_set_header X-Original-URI $request_uri;
    proxy_set_header X-Original-Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
${clear(overrides.filter((each) => !facts.has(each)))}
  }

  # nginx has lost the body of the refused reply. Miftah returns it, with its status.
  location @miftah_refused {
    rewrite ^ /auth/nginx/${api}/reply? break;
    proxy_pass http://${name}_miftah;
    proxy_http_version 1.1;
    proxy_method GET;
    proxy_pass_request_body off;
    proxy_pass_request_headers off;${token}
    proxy_set_header Connection "";
    proxy_set_header X-Miftah-Reply $miftah_reply;
    # nginx has it from the first reply.
    proxy_hide_header WWW-Authenticate;
  }
}
`;
}

const facts: ReadonlySet<string> = new Set(['x-original-method', 'x-original-uri', 'x-original-host']);

const corsOfUpstream = ['Access-Control-Allow-Methods', 'Access-Control-Allow-Headers', 'Access-Control-Max-Age'];

function underscored(header: string): string {
  return header.toLowerCase().replaceAll('-', '_');
}

function variable(header: string): string {
  return `miftah_${underscored(header).replace(/^x_(miftah_)?/, '')}`;
}

/** Of an origin, the host with its port. */
function serverOf(origin: string): string {
  const { host, port, protocol } = new URL(origin);
  return port === '' ? `${host}:${protocol === 'https:' ? 443 : 80}` : host;
}

function tlsOf(origin: string): string {
  return `
    proxy_ssl_server_name on;
    proxy_ssl_name ${new URL(origin).hostname};
    proxy_ssl_verify on;
    proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;`;
}
