// The health check of the image: ends with 0 if the internal listener says that this node should get requests, else
// prints why and ends with 1. The image has no shell and no curl.
const listen = process.env.MIFTAH_INTERNAL__LISTEN ?? '127.0.0.1:4101';
// An address to listen on that is none to call.
const address = listen.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');

try {
  const reply = await fetch(`http://${address}/readyz`, { signal: AbortSignal.timeout(4_000) });
  if (!reply.ok) fail(`not ready: ${await reply.text()}`);
} catch (error) {
  fail(`no answer at ${address}: ${error.cause?.code ?? error.message}`);
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
