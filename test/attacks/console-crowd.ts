// console-load.test.ts runs this as a process of its own, so that the crowd's work does not count as the server's.
// Argument: a `Crowd` as JSON. The crowd repeats its work until a message arrives, then sends `Seen`.
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';

interface Target {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the members of a crowd do. */
export type Crowd =
  /** Half know the password, half guess. Those who know it use `knownAddresses`, which have signed in before. */
  | {
      readonly kind: 'sign-ins';
      readonly count: number;
      readonly port: number;
      readonly email: string;
      readonly password: string;
      readonly knownAddresses: readonly string[];
    }
  /** Each reads one of the targets again and again. */
  | { readonly kind: 'readers'; readonly count: number; readonly targets: readonly Target[] }
  /** Each sends `ahead` requests on one connection and reads nothing. After `staysMs` it connects again. */
  | {
      readonly kind: 'deaf';
      readonly count: number;
      readonly targets: readonly Target[];
      readonly ahead: number;
      readonly staysMs: number;
    };

/** What a crowd saw. */
export interface Seen {
  /** Replies by status, and connections that ended with an error as `cut`. For `deaf`, requests as `sent`. */
  readonly counts: Readonly<Record<string, number>>;
  /** Duration of each reply that was read, in milliseconds. */
  readonly tookMs: readonly number[];
  /** Size of the longest reply that was read. */
  readonly maxBytes: number;
}

const crowd = JSON.parse(process.argv[2] as string) as Crowd;
const counts: Record<string, number> = {};
const tookMs: number[] = [];
let maxBytes = 0;

function count(name: string, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by;
}

interface Call {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly localAddress?: string;
}

async function call({ body, ...options }: Call): Promise<void> {
  const startedMs = performance.now();
  try {
    const req = request({ ...options, host: '127.0.0.1', agent: false });
    req.end(body);
    const [res] = await once(req, 'response');
    let bytes = 0;
    for await (const chunk of res) bytes += chunk.length;
    count(String(res.statusCode));
    maxBytes = Math.max(maxBytes, bytes);
    tookMs.push(performance.now() - startedMs);
  } catch {
    count('cut');
  }
}

let guesses = 0;

/** A client may be wrong 30 times in 10 minutes, so guesses come from thousands of clients. */
function guesser(): { readonly localAddress: string; readonly email: string } {
  const at = guesses++;
  return { localAddress: `127.1.${(at >> 8) & 255}.${at & 255 || 1}`, email: `guess-${at}@example.com` };
}

async function signIn(at: number, { port, email, password, knownAddresses }: Crowd & { kind: 'sign-ins' }) {
  const isRight = at % 2 === 0;
  const who = isRight
    ? { localAddress: knownAddresses[(at >> 1) % knownAddresses.length] as string, email }
    : guesser();
  await call({
    port,
    method: 'POST',
    path: '/api/auth/sign-in/email',
    headers: { host: `localhost:${port}`, origin: `http://localhost:${port}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email: who.email, password: isRight ? password : 'a wrong password' }),
    localAddress: who.localAddress,
  });
}

async function stayDeaf(at: number, { targets, ahead, staysMs }: Crowd & { kind: 'deaf' }): Promise<void> {
  const { port, host, path, headers } = targets[at % targets.length] as Target;
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket: Socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => count('cut'));
  // Without a listener for `data`, nothing is read.
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`.repeat(ahead));
  count('sent', ahead);
  await new Promise((resolve) => setTimeout(resolve, staysMs));
  socket.destroy();
}

let isStopped = false;

async function join(at: number): Promise<void> {
  while (!isStopped) {
    if (crowd.kind === 'sign-ins') await signIn(at, crowd);
    else if (crowd.kind === 'deaf') await stayDeaf(at, crowd);
    else {
      const { port, host, path, headers } = crowd.targets[at % crowd.targets.length] as Target;
      await call({ port, method: 'GET', path, headers: { host, ...headers } });
    }
  }
}

const members = Array.from({ length: crowd.count }, (_, at) => join(at));
process.on('message', async () => {
  isStopped = true;
  await Promise.all(members);
  process.send?.({ counts, tookMs: tookMs.sort((a, b) => a - b), maxBytes } satisfies Seen, () => process.exit());
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
