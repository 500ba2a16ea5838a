// Lets a server listen on a unix socket that only its owner and its group may open.
import { once } from 'node:events';
import { chmodSync, lstatSync, mkdtempSync, renameSync, rmdirSync, rmSync, type Stats } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { OperationalError } from '../domain/operational-error.ts';

/** Every program that may open the socket is a gateway. */
const socketMode = 0o660;

/** The most bytes of a path that Linux opens as a socket; macOS takes a few less (unix(7)). */
const maxPathBytes = 107;

/**
 * Listens on the file, with mode 0660. Replaces the socket that an ended process left there. Removes the file when the
 * server closes. Rejects with an `OperationalError` (`port_in_use`, `cannot_listen`) that names the fix.
 *
 * @param setting the setting with the file, for messages
 */
export async function listenOnFile(server: Server, file: string, setting = 'decisions.listen'): Promise<void> {
  if (Buffer.byteLength(file) > maxPathBytes) {
    throw new OperationalError(
      'cannot_listen',
      `Cannot listen on ${file}: choose a path of at most ${maxPathBytes} bytes in ${setting}`,
    );
  }
  if (await isServed(file, setting)) {
    throw new OperationalError(
      'port_in_use',
      `Another process listens on ${file}: stop it, or choose another file in ${setting}`,
    );
  }
  try {
    // Made in a folder of its own, so that no one can open it before it has its mode.
    const folder = mkdtempSync(join(dirname(file), '.'));
    try {
      const made = join(folder, 's');
      server.listen({ path: made });
      await once(server, 'listening');
      chmodSync(made, socketMode);
      renameSync(made, file);
    } finally {
      rmSync(join(folder, 's'), { force: true });
      rmdirSync(folder);
    }
  } catch (cause) {
    server.close();
    throw new OperationalError(
      'cannot_listen',
      `Cannot listen on ${file} (${(cause as NodeJS.ErrnoException).code}): choose a file in ${setting} whose folder exists and lets the server write`,
      { cause },
    );
  }
  const own = lstatSync(file);
  server.once('close', () => {
    // Another server may have replaced it.
    if (find(file)?.ino === own.ino) rmSync(file, { force: true });
  });
}

/** Whether a process answers there. Throws if the file is no socket. */
async function isServed(file: string, setting: string): Promise<boolean> {
  const found = find(file);
  if (found === undefined) return false;
  if (!found.isSocket()) {
    throw new OperationalError(
      'cannot_listen',
      `${file} is no socket, and Miftah does not replace it: choose another file in ${setting}`,
    );
  }
  const probe = connect(file);
  const isOpen = await once(probe, 'connect').then(
    () => true,
    () => false,
  );
  probe.destroy();
  return isOpen;
}

function find(file: string): Stats | undefined {
  return lstatSync(file, { throwIfNoEntry: false });
}
