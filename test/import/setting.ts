// A server whose APIs accept keys of another system, and such keys.
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { startTestServer, type TestServer } from '../fixture.ts';

const apis = `
  - id: classic
    profile: classic
    hosts: { live: [api.classic.localhost], test: [test.classic.localhost] }
    upstream: UPSTREAM
    importedKeys: { algorithm: sha256, prefix: old_, minLength: 36, maxLength: 36 }
  - id: palpluss
    profile: palpluss
    hosts: [api.palpluss.localhost]
    upstream: UPSTREAM
    importedKeys: { algorithm: sha512, minLength: 20, maxLength: 100 }
    policy: { maxKeysPerOrg: 3 }
  - id: palcards
    profile: palcards
    hosts: [api.palcards.localhost]
    upstream: UPSTREAM
    importedKeys: { algorithm: sha256, minLength: 80, maxLength: 80 }
  - id: palm
    profile: palm
    hosts: [api.palm.localhost]
    upstream: UPSTREAM
`;

export const startServer = (): Promise<TestServer> => startTestServer({ apis });

/** A secret of 36 characters, as another system made them for `classic`. */
export const oldSecret = (): string => `old_${randomBytes(16).toString('hex')}`;

export function digestOf(secret: string, algorithm = 'sha256', encoding: 'hex' | 'base64' = 'hex'): string {
  return createHash(algorithm).update(secret).digest(encoding);
}

/** The status of a call through the data plane. */
export function call(server: TestServer, host: string, headers: Record<string, string>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  request({ host: '127.0.0.1', port: server.publicPort, headers: { host, ...headers }, agent: false }, (reply) => {
    reply.resume();
    reply.on('end', () => resolve(reply.statusCode ?? 0));
  })
    .on('error', reject)
    .end();
  return promise;
}

export const bearer = (secret: string): Record<string, string> => ({ authorization: `Bearer ${secret}` });
