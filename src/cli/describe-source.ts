// Where a client puts its key, in one line.
import { type CredentialSource, presentCredential } from '../domain/credential.ts';

/** `Authorization: Bearer KEY` */
export function describeSource(source: CredentialSource): string {
  const { header, value } = presentCredential(source, 'KEY');
  return source.kind === 'basic' ? `${header}: Basic base64(KEY:)` : `${header}: ${value}`;
}
