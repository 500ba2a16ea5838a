// A private rsyslog for a test: its own configuration, folder and free port, in the foreground.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from './certificates.ts';
import { freePort } from './free-port.ts';

export interface RsyslogServer {
  readonly port: number;
  /** The files that a client needs: the authority, and a certificate of its own. */
  readonly files: { readonly ca: string; readonly cert: string; readonly key: string };
  /** A certificate that the same authority signed for another client. */
  readonly stranger: { readonly cert: string; readonly key: string };
  /** What it has written. */
  read(): Promise<string>;
  start(): Promise<void>;
  /** Ends the process with this signal. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** Ends the process and removes the folder. */
  stop(): Promise<void>;
}

const page = new URL('../docs/how-to/audit-to-a-siem.md', import.meta.url);

/** The configuration that the page shows, with other paths and another port. */
function configurationOf(replacements: Readonly<Record<string, string>>): string {
  const [, block] = /```rsyslog\n(.*?)```/s.exec(readFileSync(page, 'utf8')) ?? [];
  if (block === undefined) throw new Error(`${page.pathname} has no configuration of rsyslog`);
  return Object.entries(replacements).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the configuration of rsyslog has no ${from}`);
    return text.replaceAll(from, to);
  }, block);
}

/** Starts `rsyslogd` with the configuration of the page, and resolves when it listens. */
export async function startRsyslog(): Promise<RsyslogServer> {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-rsyslog-'));
  const port = await freePort();
  const authority = createAuthority(folder, 'Test CA');
  const own = authority.sign('siem.example.com', 'DNS:localhost,IP:127.0.0.1');
  const client = authority.sign('miftah.example.com', 'DNS:miftah.example.com');
  const stranger = authority.sign('other.example.com', 'DNS:other.example.com');
  const output = join(folder, 'miftah.jsonl');
  const text = configurationOf({
    '/etc/rsyslog.d/tls/ca.pem': authority.certFile,
    '/etc/rsyslog.d/tls/siem.pem': own.certFile,
    '/etc/rsyslog.d/tls/siem.key': own.keyFile,
    '/var/log/miftah.jsonl': output,
    '"6514"': `"${port}" address="127.0.0.1"`,
  });
  const file = join(folder, 'rsyslog.conf');
  await writeFile(file, `global(workDirectory="${folder}")\n${text}`);

  let child: ChildProcess | undefined;
  async function start(): Promise<void> {
    const started = spawn('rsyslogd', ['-n', '-f', file, '-i', join(folder, 'pid')], { stdio: 'ignore' });
    child = started;
    const failure = Promise.withResolvers<never>();
    started.once('error', failure.reject);
    started.once('exit', (code) => failure.reject(new Error(`rsyslogd ended at once with ${code}`)));
    failure.promise.catch(() => undefined);
    const listens = async () => {
      while (started.exitCode === null && !(await isOpen(port)));
    };
    await Promise.race([listens(), failure.promise]);
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill(signal);
    await ended;
  }
  async function stop(): Promise<void> {
    await end('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }

  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    files: { ca: authority.certFile, cert: client.certFile, key: client.keyFile },
    stranger: { cert: stranger.certFile, key: stranger.keyFile },
    read: () => readFile(output, 'utf8').catch(() => ''),
    start,
    end,
    stop,
  };
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
