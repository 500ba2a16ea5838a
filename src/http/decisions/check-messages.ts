// The messages of `envoy.service.auth.v3.Authorization/Check`, as bytes: only the fields that Miftah reads or sets.
//
// The numbers are those of Envoy's `external_auth.proto`, `attribute_context.proto` and `base.proto` (API v3).
// Text is read byte by byte (latin1), as Node.js reads the head of a request.
import type { Reply } from '../../profiles/reply.ts';

/** What a gateway says about a request of its client. Empty text: the gateway did not say it. */
export interface CheckRequest {
  readonly method: string;
  /** The path with its query. */
  readonly target: string;
  readonly host: string;
  /** The address of the connection's other end, as the gateway sees it. */
  readonly source: string;
  /** Flat, `[name, value, …]`, without pseudo headers. */
  readonly rawHeaders: readonly string[];
  /** What the gateway's configuration adds for the route. */
  readonly extensions: ReadonlyMap<string, string>;
}

/** What the gateway does with an allowed request. All lists are flat. */
export interface CheckAllowed {
  /** Set for the upstream. They replace what the client sent. */
  readonly headers: readonly string[];
  /** Names of headers that the upstream must not get. */
  readonly removed: readonly string[];
  /** Names of parameters that the upstream must not get. */
  readonly removedParameters: readonly string[];
  /** Set for the client's reply. */
  readonly replyHeaders: readonly string[];
}

/** Reads a `CheckRequest`. `undefined`: the bytes are no such message. */
export function decodeCheckRequest(bytes: Uint8Array): CheckRequest | undefined {
  try {
    const attributes = new Message(bytes).message(1);
    const http = attributes.message(4).message(2);
    const headerMap = http.all(13);
    return {
      method: http.text(2),
      target: http.text(4),
      host: http.text(5),
      source: attributes.message(1).message(1).message(1).text(2),
      rawHeaders: headerMap.length > 0 ? linesOf(http.message(13).all(1)) : linesOf(http.all(3)),
      extensions: new Map(attributes.all(10).map(entryOf)),
    };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** Headers as lines: an entry of a map and a `HeaderValue` both have the name in field 1 and the value in 2. */
function linesOf(entries: readonly Buffer[]): string[] {
  return entries.flatMap((entry) => {
    const [name, value] = entryOf(entry);
    return name.startsWith(':') ? [] : [name, value];
  });
}

function entryOf(bytes: Buffer): readonly [string, string] {
  const entry = new Message(bytes);
  // `raw_value` of a `HeaderValue`. Envoy sends it instead of `value`.
  const raw = entry.all(3).at(-1);
  return [entry.text(1), raw === undefined ? entry.text(2) : raw.toString('latin1')];
}

class Malformed extends Error {}

const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** One message. It keeps the fields with text, bytes or messages, and skips numbers. */
class Message {
  readonly #fields = new Map<number, Buffer[]>();

  constructor(bytes: Uint8Array) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    const readVarint = (): number => {
      let value = 0;
      for (let shift = 0; shift < 70; shift += 7) {
        const byte = buffer[at++];
        if (byte === undefined) throw new Malformed();
        value += (byte & 0x7f) * 2 ** shift;
        if (byte < 0x80) return value;
      }
      throw new Malformed();
    };
    while (at < buffer.length) {
      const tag = readVarint();
      const number = Math.floor(tag / 8);
      if (number === 0) throw new Malformed();
      switch (tag % 8) {
        case wireType.varint:
          readVarint();
          break;
        case wireType.fixed64:
          at += 8;
          break;
        case wireType.fixed32:
          at += 4;
          break;
        case wireType.bytes: {
          const end = readVarint() + at;
          if (end > buffer.length) throw new Malformed();
          const known = this.#fields.get(number);
          const content = buffer.subarray(at, end);
          if (known === undefined) this.#fields.set(number, [content]);
          else known.push(content);
          at = end;
          break;
        }
        default:
          throw new Malformed();
      }
    }
    if (at > buffer.length) throw new Malformed();
  }

  /** All values of a repeated field. */
  all(number: number): readonly Buffer[] {
    return this.#fields.get(number) ?? [];
  }

  /** The last value of a field with text. Empty: it has none. */
  text(number: number): string {
    return this.all(number).at(-1)?.toString('latin1') ?? '';
  }

  /** A field with a message. If it is there twice, protobuf merges both, as if their bytes were one message. */
  message(number: number): Message {
    const [first = nothing, ...more] = this.all(number);
    return new Message(more.length === 0 ? first : Buffer.concat([first, ...more]));
  }
}

const nothing = Buffer.alloc(0);

/** Writes the `CheckResponse` that lets a request pass. */
export function encodeAllowed({ headers, removed, removedParameters, replyHeaders }: CheckAllowed): Buffer {
  const ok = [
    ...headerOptions(2, headers),
    ...removed.map((name) => bytesField(5, name)),
    ...headerOptions(6, replyHeaders),
    ...removedParameters.map((name) => bytesField(8, name)),
  ];
  // An empty status has the code 0, which is OK.
  return Buffer.concat([bytesField(1, ''), bytesField(3, Buffer.concat(ok))]);
}

/** Writes the `CheckResponse` that answers the client with this reply. */
export function encodeDenied({ status, headers, body }: Reply): Buffer {
  // The gateway sets the length of the body itself.
  const kept = headers.flatMap((name, at) =>
    at % 2 === 1 || name.toLowerCase() === 'content-length' ? [] : [name, headers[at + 1] as string],
  );
  const denied = [bytesField(1, varintField(1, status)), ...headerOptions(2, kept), bytesField(3, body)];
  return Buffer.concat([bytesField(1, varintField(1, permissionDenied)), bytesField(2, Buffer.concat(denied))]);
}

/** `google.rpc.Code`: any code but 0 refuses the request. */
const permissionDenied = 7;
const appendOrAdd = 0;
const overwriteOrAdd = 2;

/** Each header replaces one of the same name, but a second one of this list and `Vary` are added to it. */
function headerOptions(number: number, headers: readonly string[]): Buffer[] {
  const seen = new Set(['vary']);
  const options: Buffer[] = [];
  for (let at = 0; at < headers.length; at += 2) {
    const name = (headers[at] as string).toLowerCase();
    const isAdded = seen.has(name);
    seen.add(name);
    const header = Buffer.concat([bytesField(1, name), bytesField(2, headers[at + 1] as string)]);
    const option = [
      bytesField(1, header),
      // Envoy reads this one if it is there. Other gateways know only the one below, and would add by default.
      bytesField(2, varintField(1, isAdded ? 1 : 0)),
      varintField(3, isAdded ? appendOrAdd : overwriteOrAdd),
    ];
    options.push(bytesField(number, Buffer.concat(option)));
  }
  return options;
}

function bytesField(number: number, content: Buffer | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([varint(number * 8 + wireType.bytes), varint(bytes.length), bytes]);
}

function varintField(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8 + wireType.varint), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) + 0x80);
  bytes.push(left);
  return Buffer.from(bytes);
}
