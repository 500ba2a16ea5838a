// What a tab remembers over a reload, until it is closed. Never a password.

type Memory = Readonly<Record<string, string>>;

/** For browsers that refuse storage: then a reload forgets. */
const loaded = new Map<string, Memory>();

export function remember(name: string, memory: Memory): void {
  loaded.set(name, memory);
  try {
    sessionStorage.setItem(`miftah-${name}`, JSON.stringify(memory));
  } catch {}
}

export function recall(name: string): Memory | undefined {
  const memory = loaded.get(name);
  if (memory !== undefined) return memory;
  try {
    return JSON.parse(sessionStorage.getItem(`miftah-${name}`) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

export function forget(name: string): void {
  loaded.delete(name);
  try {
    sessionStorage.removeItem(`miftah-${name}`);
  } catch {}
}
