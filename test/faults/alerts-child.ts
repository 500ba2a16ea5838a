// alerts.test.ts runs this until it kills it. It evaluates the hours of a database, as fast as it can.

import { startEvaluator } from '../../src/alerts/evaluator.ts';
import { type Clock, systemClock } from '../../src/domain/clock.ts';
import { systemTimer } from '../../src/engine/flush-loop.ts';
import { openPostgres } from '../../src/storage/postgres/storage.ts';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';

const [database, holder, aheadMs] = process.argv.slice(2) as [string, string, string];
const isPostgres = database.startsWith('postgres:');
const storage = await (isPostgres ? openPostgres({ url: database, isShared: true }) : openSqlite({ file: database }));
const clock: Clock = { nowMs: () => systemClock.nowMs() + Number(aheadMs) };
startEvaluator({
  ...{ holder, store: storage.alerts, clock },
  timer: { start: (delayMs, run) => systemTimer.start(Math.min(delayMs, 2), run) },
  onRaised: () => {},
  onFault(error) {
    process.stderr.write(`${error}\n`);
    process.exit(1);
  },
});
// The timers keep no process alive.
setInterval(() => {}, 60_000);
