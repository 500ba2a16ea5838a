// A data folder with an engine, for tests that back it up and restore it. The engine itself judges the secrets.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Miftah, openMiftah } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { KeyWithSecret } from '../../src/management/keys/commands.ts';
import { libraryOperator } from '../../src/management/rights.ts';
import { type RestoreOutcome, restoreBackup } from '../../src/storage/sqlite/backup-restore.ts';

export class Installation {
  readonly folder = mkdtempSync(join(tmpdir(), 'miftah-restore-'));
  readonly data = join(this.folder, 'data');
  readonly file = join(this.data, 'miftah.db');
  readonly revocationLog = join(this.data, 'revocations.log');
  readonly backup = join(this.folder, 'backup');
  readonly #config: string;

  constructor() {
    this.#config = join(this.folder, 'miftah.yaml');
    const apis = '[{ id: classic, profile: classic, hosts: [a.localhost], upstream: "http://127.0.0.1:1" }]';
    writeFileSync(this.#config, `apis: ${apis}`);
  }

  open(): Promise<Miftah> {
    const config = loadConfig({ file: this.#config, flags: { data: this.data }, environment: {} });
    return openMiftah({ config }, { log: pino({ level: 'silent' }) });
  }

  /** Opens the engine for the time of `work`. */
  async use<Result>(work: (miftah: Miftah) => Promise<Result>): Promise<Result> {
    const miftah = await this.open();
    try {
      return await work(miftah);
    } finally {
      await miftah.close();
    }
  }

  async saveBackup(miftah: Miftah, file = this.backup): Promise<void> {
    const { body } = await miftah.storage.createBackup();
    await writeFile(file, body);
  }

  restore(
    options: { readonly backup?: string; readonly acceptsLostRevocations?: boolean } = {},
  ): Promise<RestoreOutcome> {
    const { backup, file, revocationLog } = this;
    return restoreBackup({ backup, file, revocationLog, nowMs: Date.now(), ...options });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function createOrg(miftah: Miftah): Promise<string> {
  return (await miftah.organizations.createOrganization(libraryOperator, { name: 'Test' })).id;
}

export async function createKeys(miftah: Miftah, count: number): Promise<KeyWithSecret[]> {
  const orgId = await createOrg(miftah);
  const keys: KeyWithSecret[] = [];
  for (let made = 0; made < count; made++) {
    keys.push(await miftah.keys.createKey(libraryOperator, { apiId: 'classic', orgId, name: `key ${made}` }));
  }
  return keys;
}

/** `allowed` or the reason, for each secret. */
export async function judge(miftah: Miftah, secrets: readonly string[]): Promise<string[]> {
  const { authorize } = miftah.api('classic');
  const verdicts: string[] = [];
  for (const secret of secrets) {
    const verdict = await authorize({
      method: 'GET',
      path: '/',
      rawHeaders: ['Authorization', `Bearer ${secret}`],
      clientAddress: '127.0.0.1',
      environment: undefined,
    });
    verdicts.push(verdict.kind === 'refused' ? verdict.reason : 'allowed');
  }
  return verdicts;
}
