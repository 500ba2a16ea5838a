// Configurations of the peers that are system programs: nginx, HAProxy, Caddy. Each has one worker or thread, like
// Miftah.

export interface Ports {
  readonly port: number;
  /** The upstream's port. */
  readonly upstream: number;
  /** The port of the key-check service, or its unix socket. */
  readonly check: number | string;
}

/** By default nginx closes a kept-alive connection after a thousand requests, which would count as errors. */
const endless = 'keepalive_requests 1000000000; keepalive_timeout 600s;';

function nginx(name: string, http: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${name}-${kind};`,
  );
  return `daemon off;
master_process off;
worker_processes 1;
pid ${name}.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
  access_log off;
  ${endless}
  ${temporary.join(' ')}
  ${http}
}
`;
}

const keepAliveTo = (name: string, to: number | string) => {
  const server = typeof to === 'number' ? `127.0.0.1:${to}` : `unix:${to}`;
  return `upstream ${name} { server ${server}; keepalive 128; keepalive_requests 1000000000; }`;
};

const forward = (name: string) =>
  `proxy_pass http://${name}; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;`;

/** The upstream of all peers: a fixed reply from memory. */
export function nginxUpstream(port: number): string {
  return nginx(
    'upstream',
    `server {
    listen 127.0.0.1:${port};
    location / {
      default_type application/json;
      return 200 '{"id":"usr_123","name":"Amal Haddad","email":"amal@example.com","plan":"pro"}';
    }
  }`,
  );
}

export function nginxPlain({ port, upstream }: Ports): string {
  return nginx(
    'plain',
    `${keepAliveTo('api', upstream)}
  server { listen 127.0.0.1:${port}; location / { ${forward('api')} } }`,
  );
}

export function nginxAuthRequest({ port, upstream, check }: Ports): string {
  return nginx(
    'auth-request',
    `${keepAliveTo('api', upstream)}
  ${keepAliveTo('check', check)}
  server {
    listen 127.0.0.1:${port};
    location / {
      auth_request /check;
      auth_request_set $key_id $upstream_http_x_key_id;
      ${forward('api')}
      proxy_set_header X-Key-Id $key_id;
      proxy_set_header Authorization "";
    }
    location = /check {
      internal;
      ${forward('check')}
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
    }
  }`,
  );
}

/** @param printed what `miftah gateway snippet nginx` prints; `tokenFile`: the file with the gateway's token */
export function nginxMiftah(
  port: number,
  { printed, tokenFile }: { readonly printed: string; readonly tokenFile: string },
): string {
  const server = printed
    .replace('listen 80;', `listen 127.0.0.1:${port};`)
    .replaceAll('/etc/nginx/miftah-token;', `${tokenFile};`)
    .replaceAll('keepalive 32;', 'keepalive 128; keepalive_requests 1000000000;');
  return nginx('miftah', server);
}

export function haproxyPlain({ port, upstream }: Ports): string {
  return `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend public
  bind 127.0.0.1:${port}
  default_backend api
backend api
  server api 127.0.0.1:${upstream}
`;
}

export function caddyForwardAuth({ port, upstream, check }: Ports): string {
  return `{
  admin off
  auto_https off
  default_bind 127.0.0.1
}
http://:${port} {
  forward_auth 127.0.0.1:${check} {
    uri /check
    copy_headers X-Key-Id
  }
  reverse_proxy 127.0.0.1:${upstream} {
    header_up -Authorization
  }
}
`;
}
