// Reads a configuration that a program passes as an object.

/** Where a value is: `['apis', 0, 'hosts']`. */
type Path = readonly PropertyKey[];

/**
 * A copy of plain data without members that are `undefined`: the copy is what YAML could have said. Later changes of the
 * original have no effect. Calls `report` for each value that YAML has no word for, such as a `Date`, a function or an
 * instance of a class. If it was called, the result must not be used.
 */
export function copyPlainData(value: unknown, report: (path: Path, message: string) => void): unknown {
  /** The objects and lists around a value. One that contains itself has no end. */
  const around = new Set<object>();

  function copy(value: unknown, path: Path): unknown {
    const strange = describeStrange(value, around);
    if (strange !== undefined) {
      report(path, `is ${strange}: use text, a number, true, false, a list or a plain object`);
      return undefined;
    }
    if (typeof value !== 'object' || value === null) return value;
    around.add(value);
    const copied = Array.isArray(value) ? copyList(value, path) : copyMembers(value, path);
    around.delete(value);
    return copied;
  }

  function copyList(list: readonly unknown[], path: Path): unknown[] {
    // `map` would leave the holes of a list.
    return Array.from(list, (item, at) => copy(item, [...path, at]));
  }

  function copyMembers(members: object, path: Path): object {
    const given = Object.entries(members).filter(([, member]) => member !== undefined);
    // It defines members. An assignment to `__proto__` would set the prototype instead.
    return Object.fromEntries(given.map(([name, member]) => [name, copy(member, [...path, name])]));
  }

  return copy(value, []);
}

/** What a value is that no YAML file could hold. `undefined`: YAML could hold it. */
function describeStrange(value: unknown, around: ReadonlySet<object>): string | undefined {
  switch (typeof value) {
    case 'function':
    case 'symbol':
    case 'bigint':
      return `a ${typeof value}`;
    case 'object': {
      if (value === null || Array.isArray(value)) return around.has(value as object) ? 'inside itself' : undefined;
      if (!isPlainObject(value)) return `an instance of ${nameOfClass(value)}`;
      return around.has(value) ? 'inside itself' : undefined;
    }
    default:
      return undefined;
  }
}

/** Also accepts objects of another realm, such as those of a test runner that runs each file in a context of its own. */
function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

function nameOfClass(value: object): string {
  const { name } = (value.constructor ?? {}) as { readonly name?: unknown };
  return typeof name === 'string' && name !== '' && name !== 'Object' ? name.slice(0, 60) : 'a class';
}
