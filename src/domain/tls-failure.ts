// Why a TLS connection to a server was not made, told apart so that each reason leads to its fix.
import { printable } from './printable.ts';

export type TlsFailureKind =
  | 'expired'
  | 'not_yet_valid'
  | 'self_signed'
  | 'unknown_ca'
  | 'wrong_name'
  | 'no_tls'
  | 'refused'
  | 'cut';

export interface TlsFailure {
  readonly kind: TlsFailureKind;
  /** What is wrong with the server, to follow its name: "has a certificate that expired". It holds no secret. */
  readonly problem: string;
}

/** By the names that OpenSSL (X509_V_ERR_…) and Node.js give to what they find. */
const kindsByCode: Readonly<Record<string, TlsFailureKind>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not_yet_valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self_signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown_ca',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown_ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown_ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown_ca',
  CERT_UNTRUSTED: 'unknown_ca',
  INVALID_CA: 'unknown_ca',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong_name',
};

const problems: Readonly<Record<TlsFailureKind, string>> = {
  expired: 'has a certificate that expired',
  not_yet_valid: 'has a certificate that is not valid yet',
  self_signed: 'has a self-signed certificate',
  unknown_ca: 'has a certificate of an unknown certificate authority',
  wrong_name: 'has a certificate for another name',
  no_tls: 'does not speak TLS',
  refused: 'refused the TLS handshake',
  cut: 'closed the connection during the TLS handshake',
};

/** `undefined` when TLS is not why the connection failed. Looks through the causes of `error` too. */
export function explainTlsFailure(error: unknown): TlsFailure | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    const kind = kindOf(each);
    if (kind !== undefined) return { kind, problem: problems[kind] + detailOf(kind, each) };
  }
  return undefined;
}

function kindOf(error: Error & { readonly code?: unknown }): TlsFailureKind | undefined {
  const { message } = error;
  const code = String(error.code);
  const known = kindsByCode[code];
  if (known !== undefined) return known;
  // What is no TLS record, such as the first bytes of an HTTP reply.
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code)) return 'no_tls';
  if (code === 'EPROTO' && /wrong version number|packet length too long/.test(message)) return 'no_tls';
  if (code === 'EPROTO' || /^ERR_SSL_/.test(code)) return 'refused';
  return message.startsWith('Client network socket disconnected before secure TLS') ? 'cut' : undefined;
}

/** The names that a certificate is for, and the alert of a server that refuses: neither is a secret. */
function detailOf(kind: TlsFailureKind, error: Error): string {
  const { cert, code } = error as { readonly cert?: { readonly subjectaltname?: string }; readonly code?: string };
  if (kind === 'wrong_name' && cert?.subjectaltname !== undefined)
    return ` (${printable(cert.subjectaltname).slice(0, 200)})`;
  return kind === 'refused' && code !== undefined ? ` (${code})` : '';
}
