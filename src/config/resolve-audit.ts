// Turns the checked `audit` section into the destinations of the audit log.
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { AuditFile } from './audit-schema.ts';
import type { AuditDestination, UpstreamTlsFiles } from './config.ts';
import type { Report } from './report.ts';
import type { UpstreamTlsFile } from './schema.ts';

type ResolveTls = (tls: UpstreamTlsFile, workingFolder: string, report: Report) => UpstreamTlsFiles;

const noTls: UpstreamTlsFiles = { ca: undefined, cert: undefined, key: undefined, serverName: undefined };

export function resolveAudit(
  { export: destinations = [] }: AuditFile,
  workingFolder: string,
  { report, resolveTls }: { readonly report: Report; readonly resolveTls: ResolveTls },
): { readonly export: readonly AuditDestination[] } {
  const names = new Set<string>();
  const resolved = destinations.flatMap(({ name, syslog, http }, at): AuditDestination[] => {
    const reportHere: Report = (path, message) => report(['audit', 'export', at, ...path], message);
    if (names.has(name)) reportHere(['name'], `${name} is the name of another destination: choose another`);
    names.add(name);
    if ((syslog === undefined) === (http === undefined)) {
      reportHere(
        [],
        syslog === undefined ? 'needs syslog or http' : 'has syslog and http: make two destinations of it',
      );
      return [];
    }
    if (syslog !== undefined) {
      const { host, port = 6514, tls } = syslog;
      const files = tls && resolveTls(tls, workingFolder, (path, message) => reportHere(['syslog', ...path], message));
      return [{ kind: 'syslog', name, host, port, tls: files ?? noTls }];
    }
    const { url, credentialFile, header = 'authorization', tls } = http as NonNullable<typeof http>;
    const { protocol, hostname } = new URL(url);
    if (protocol === 'http:' && tls !== undefined)
      reportHere(['http', 'tls'], 'is for https: remove it, or correct url');
    if (protocol === 'http:' && credentialFile !== undefined && !isLoopback(hostname))
      reportHere(['http', 'url'], 'must begin with https: others on the network could read the credential');
    const files = tls && resolveTls(tls, workingFolder, (path, message) => reportHere(['http', ...path], message));
    const credential =
      credentialFile === undefined ? undefined : { header, file: resolve(workingFolder, credentialFile) };
    return [{ kind: 'http', name, url, credential, tls: files ?? noTls }];
  });
  return { export: resolved };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
}
