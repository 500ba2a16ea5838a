// Shares what may be open once in a process among all who open it: modules that a bundler or a reload evaluates again.

/** What is shared. */
interface Closable {
  close(): Promise<void>;
}

/** A resource that is open, for all of its users. */
interface Entry<Resource> {
  resource: Promise<Resource>;
  users: number;
  /** The close that has begun. */
  closing: Promise<unknown> | undefined;
}

/** How a resource is opened and changed. */
export interface Sharing<Resource> {
  open(): Promise<Resource>;
  /** Adapts the open resource to what this user wants, and returns what it is then. Default: it stays unchanged. */
  adapt(resource: Resource): Promise<Resource>;
}

/**
 * Resolves to the resource with this name. The first user opens it. A further one adapts it, one after the other. Each
 * gets an object whose `close` ends its own use, and the last one closes the resource. Waits for a close that has begun.
 */
export async function openShared<Resource extends Closable>(
  name: string,
  { open, adapt }: Sharing<Resource>,
): Promise<Resource> {
  const entries = findEntries<Resource>();
  let entry = entries.get(name);
  while (entry?.closing !== undefined) {
    await entry.closing;
    entry = entries.get(name);
  }
  if (entry === undefined) {
    entry = { resource: open(), users: 0, closing: undefined };
    entries.set(name, entry);
  } else {
    const before = entry.resource;
    const adapted = before.then(adapt);
    // If it can't be adapted, the others go on with it unchanged.
    entry.resource = adapted.catch(() => before);
    // Where the first one could not open it, each user learns that on its own.
    entry.resource.catch(() => undefined);
    return join(name, entry, adapted);
  }
  return join(name, entry, entry.resource);
}

async function join<Resource extends Closable>(
  name: string,
  entry: Entry<Resource>,
  joined: Promise<Resource>,
): Promise<Resource> {
  entry.users++;
  let left: Promise<void> | undefined;
  try {
    const resource = await joined;
    const close = () => {
      left ??= leave(name, entry);
      return left;
    };
    return { ...resource, close };
  } catch (error) {
    await leave(name, entry).catch(() => undefined);
    throw error;
  }
}

function leave<Resource extends Closable>(name: string, entry: Entry<Resource>): Promise<void> {
  entry.users--;
  if (entry.users > 0) return Promise.resolve();
  const closed = entry.resource.then((resource) => resource.close());
  const forget = () => void findEntries<Resource>().delete(name);
  entry.closing = closed.then(forget, forget);
  return closed;
}

const place = Symbol.for('miftah.shared');

/** On the global object, because a bundler or a reload may evaluate this module again too. */
function findEntries<Resource>(): Map<string, Entry<Resource>> {
  const known = globalThis as { [place]?: Map<string, Entry<Resource>> };
  known[place] ??= new Map();
  return known[place];
}
