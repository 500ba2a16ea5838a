// The listener for gRPC. Only this file knows `@grpc/grpc-js`, which the operator installs where it is configured.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { ServerUnaryCall, ServiceDefinition, sendUnaryData, UntypedServiceImplementation } from '@grpc/grpc-js';
import { OperationalError } from '../../domain/operational-error.ts';
import { describeListenError } from '../listener.ts';
import { listenOnFile } from '../unix-socket.ts';
import type { CheckAnswer, CheckCall } from './check.ts';

export interface GrpcListenerOptions {
  /** An address, or the path of a unix socket, see `listenOnFile`. */
  readonly listen: Place;
  /** Most connections at one time. Any further connection is closed. */
  readonly maxConnections: number;
  readonly check: (call: CheckCall) => Promise<CheckAnswer>;
  /** Called with a defect, for the log. The gateway gets the status INTERNAL and no verdict. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** Loads the library. Default: `@grpc/grpc-js`. */
  readonly load?: () => Promise<GrpcLibrary>;
}

export interface GrpcListener {
  /** `HOST:PORT` or `unix:FILE`. */
  readonly listen: Place;
  /** Makes gateways connect again, to another node. Still accepts connections. */
  dismiss(): void;
  /** Accepts no more connections, lets calls finish for `graceMs`, then cuts the rest. Idempotent. */
  close(graceMs: number): Promise<void>;
}

type Place = { readonly host: string; readonly port: number } | { readonly file: string };

type GrpcLibrary = typeof import('@grpc/grpc-js');

/** Envoy sends at most 60 KiB of headers by default. A longer message gets the status RESOURCE_EXHAUSTED. */
const maxMessageBytes = 256 * 1024;
const maxCallsPerConnection = 1_000;
const tokenName = 'x-miftah-token';

/**
 * Starts listening. Rejects with an `OperationalError` that names the fix: `grpc_missing`, or as `openListener` does.
 */
export async function openGrpcListener(options: GrpcListenerOptions): Promise<GrpcListener> {
  const { listen, check, onFault } = options;
  const grpc = await loadGrpc(options.load ?? (() => import('@grpc/grpc-js')));
  const calls = new grpc.Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_concurrent_streams': maxCallsPerConnection,
    // Channelz keeps a record of each connection, and no one reads it.
    'grpc.enable_channelz': 0,
  });
  calls.addService(service, { Check: answer } satisfies UntypedServiceImplementation);
  const injector = calls.createConnectionInjector(grpc.ServerCredentials.createInsecure());

  function answer(call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): void {
    const tokens = call.metadata.get(tokenName);
    const token = tokens.length === 1 ? String(tokens[0]) : undefined;
    check({ message: call.request, token, peer: peerOf(call.getPeer()) }).then(
      (answered) => {
        if (answered.kind === 'verdict') reply(null, answered.message);
        else reply(statusOf(answered));
      },
      (error: unknown) => {
        onFault(error);
        reply({ code: grpc.status.INTERNAL, details: 'This is a defect. The server log has the details.' });
      },
    );
  }

  function statusOf(answered: Exclude<CheckAnswer, { kind: 'verdict' }>) {
    if (answered.kind === 'malformed')
      return {
        code: grpc.status.INVALID_ARGUMENT,
        details: 'The message is no CheckRequest of envoy.service.auth.v3.',
      };
    const { status, detail } = answered.problem;
    if (status === 401)
      return {
        code: grpc.status.UNAUTHENTICATED,
        details: `The gateway is not known: it must send its token once, as the metadata ${tokenName}.`,
      };
    return { code: status === 403 ? grpc.status.PERMISSION_DENIED : grpc.status.UNAVAILABLE, details: detail };
  }

  // The injector gets each connection. The library's own sockets would have no mode and no limit.
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    injector.injectConnection(socket);
  });
  server.maxConnections = options.maxConnections;
  if ('file' in listen) await listenOnFile(server, listen.file, 'decisions.grpc');
  else {
    server.listen(listen);
    await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
      throw describeListenError(error, listen, 'in decisions.grpc');
    });
  }

  let closing: Promise<void> | undefined;
  return {
    listen: 'file' in listen ? listen : { host: listen.host, port: (server.address() as AddressInfo).port },
    dismiss: () => injector.drain(dismissMs),
    close(graceMs) {
      closing ??= new Promise((resolve) => {
        const cut = setTimeout(() => {
          for (const socket of open) socket.destroy();
        }, graceMs);
        server.close(() => {
          clearTimeout(cut);
          calls.forceShutdown();
          resolve();
        });
        injector.drain(graceMs);
      });
      return closing;
    },
  };
}

/** How long a call may take whose connection was dismissed. A decision takes far less. */
const dismissMs = 10_000;

const service: ServiceDefinition = {
  Check: {
    path: '/envoy.service.auth.v3.Authorization/Check',
    requestStream: false,
    responseStream: false,
    // The bytes are read after the token.
    requestDeserialize: (bytes: Buffer) => bytes,
    requestSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
  },
};

/** The other end of the connection. The library names it `ADDRESS:PORT`. */
function peerOf(peer: string): CheckCall['peer'] {
  return { socket: { remoteAddress: peer.slice(0, Math.max(0, peer.lastIndexOf(':'))) } as Socket };
}

async function loadGrpc(load: () => Promise<GrpcLibrary>): Promise<GrpcLibrary> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new OperationalError(
      'grpc_missing',
      'decisions.grpc needs a package that is not installed: run npm install @grpc/grpc-js',
      { cause },
    );
  }
}
