// The Lua files with which gateways ask Miftah. The build puts them beside this file.
import { join } from 'node:path';

/** The path of the Lua file of a gateway. */
export function luaFileOf(gateway: 'haproxy' | 'apache'): string {
  return join(import.meta.dirname, `miftah-${gateway}.lua`);
}
