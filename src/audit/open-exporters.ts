// Starts an exporter for each destination of the audit log.
import { readFileSync } from 'node:fs';
import { OperationalError } from '../domain/operational-error.ts';
import type { Deliver, TlsFiles } from './delivery.ts';
import { type Exporter, type ExporterOptions, startExporter } from './exporter.ts';
import { createHttpDelivery } from './http-delivery.ts';
import { createSyslogDelivery } from './syslog-delivery.ts';

/** Where a destination is. */
export type Destination =
  | { readonly kind: 'syslog'; readonly name: string; readonly host: string; readonly port: number }
  | {
      readonly kind: 'http';
      readonly name: string;
      readonly url: string;
      readonly credential: { readonly header: string; readonly file: string } | undefined;
    };

export interface ExportersOptions<Place extends Destination>
  extends Pick<ExporterOptions, 'holder' | 'store' | 'audit' | 'sign' | 'clock' | 'timer'> {
  readonly destinations: readonly Place[];
  /** The name of this machine. */
  readonly hostname: string;
  /** Reads the TLS files of a destination. */
  readonly readTls: (destination: Place) => TlsFiles;
  readonly onFault: (destination: string, error: unknown) => void;
  readonly onRecovered: (destination: string) => void;
}

/** The exporters of all destinations. */
export interface Exporters {
  readonly exporters: readonly Exporter[];
  /** Never rejects. */
  close(): Promise<void>;
}

/** Throws an `OperationalError` that names a file which can't be used, before anything is sent. */
export function startExporters<Place extends Destination>(options: ExportersOptions<Place>): Exporters {
  const { destinations, hostname, readTls, onFault, onRecovered, ...parts } = options;
  const deliveries = destinations.map((destination): Deliver => {
    const readOwnTls = () => readTls(destination);
    readOwnTls();
    if (destination.kind === 'syslog') {
      const { host, port } = destination;
      return createSyslogDelivery({ host, port, hostname, clock: parts.clock, readTls: readOwnTls });
    }
    const { url, credential } = destination;
    const readHeaders = () =>
      credential === undefined ? {} : { [credential.header]: readCredential(credential.file) };
    readHeaders();
    return createHttpDelivery({ url: new URL(url), clock: parts.clock, readHeaders, readTls: readOwnTls });
  });
  const exporters = destinations.map(({ name }, at) =>
    startExporter({
      ...parts,
      destination: name,
      deliver: deliveries[at] as Deliver,
      onFault: (error) => onFault(name, error),
      onRecovered: () => onRecovered(name),
    }),
  );
  return {
    exporters,
    async close() {
      await Promise.all(exporters.map((each) => each.close()));
    },
  };
}

function readCredential(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new OperationalError(
      'secret_file_unreadable',
      `Cannot use ${file} (${code}): give the server access to it, or correct credentialFile of audit.export`,
      { cause },
    );
  }
  if (/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text)) return text;
  throw new OperationalError(
    'secret_invalid',
    `${file} does not hold a secret that can be used: it must be the value of a header on one line, such as Bearer abc123`,
  );
}
