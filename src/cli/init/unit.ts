// A systemd unit for the server of one folder: that of deploy/systemd, with the folder and its owner.
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const template = fileURLToPath(new URL('../../../deploy/systemd/miftah.service', import.meta.url));

/**
 * Settings for a server with a user of its own. Here the folder may be in a home, several folders may have a server, and
 * the owner has other processes.
 */
const dropped =
  /^(?:# For decisions\.listen.*|(?:Group|Environment|(?:Configuration|State|Runtime)Directory(?:Mode)?|ProtectHome|RemoveIPC)=.*)\n/gm;

const head = `# Runs Miftah with the miftah.yaml of its folder. As root:
#   cp miftah.service /etc/systemd/system/ && systemctl daemon-reload && systemctl enable --now miftah
`;

/** @param program the command line of Miftah, as an absolute path */
export function unitOf(folder: string, program: string): string {
  const settings = {
    User: userName(),
    WorkingDirectory: `${escaped(folder)}\nReadWritePaths=${quoted(folder)}`,
    EnvironmentFile: `-${escaped(join(folder, '.env'))}`,
    ExecStart: `${quoted(process.execPath)} ${quoted(program).replaceAll('$', '$$$$')} serve --config miftah.yaml`,
    After: 'network-online.target',
  };
  const unit = readFileSync(template, 'utf8')
    .replace(dropped, '')
    .replace(/^(?:#.*\n)+/, head);
  return Object.entries(settings).reduce(
    (text, [name, value]) => text.replace(new RegExp(`^${name}=.*$`, 'm'), () => `${name}=${value}`),
    unit,
  );
}

/** A container may run as a user who has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'miftah');
  }
}

/** systemd reads % as the start of a specifier. */
function escaped(path: string): string {
  return path.replaceAll('%', '%%');
}

/** As one word of a command or a list. */
function quoted(path: string): string {
  const text = escaped(path).replaceAll(/["\\]/g, '\\$&');
  return /^[\w./@%$-]+$/.test(text) ? text : `"${text}"`;
}
