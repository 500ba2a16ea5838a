// Real servers that report how they routed a request: nginx, Express and Python's http.server, with their defaults.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import express, { type Request, type Response } from 'express';
import methodOverride from 'method-override';
import { freePort } from '../free-port.ts';

/** The start of a route's reply. The method and the decoded path of the route follow. */
export const routedMark = 'routed ';

export interface Upstream {
  readonly port: number;
  close(): Promise<void>;
}

/** The paths that the servers know. Any other is a 404. */
const files = ['/v1/users/7', '/v1/users/8', '/v1/payments', '/v1/reports/2026', '/v1/reports/2026.json', '/admin'];

/**
 * nginx decodes, merges slashes and resolves dots before it chooses a location. Payments and the administration ignore
 * case and a trailing slash, as a location with `~*` does.
 */
export async function startNginx(): Promise<Upstream> {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-nginx-'));
  const port = await freePort();
  const answer = (path: string) => `default_type text/plain; return 200 "${routedMark}$request_method ${path}";`;
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
    events { worker_connections 256; }
    http {
      access_log off; keepalive_requests 1000000; ${paths.join(' ')}
      server {
        listen 127.0.0.1:${port};
        location / { return 404; }
        location = /v1/users { ${answer('/v1/users')} }
        location /v1/users/ { ${answer('$uri')} }
        location ~* ^/v1/payments/?$ { ${answer('/v1/payments')} }
        location ~* ^/v1/payments/(.+)$ { ${answer('/v1/payments/$1')} }
        location ~* ^/v1/admin/(.*)$ { ${answer('/v1/admin/$1')} }
        location ~* ^/admin/?$ { ${answer('/admin')} }
        location /v1/reports/ { ${answer('$uri')} }
      }
    }`,
  );
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: 'ignore',
  });
  return supervise(child, port, folder);
}

/** Python's own server over a folder of files. Each file holds its path. */
export async function startPython(): Promise<Upstream> {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-python-'));
  const port = await freePort();
  for (const path of [...files, '/v1/users/index.html', '/v1/admin/index.html', '/v1/admin/keys']) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${routedMark}GET ${path.replace(/index\.html$/, '')}`);
  }
  const child = spawn('python3', ['-m', 'http.server', '--bind', '127.0.0.1', '--directory', folder, String(port)], {
    stdio: 'ignore',
  });
  return supervise(child, port, folder);
}

/**
 * Express with its default options, so that case and a trailing slash do not matter, and with a format suffix as in
 * Rails. `obeys`: follows override headers, as applications of several frameworks do.
 */
export async function startExpress({ obeys = false }: { readonly obeys?: boolean } = {}): Promise<Upstream> {
  const app = express();
  if (obeys) {
    for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) app.use(methodOverride(name));
    app.use((req, _res, next) => {
      const target = req.get('x-original-url') ?? req.get('x-rewrite-url') ?? req.get('x-original-uri');
      if (target?.startsWith('/') === true) req.url = target;
      next();
    });
  }
  const answer = (pathOf: (params: Request['params']) => string) => (req: Request, res: Response) =>
    void res.type('text/plain').end(`${routedMark}${req.method} ${pathOf(req.params)}`);
  app.all(
    '/v1/users',
    answer(() => '/v1/users'),
  );
  app.all(
    '/v1/users/:id',
    answer(({ id }) => `/v1/users/${id}`),
  );
  app.all(
    '/v1/users/:id/keys',
    answer(({ id }) => `/v1/users/${id}/keys`),
  );
  app.all(
    '/v1/payments{.:format}',
    answer(() => '/v1/payments'),
  );
  app.all(
    '/v1/payments/:id',
    answer(({ id }) => `/v1/payments/${id}`),
  );
  app.all(
    '/v1/admin/*rest',
    answer(({ rest }) => `/v1/admin/${[rest].flat().join('/')}`),
  );
  app.all(
    '/admin',
    answer(() => '/admin'),
  );
  app.all(
    '/v1/reports/:name',
    answer(({ name }) => `/v1/reports/${name}`),
  );
  const port = await freePort();
  const server = createServer(app).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function supervise(child: ChildProcess, port: number, folder: string): Promise<Upstream> {
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  let isGone = false;
  void gone.then(() => {
    isGone = true;
  });
  while (!(await accepts(port))) {
    if (isGone) throw new Error(`${child.spawnfile} did not start`);
    await new Promise((wake) => setTimeout(wake, 10));
  }
  return {
    port,
    async close() {
      child.kill('SIGTERM');
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
