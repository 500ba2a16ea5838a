// Writes a small database in MaxMind's format: https://maxmind.github.io/MaxMind-DB/
import ipaddr from 'ipaddr.js';

type Value = string | number | { readonly [name: string]: Value };

export interface DatabaseContent {
  /** What an address has, by its range: `203.0.113.0/24`, `2001:db8::/32`. No range is within another one. */
  readonly records: Readonly<Record<string, Value>>;
  readonly builtAtMs: number;
}

type Node = [left: Child, right: Child];
type Child = Node | { readonly at: number } | undefined;

/** The bytes of the file: a tree of IPv6 in records of 24 bits, in which IPv4 is at `::/96`. */
export function makeDatabase({ records, builtAtMs }: DatabaseContent): Buffer {
  const root: Node = [undefined, undefined];
  const values: Buffer[] = [];
  let length = 0;
  for (const [range, record] of Object.entries(records)) {
    const value = encode(record);
    insert(root, bitsOf(range), { at: length });
    values.push(value);
    length += value.length;
  }
  const nodes: Node[] = [root];
  for (const node of nodes) for (const child of node) if (Array.isArray(child)) nodes.push(child);
  const tree = Buffer.alloc(nodes.length * 6);
  for (const [at, node] of nodes.entries()) {
    for (const [side, child] of node.entries()) {
      const pointer =
        child === undefined ? nodes.length : Array.isArray(child) ? nodes.indexOf(child) : nodes.length + 16 + child.at;
      tree.writeUIntBE(pointer, at * 6 + side * 3, 3);
    }
  }
  const metadata = encode({
    ...{ binary_format_major_version: 2, binary_format_minor_version: 0, ip_version: 6, record_size: 24 },
    ...{ node_count: nodes.length, build_epoch: Math.floor(builtAtMs / 1000), database_type: 'Test-Country' },
  });
  return Buffer.concat([tree, Buffer.alloc(16), ...values, Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), metadata]);
}

function bitsOf(range: string): readonly number[] {
  const [address, prefix] = ipaddr.parseCIDR(range);
  const bytes = address.toByteArray();
  const padded = [...Array.from({ length: 16 - bytes.length }, () => 0), ...bytes];
  const count = prefix + 128 - 8 * bytes.length;
  return Array.from({ length: count }, (_, at) => ((padded[at >> 3] as number) >> (7 - (at & 7))) & 1);
}

function insert(root: Node, bits: readonly number[], leaf: { readonly at: number }): void {
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const child = node[bit];
    if (Array.isArray(child)) node = child;
    else node = node[bit] = [undefined, undefined];
  }
  node[bits.at(-1) as number] = leaf;
}

/** Maps, texts of fewer than 29 bytes, and unsigned numbers of 32 bits. */
function encode(value: Value): Buffer {
  if (typeof value === 'string') return Buffer.concat([Buffer.from([(2 << 5) | value.length]), Buffer.from(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(5, (6 << 5) | 4);
    bytes.writeUInt32BE(value, 1);
    return bytes;
  }
  const entries = Object.entries(value);
  const members = entries.flatMap(([name, member]) => [encode(name), encode(member)]);
  return Buffer.concat([Buffer.from([(7 << 5) | entries.length]), ...members]);
}
