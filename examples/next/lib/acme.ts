import { type Miftah, openMiftah } from 'miftah';

const kept = globalThis as { miftah?: Promise<Miftah> };

/** Opens Miftah with the first request, and once: a reload of this file in development finds the open one. */
export async function acme() {
  kept.miftah ??= openMiftah({ config: 'miftah.yaml' });
  return (await kept.miftah).api('acme');
}
