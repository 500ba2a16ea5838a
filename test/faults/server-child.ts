// A server for campaigns, until it is killed. Sends its addresses and tokens to the parent.
import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import { loadConfig } from '../../src/config/load.ts';
import { serve } from '../../src/serve.ts';

const config = loadConfig({ file: process.argv[2] as string, flags: {}, environment: {} });
const server = await serve(config, { log: pino({ level: 'silent' }) });
const token = (await readFile(server.operatorTokenFile as string, 'utf8')).trim();
process.send?.({
  ...{ address: server.internalAddress, token },
  ...{ publicPort: Number(server.publicAddress.split(':')[1]), setUpToken: server.setUpToken },
});
