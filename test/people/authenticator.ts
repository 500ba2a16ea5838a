// Second factors in software: codes of RFC 6238, and a passkey that signs like a browser's (WebAuthn §6, §7).
import { createHash, createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** The 6 digits at `nowMs` (RFC 6238, SHA-1, 30 s) for the secret in an `otpauth:` URI. */
export function totpOf(uri: string, nowMs: number): string {
  const secret = decodeBase32(new URL(uri).searchParams.get('secret') as string);
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(nowMs / 30_000)));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = (mac.at(-1) as number) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

function decodeBase32(text: string): Buffer {
  let bits = '';
  for (const letter of text.replace(/=+$/, '')) {
    bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter.toUpperCase()).toString(2).padStart(5, '0');
  }
  return Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
}

export interface PasskeyOptions {
  readonly origin: string;
  /** Whether the device reports that it verified its user. Default: true. */
  readonly isUserVerified?: boolean;
}

/** A passkey of one site, kept in memory. */
export class SoftwarePasskey {
  readonly id = randomBytes(32);
  readonly #origin: string;
  readonly #flags: number;
  readonly #publicKey: KeyObject;
  readonly #privateKey: KeyObject;

  constructor({ origin, isUserVerified = true }: PasskeyOptions) {
    this.#origin = origin;
    // User present, user verified (WebAuthn §6.1).
    this.#flags = isUserVerified ? 0x05 : 0x01;
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#publicKey = publicKey;
    this.#privateKey = privateKey;
  }

  /** The answer to `navigator.credentials.create`, with attestation "none". */
  register({ challenge, rp }: { readonly challenge: string; readonly rp: { readonly id: string } }): object {
    const { x, y } = this.#publicKey.export({ format: 'jwk' }) as { x: string; y: string };
    // COSE_Key: kty EC2, alg ES256, crv P-256, x, y (RFC 9053 §7.1.1).
    const coseKey = cborMap([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]);
    const idLength = Buffer.from([0, this.id.length]);
    const credential = Buffer.concat([Buffer.alloc(16), idLength, this.id, coseKey]);
    const authData = Buffer.concat([this.#authenticatorData(rp.id, this.#flags | 0x40), credential]);
    const attestation = cborMap([
      ['fmt', 'none'],
      ['attStmt', cborMap([])],
      ['authData', authData],
    ]);
    return this.#credential({
      clientDataJSON: this.#clientData('webauthn.create', challenge).toString('base64url'),
      attestationObject: attestation.toString('base64url'),
      transports: ['internal'],
    });
  }

  /** The answer to `navigator.credentials.get`. */
  authenticate({ challenge, rpId }: { readonly challenge: string; readonly rpId: string }): object {
    const clientData = this.#clientData('webauthn.get', challenge);
    const authData = this.#authenticatorData(rpId, this.#flags);
    const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()]);
    return this.#credential({
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: sign('sha256', signed, this.#privateKey).toString('base64url'),
    });
  }

  #credential(response: object): object {
    const id = this.id.toString('base64url');
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response };
  }

  #clientData(type: string, challenge: string): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.#origin, crossOrigin: false }));
  }

  /** RP id hash, flags, and a counter that stays at 0, as in synced passkeys. */
  #authenticatorData(rpId: string, flags: number): Buffer {
    return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.from([flags, 0, 0, 0, 0])]);
  }
}

/** Buffers that `cborMap` made are embedded unchanged. Other buffers are byte strings. */
const encoded = new WeakSet<Buffer>();

function cborMap(entries: readonly (readonly [number | string, number | string | Buffer])[]): Buffer {
  const map = Buffer.concat([cborHead(5, entries.length), ...entries.flat().map(cborItem)]);
  encoded.add(map);
  return map;
}

function cborItem(value: number | string | Buffer): Buffer {
  if (typeof value === 'number') return value < 0 ? cborHead(1, -1 - value) : cborHead(0, value);
  if (typeof value === 'string') return Buffer.concat([cborHead(3, value.length), Buffer.from(value)]);
  return encoded.has(value) ? value : Buffer.concat([cborHead(2, value.length), value]);
}

/** Major type and argument (RFC 8949 §3), up to 65,535. */
function cborHead(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.from([(major << 5) | argument]);
  if (argument < 256) return Buffer.from([(major << 5) | 24, argument]);
  return Buffer.from([(major << 5) | 25, argument >> 8, argument & 0xff]);
}
