// Endpoints of webhooks: what is stored of each, and the secrets that sign (Standard Webhooks 1.0).
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  sign,
} from 'node:crypto';
import type { EventType } from './webhook-event.ts';

/** How deliveries are signed. `hmac`: with a shared secret (`v1`). `ed25519`: with a private key (`v1a`). */
export const signatureKinds = ['hmac', 'ed25519'] as const;
export type SignatureKind = (typeof signatureKinds)[number];

/**
 * What a receiver gets. `standard`: the event, signed (Standard Webhooks). `alertmanager`: an alert for the API of
 * Alertmanager, which verifies no signature, so there is none.
 */
export const webhookFormats = ['standard', 'alertmanager'] as const;
export type WebhookFormat = (typeof webhookFormats)[number];

/** `request`: someone disabled it. `gone`: it answered 410. `failing`: every attempt of a delivery failed. */
export const disabledCauses = ['request', 'gone', 'failing'] as const;
export type DisabledCause = (typeof disabledCauses)[number];

/** An endpoint as it is stored. Instants are epoch milliseconds. */
export interface WebhookEndpoint {
  readonly id: string;
  /** `null`: it belongs to the operator, and receives the events of all organizations. */
  readonly orgId: string | null;
  readonly name: string;
  readonly url: string;
  /** `all`: also types that a later version adds. */
  readonly types: readonly EventType[] | 'all';
  readonly format: WebhookFormat;
  /** `none`: its format has no signature. */
  readonly signature: SignatureKind | 'none';
  /** Empty without a signature. */
  readonly sealedSecret: string;
  /** The secret before the last rotation, which signs too until `untilMs`. */
  readonly former: { readonly sealedSecret: string; readonly untilMs: number } | null;
  readonly disabled: { readonly atMs: number; readonly because: DisabledCause } | null;
  readonly createdAtMs: number;
}

/** The types that an endpoint with the format `alertmanager` can get: what someone should look at. */
export const alertTypes: readonly EventType[] = [
  'key.expiring',
  'key.expired',
  'key.unused',
  'organization.suspended',
  'webhook.disabled',
  'alert.raised',
  'webhook.test',
];

/** Whether an endpoint of the event's organization, or of the operator, wants it. */
export function wantsEvent({ types, format }: Pick<WebhookEndpoint, 'types' | 'format'>, type: EventType): boolean {
  return (types === 'all' || types.includes(type)) && (format === 'standard' || alertTypes.includes(type));
}

/** What a delivery waits for, or how it ended. */
export const deliveryStatuses = ['waiting', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** One event on its way to one endpoint. */
export interface Delivery {
  readonly id: string;
  readonly eventId: string;
  /** May be unknown to this version, because a newer one wrote it. */
  readonly type: string;
  readonly eventAtMs: number;
  readonly status: DeliveryStatus;
  /** Attempts since the event or its last replay. */
  readonly attempts: number;
  readonly nextAtMs: number | null;
  readonly lastAtMs: number | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
}

/** One attempt to deliver that has ended. */
export interface Attempt {
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** The status of the answer. `null`: there was none. */
  readonly status: number | null;
  /** Why it failed. `null`: it did not. */
  readonly error: string | null;
}

/** The secret of a new endpoint, as text: `whsec_…`, or the private key `whsk_…`. */
export function newSigningSecret(kind: SignatureKind): string {
  if (kind === 'hmac') return `whsec_${randomBytes(32).toString('base64')}`;
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const pair = [d, x].map((part) => Buffer.from(part as string, 'base64url'));
  return `whsk_${Buffer.concat(pair).toString('base64')}`;
}

/** What the receiver needs to verify: the shared secret itself (`whsec_…`), or the public key (`whpk_…`). */
export function verifierOf(secret: string): string {
  return secret.startsWith('whsec_') ? secret : `whpk_${bytesOf(secret).subarray(32).toString('base64')}`;
}

/** One signature for the header `webhook-signature`: `v1,…` or `v1a,…`. */
export function signWith(secret: string, signed: string): string {
  const bytes = bytesOf(secret);
  if (secret.startsWith('whsec_')) return `v1,${createHmac('sha256', bytes).update(signed).digest('base64')}`;
  const [d, x] = [bytes.subarray(0, 32), bytes.subarray(32)].map((part) => part.toString('base64url'));
  const key = createPrivateKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', d, x } as object });
  return `v1a,${sign(null, Buffer.from(signed), key).toString('base64')}`;
}

function bytesOf(secret: string): Buffer {
  return Buffer.from(secret.slice(secret.indexOf('_') + 1), 'base64');
}

/** Seals secrets for the database, under the server's session secret, which is not in it. */
export interface SecretSeal {
  /** `endpointId` binds the text to its endpoint. */
  seal(secret: string, endpointId: string): string;
  /** Throws if the text was sealed under another session secret or for another endpoint. */
  open(sealed: string, endpointId: string): string;
}

const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM under a key that HKDF derives from the session secret. */
export function createSecretSeal(sessionSecret: string): SecretSeal {
  const key = Buffer.from(hkdfSync('sha256', sessionSecret, '', 'miftah webhook secret', 32));
  return {
    seal(secret, endpointId) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(endpointId));
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
    },
    open(sealed, endpointId) {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
        .setAAD(Buffer.from(endpointId))
        .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      const text = Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]);
      return text.toString('utf8');
    },
  };
}
