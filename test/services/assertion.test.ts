// The verifiers of docs/how-to/services/verify-the-assertion.md: each runtime is a real upstream behind a real Miftah,
// and accepts nothing else.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { importJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateSigningKey } from '../../src/gateway/assertion.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { freePort } from '../free-port.ts';
import { requestText, sendRaw } from '../raw-http.ts';
import { type LanguageName, languagesOf, type Program, startProgram } from './programs.ts';

const apis = ['acme', 'other']
  .map((id) => `\n  - { id: ${id}, profile: classic, hosts: [api.${id}.localhost], upstream: UPSTREAM }`)
  .join('');

/** Long, because the machine may be busy. */
const patient = { MIFTAH_WAIT_MS: '60000' };

/** Serves the public keys of Miftah and counts how often they are read. */
interface KeyServer {
  readonly url: string;
  reads: number;
  /** While it is set, the keys can't be read. */
  isBroken: boolean;
  close(): Promise<void>;
}

async function openKeyServer(publicPort: number): Promise<KeyServer> {
  const state = { reads: 0, isBroken: false };
  const server: Server = createServer(async (_req, res) => {
    state.reads += 1;
    if (state.isBroken) {
      res.writeHead(500).end();
      return;
    }
    const reply = await fetch(`http://127.0.0.1:${publicPort}/.well-known/miftah/jwks.json`);
    res.writeHead(reply.status).end(await reply.text());
  });
  const port = await freePort();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

type Claims = Readonly<Record<string, unknown>>;

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const epochSeconds = (): number => Math.floor(Date.now() / 1000);

/** The claims of a good assertion, but for the changes. `undefined` leaves a claim out. */
function claimsWith(changes: Claims = {}): Claims {
  const iat = epochSeconds();
  return {
    iss: 'miftah',
    aud: 'acme',
    sub: 'key_1',
    org: 'org_1',
    env: 'live',
    scope: '',
    iat,
    exp: iat + 60,
    ...changes,
  };
}

async function sign(key: JWK, claims: Claims, header: object = {}): Promise<string> {
  const kept = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  const protectedHeader = { alg: 'EdDSA', kid: key.kid as string, typ: 'JWT', ...header };
  const options = { crit: Object.fromEntries(['b64', 'exp'].map((name) => [name, true])) };
  return new SignJWT(kept).setProtectedHeader(protectedHeader).sign(await importJWK(key, 'EdDSA'), options);
}

/** Assertions that no verifier may accept, made from Miftah's own signing key. */
async function listForged(own: JWK): Promise<Readonly<Record<string, string>>> {
  const good = await sign(own, claimsWith());
  const [header = '', claims = '', signature = ''] = good.split('.');
  const other: JWK = { ...(await generateSigningKey()), kid: own.kid as string };
  const { d: _, ...otherPublic } = other;
  const unsigned = (alg: unknown) => `${base64({ alg, kid: own.kid, typ: 'JWT' })}.${claims}`;
  const withHmac = (secret: string | Buffer) => {
    const text = unsigned('HS256');
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const now = epochSeconds();
  const bit = Buffer.from(signature, 'base64url');
  bit[10] = (bit[10] as number) ^ 1;
  return {
    'no assertion': '',
    'a word': 'forged',
    'two parts': `${header}.${claims}`,
    'four parts': `${good}.`,
    'an empty signature': `${header}.${claims}.`,
    'a signature with one other bit': `${header}.${claims}.${bit.toString('base64url')}`,
    'half a signature': `${header}.${claims}.${signature.slice(0, 43)}`,
    'the claims of another assertion': `${header}.${base64(claimsWith({ org: 'org_forged' }))}.${signature}`,
    'alg none without a signature': `${unsigned('none')}.`,
    'alg None': `${unsigned('None')}.`,
    'alg none with the signature of another': `${unsigned('none')}.${signature}`,
    'no alg': `${base64({ kid: own.kid })}.${claims}.${signature}`,
    'alg as a list': `${unsigned(['EdDSA'])}.${signature}`,
    'HS256 with the public key as its secret': withHmac(own.x as string),
    'HS256 with the bytes of the public key': withHmac(Buffer.from(own.x as string, 'base64url')),
    'the key of a stranger under the kid of Miftah': await sign(other, claimsWith()),
    'the key of a stranger under its own kid': await sign(await generateSigningKey(), claimsWith()),
    'the key of a stranger inside the header': await sign(other, claimsWith(), { jwk: otherPublic }),
    'a kid of another type': `${base64({ alg: 'EdDSA', kid: 7 })}.${claims}.${signature}`,
    'a header that is not understood': await sign(own, claimsWith(), { crit: ['exp'], exp: now }),
    'an expired one': await sign(own, claimsWith({ iat: now - 120, exp: now - 60 })),
    'one that expires now': await sign(own, claimsWith({ exp: now })),
    'no exp': await sign(own, claimsWith({ exp: undefined })),
    'exp as null': await sign(own, claimsWith({ exp: null })),
    'exp as text': await sign(own, claimsWith({ exp: String(now + 60) })),
    'another API': await sign(own, claimsWith({ aud: 'other' })),
    'no aud': await sign(own, claimsWith({ aud: undefined })),
    'aud as the start of a name': await sign(own, claimsWith({ aud: 'acme2' })),
    'another issuer': await sign(own, claimsWith({ iss: 'mallory' })),
    'no iss': await sign(own, claimsWith({ iss: undefined })),
    'no sub': await sign(own, claimsWith({ sub: undefined })),
    'no org': await sign(own, claimsWith({ org: undefined })),
    'claims that are a list': `${header}.${base64([])}.${signature}`,
    'a header that is no JSON': `${Buffer.from('{"alg":').toString('base64url')}.${claims}.${signature}`,
    'other characters than those of base64url': `${header}.${claims}.!!${signature.slice(2)}`,
    'another language': 'ÄÖ.ÜÄ.ÖÜ',
  };
}

describe.each(languagesOf('assertion'))('the verifier in %s', (language: LanguageName) => {
  let miftah: TestServer;
  let keys: KeyServer;
  let upstream: Program;
  let own: JWK;

  // The upstream needs the address of Miftah and Miftah that of the upstream, so a server of ours stands between them.
  beforeAll(async () => {
    miftah = await startTestServer({
      apis,
      upstream: async (req, res) => {
        const reply = await ask(req.headers['x-miftah-assertion'] as string);
        res.statusCode = reply.status;
        res.end(JSON.stringify(reply.body));
      },
    });
    keys = await openKeyServer(miftah.publicPort);
    upstream = await startProgram(language, 'assertion', {
      ...patient,
      MIFTAH_JWKS: keys.url,
      KEYS_PAUSE_SECONDS: '3600',
    });
    own = JSON.parse(await readFile(join(miftah.folder, 'data/signing-key.json'), 'utf8'));
  });
  afterAll(async () => {
    await upstream?.[Symbol.asyncDispose]();
    await keys?.close();
    await miftah?.[Symbol.asyncDispose]();
  });

  /** Shows the verifier an assertion, as someone who reaches it past Miftah. */
  async function ask(assertion: string | undefined, port = upstream.port) {
    const headers = assertion === undefined ? {} : { 'X-Miftah-Assertion': Buffer.from(assertion).toString('latin1') };
    const reply = await fetch(`http://127.0.0.1:${port}/`, { headers });
    return { status: reply.status, body: (await reply.json()) as unknown };
  }

  async function callThroughMiftah(api: string, fields: Record<string, unknown> = {}) {
    const org = await miftah.createOrg();
    const { id, secret } = await miftah.createKey({ api, org, ...fields });
    const text = requestText('GET / HTTP/1.1', [
      ['Host', `api.${api}.localhost`],
      ['Authorization', `Bearer ${secret}`],
    ]);
    const { status, body } = await sendRaw({ port: miftah.publicPort, text });
    return { org, key: id, status, body: JSON.parse(body) };
  }

  test('a request through Miftah shows who sent it', async () => {
    const { org, key, status, body } = await callThroughMiftah('acme', { scopes: ['users:read', 'users:write'] });
    expect(status).toBe(200);
    expect(body).toEqual({ org, key, env: 'live', scope: 'users:read users:write' });
    const testKey = await callThroughMiftah('acme', { environment: 'test' });
    expect(testKey.body).toEqual({ org: testKey.org, key: testKey.key, env: 'test', scope: '' });
  });

  test('a request through another API of the same Miftah is refused', async () => {
    expect(await callThroughMiftah('other')).toMatchObject({ status: 401, body: { error: 'not verified' } });
  });

  test('no forged, expired or foreign assertion is accepted, and none is logged', async () => {
    const good = await sign(own, claimsWith());
    expect(await ask(good)).toEqual({ status: 200, body: { org: 'org_1', key: 'key_1', env: 'live', scope: '' } });
    const wrong: string[] = [];
    const forged = Object.entries(await listForged(own));
    for (const [name, assertion] of [['no header', undefined] as const, ...forged]) {
      const { status, body } = await ask(assertion);
      if (status !== 401 || JSON.stringify(body) !== '{"error":"not verified"}') wrong.push(`${name}: ${status}`);
    }
    expect(wrong).toEqual([]);
    await expect.poll(() => upstream.printed().match(/not verified/g)?.length).toBeGreaterThan(forged.length);
    for (const [, assertion] of forged.filter(([, text]) => text.length > 20)) {
      for (const part of assertion.split('.').filter((each) => each.length > 20))
        expect(upstream.printed()).not.toContain(part);
    }
  });

  test('a slow clock of the upstream does no harm, and new claims and header parameters neither', async () => {
    const now = epochSeconds();
    const later = await sign(own, claimsWith({ iat: now + 20, exp: now + 80, new: { a: [1, true, null, 'é"\\'] } }), {
      new: 1,
    });
    expect((await ask(later)).status).toBe(200);
  });

  test('forged assertions do not make it read the keys for each request', async () => {
    expect((await ask(await sign(own, claimsWith()))).status).toBe(200);
    const before = keys.reads;
    const stranger = await generateSigningKey();
    for (let at = 0; at < 10; at++) {
      const assertion = await sign({ ...stranger, kid: `forged-${at}` }, claimsWith());
      expect((await ask(assertion)).status).toBe(401);
    }
    expect(keys.reads).toBe(before);
  });

  test('without keys it is unavailable, and a new key of Miftah is read', async () => {
    await using changing = await startTestServer({ apis });
    const file = join(changing.folder, 'data/signing-key.json');
    const readKey = async (): Promise<JWK> => JSON.parse(await readFile(file, 'utf8'));
    const source = await openKeyServer(changing.publicPort);
    source.isBroken = true;
    const environment = { ...patient, MIFTAH_JWKS: source.url, KEYS_PAUSE_SECONDS: '0' };
    await using other = await startProgram(language, 'assertion', environment);
    const statusOf = async (key: JWK) => (await ask(await sign(key, claimsWith()), other.port)).status;
    try {
      const former = await readKey();
      expect(await statusOf(former)).toBe(503);
      source.isBroken = false;
      expect(await statusOf(former)).toBe(200);
      await changing.restart(() => rm(file));
      const next = await readKey();
      expect(next.kid).not.toBe(former.kid);
      expect(await statusOf(next)).toBe(200);
      expect(await statusOf(former)).toBe(401);
    } finally {
      await source.close();
    }
  });
});
