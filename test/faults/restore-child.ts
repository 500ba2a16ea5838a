// restore.test.ts runs this and kills it at some instant: it restores a backup.
import { writeSync } from 'node:fs';
import { restoreBackup } from '../../src/storage/sqlite/backup-restore.ts';

const [backup, file, revocationLog] = process.argv.slice(2) as [string, string, string];
writeSync(1, 'started\n');
await restoreBackup({ backup, file, revocationLog, nowMs: Date.now() });
writeSync(1, 'restored\n');
