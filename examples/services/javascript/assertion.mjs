// An upstream that verifies the assertion of each request. It needs Node.js 20 and jose: npm install jose
// node assertion.mjs
import { createServer } from 'node:http';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

const api = 'acme';
const url = process.env.MIFTAH_JWKS ?? 'http://127.0.0.1:4100/.well-known/miftah/jwks.json';

// It reads the keys again after 10 minutes and when a kid is unknown, but then only every 10 seconds.
const keys = createRemoteJWKSet(new URL(url), {
  timeoutDuration: Number(process.env.MIFTAH_WAIT_MS ?? 1_000),
  cacheMaxAge: 600_000,
  cooldownDuration: Number(process.env.KEYS_PAUSE_SECONDS ?? 10) * 1_000,
  headers: { 'Cache-Control': 'no-cache' },
});

/** Resolves to the claims. Rejects if Miftah did not sign them for this API, if they have expired, or without keys. */
async function verify(assertion) {
  const { payload } = await jwtVerify(assertion, keys, {
    algorithms: ['EdDSA'],
    issuer: 'miftah',
    audience: api,
    // Without this, an assertion that has no exp would work forever.
    requiredClaims: ['exp', 'sub', 'org'],
  });
  return payload;
}

/** Whether the keys could not be read. Any other failure is the fault of the assertion. */
function isWithoutKeys(error) {
  const codes = ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'];
  return !(error instanceof errors.JOSEError) || codes.includes(error.code);
}

createServer(async (req, res) => {
  const send = (status, body) =>
    res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  try {
    const { org, sub, env, scope } = await verify(req.headers['x-miftah-assertion'] ?? '');
    send(200, { org, key: sub, env, scope });
  } catch (error) {
    // Never log the assertion itself.
    console.error('not verified:', error.code ?? error.name);
    if (isWithoutKeys(error)) send(503, { error: 'unavailable' });
    else send(401, { error: 'not verified' });
  }
}).listen(Number(process.env.PORT ?? 8080), '127.0.0.1');
