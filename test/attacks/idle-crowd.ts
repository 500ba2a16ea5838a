// idle-connections.test.ts runs this as a process of its own, so that the crowd's work does not count as the server's.
// Arguments: PORT HOST COUNT. Sends the number of open connections when all are open, and on each message.
import { connect } from 'node:net';

const [port, host, count] = [Number(process.argv[2]), process.argv[3] as string, Number(process.argv[4])];
const slow = new Set<() => void>();
let open = 0;

/**
 * Half have had a reply and are idle. A quarter send nothing, a quarter send a head byte by byte. The server closes the
 * last two after some seconds, and they connect again.
 */
function join(at: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // From several addresses: one address has at most 28,000 ports.
  const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.1.${1 + (at % 50)}` });
  const head = `GET /v1/users/1 HTTP/1.1\r\nHost: ${host}\r\n`;
  const trickle = (): void => {
    if (socket.writable) socket.write('x');
  };
  socket.on('error', () => socket.destroy());
  socket.on('data', () => resolve());
  let isOpen = false;
  socket.on('connect', () => {
    isOpen = true;
    open += 1;
    if (at % 4 < 2) {
      socket.write(`${head}\r\n`);
      return;
    }
    if (at % 4 === 3) {
      socket.write(`${head}X-Slow: `);
      slow.add(trickle);
    }
    resolve();
  });
  socket.on('close', () => {
    if (isOpen) open -= 1;
    slow.delete(trickle);
    resolve();
    setTimeout(() => void join(at), 100);
  });
  return promise;
}

setInterval(() => {
  for (const trickle of slow) trickle();
}, 2_000);

// Staggered: a full backlog would delay others by a second, whatever the server does.
for (let at = 0; at < count; at += 50) {
  await Promise.all(Array.from({ length: Math.min(50, count - at) }, (_, of) => join(at + of)));
}
process.on('message', () => process.send?.(open));
process.on('disconnect', () => process.exit());
process.send?.(open);
