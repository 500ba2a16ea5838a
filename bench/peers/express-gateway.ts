// Express Gateway with its key-auth policy. Its database is emulated in its own memory, which saves a round trip to
// Redis.
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../test/free-port.ts';
import type { Bed, Program } from '../bed.ts';
import { ensurePeer } from '../peer-packages.ts';

export interface ExpressGateway {
  readonly program: Program;
  /** A client's `Authorization` header. The secret is its last part. */
  readonly authorization: string;
}

export async function startExpressGateway(bed: Bed, upstream: number): Promise<ExpressGateway> {
  const packages = await ensurePeer('express-gateway');
  const library = join(packages, 'node_modules', 'express-gateway', 'lib');
  const [port, admin] = [await freePort(), await freePort()];
  await cp(join(library, 'config', 'models'), join(bed.folder, 'models'), { recursive: true });
  await bed.write('system.config.yml', systemConfig);
  await bed.write('gateway.config.yml', gatewayConfig(port, admin, upstream));
  const program = await bed.start({
    command: process.execPath,
    args: [join(library, 'index.js')],
    port,
    env: { EG_CONFIG_DIR: bed.folder, LOG_LEVEL: 'error', EG_DISABLE_CONFIG_WATCH: 'true', NODE_ENV: 'production' },
  });
  const user = { username: 'bench', firstname: 'Amal', lastname: 'Haddad', email: 'amal@example.com' };
  await call('/users', user);
  const { keyId, keySecret } = await call('/credentials', { consumerId: 'bench', type: 'key-auth', credential: {} });
  return { program, authorization: `apiKey ${keyId}:${keySecret}` };

  async function call(path: string, body: object): Promise<Record<string, unknown>> {
    const headers = { 'Content-Type': 'application/json' };
    const reply = await fetch(`http://127.0.0.1:${admin}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new Error(`express-gateway answered ${reply.status} to ${path}: ${await reply.text()}`);
    return (await reply.json()) as Record<string, unknown>;
  }
}

// The package's own file without the parts for OAuth.
const systemConfig = `db: { redis: { emulate: true, namespace: EG } }
crypto: { cipherKey: sensitiveKey, algorithm: aes256, saltRounds: 10 }
session: { secret: keyboard cat, resave: false, saveUninitialized: false }
accessTokens: { timeToExpiry: 7200000 }
refreshTokens: { timeToExpiry: 7200000 }
authorizationCodes: { timeToExpiry: 300000 }
`;

function gatewayConfig(port: number, admin: number, upstream: number): string {
  return `http: { port: ${port}, hostname: 127.0.0.1 }
admin: { port: ${admin}, hostname: 127.0.0.1 }
apiEndpoints: { api: { host: '*', paths: '/v1/*' } }
serviceEndpoints: { api: { url: 'http://127.0.0.1:${upstream}' } }
policies: [key-auth, proxy]
pipelines:
  api:
    apiEndpoints: [api]
    policies:
      - key-auth: [{ action: {} }]
      - proxy: [{ action: { serviceEndpoint: api, changeOrigin: true } }]
`;
}
