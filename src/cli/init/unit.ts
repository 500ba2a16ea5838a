// A systemd unit for the server of one folder.
import { userInfo } from 'node:os';
import { join } from 'node:path';

/** @param program the command line of Miftah, as an absolute path */
export function unitOf(folder: string, program: string): string {
  return `# Runs Miftah with the miftah.yaml of its folder. As root:
#   cp miftah.service /etc/systemd/system/ && systemctl daemon-reload && systemctl enable --now miftah
[Unit]
Description=Miftah, API keys
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
User=${userName()}
WorkingDirectory=${escaped(folder)}
EnvironmentFile=-${escaped(join(folder, '.env'))}
ExecStart=${quoted(process.execPath)} ${quoted(program).replaceAll('$', '$$$$')} serve --config miftah.yaml
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=2
# A wrong configuration ends with 2: only its correction helps.
RestartPreventExitStatus=2
TimeoutStopSec=60
# Twice public.maxConnections and internal.maxConnections, and some more.
LimitNOFILE=131072
LimitCORE=0
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ReadWritePaths=${quoted(folder)}
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
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
