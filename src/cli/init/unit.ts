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
User=${userInfo().username}
WorkingDirectory=${escaped(folder)}
EnvironmentFile=-${escaped(join(folder, '.env'))}
ExecStart=${quoted(process.execPath)} ${quoted(program).replaceAll('$', '$$$$')} serve --config miftah.yaml
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
TimeoutStopSec=30
LimitNOFILE=65536
UMask=0077
NoNewPrivileges=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ReadWritePaths=${quoted(folder)}
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
`;
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
