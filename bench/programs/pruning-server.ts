// A server to measure: miftah/node in front of a small answer, with a removal of old usage that can be started and
// stopped. `node pruning-server.ts --port 4300 --config FILE --warm 10000`.
// `/prune?before=MS` starts a removal of usage before this instant, `/rest` stops it and answers the rows removed so far.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { openMiftah } from '../../src/compose.ts';
import { systemClock } from '../../src/domain/clock.ts';
import { oneDayMs } from '../../src/domain/durations.ts';
import { digestSecret } from '../../src/domain/secret.ts';
import { systemTimer, type Timer } from '../../src/engine/flush-loop.ts';
import { apiKeyAuth } from '../../src/middleware/node.ts';
import { type Pruner, startPruner } from '../../src/retention/pruner.ts';
import { secretAt } from '../make-keys.ts';
import { describeKeys } from '../setting.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    config: { type: 'string', default: '' },
    warm: { type: 'string', default: '0' },
  },
});

const miftah = await openMiftah({ config: values.config });
const keySet = describeKeys();
for (let index = 0; index < Number(values.warm); index++) {
  await miftah.cache.load(digestSecret(secretAt(keySet, index)));
}
const guarded = apiKeyAuth(miftah.api('classic'))((_req, res) => res.end('{"ok":true}'));

let pruner: Pruner | undefined;
let removed = 0;
let fault: unknown;

/** Starts the first round at once. All pauses are those of production. */
function createEagerTimer(): Timer {
  let isFirst = true;
  return {
    start(delayMs, run) {
      const delay = isFirst ? 0 : delayMs;
      isFirst = false;
      return systemTimer.start(delay, run);
    },
  };
}

function prune(beforeMs: number): void {
  pruner = startPruner({
    store: miftah.storage.retention,
    days: {
      usageDays: (systemClock.nowMs() - beforeMs) / oneDayMs,
      addressDays: undefined,
      denialDays: undefined,
      auditDays: undefined,
      removesUnarchivedAudit: false,
    },
    clock: systemClock,
    timer: createEagerTimer(),
    finishDeletions: async () => undefined,
    onRemoved: () => undefined,
    onFault: (error) => {
      fault = error;
    },
  });
}

async function rest(): Promise<number> {
  await pruner?.close();
  removed += pruner?.counts.removed.usage ?? 0;
  pruner = undefined;
  if (fault !== undefined) throw fault;
  return removed;
}

function listener(req: IncomingMessage, res: ServerResponse): void {
  const url = new URL(req.url ?? '/', 'http://localhost');
  if (url.pathname === '/prune') {
    prune(Number(url.searchParams.get('before')));
    res.end();
  } else if (url.pathname === '/rest') {
    rest().then(
      (count) => res.end(String(count)),
      (error: unknown) => res.writeHead(500).end(String(error)),
    );
  } else guarded(req, res);
}
process.on('SIGTERM', () => process.exit());
createServer(listener).listen(Number(values.port), '127.0.0.1');
