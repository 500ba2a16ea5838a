// Checks tags, metadata and external ids, and converts them to their stored form.
import { type Annotations, isMetadataName, type Metadata } from '../domain/annotations.ts';
import type { Policy } from '../domain/protected-api.ts';
import type { Redactor } from '../domain/redaction.ts';
import { readName } from '../domain/visible-name.ts';
import { assertNoSecret } from './display-name.ts';
import { invalidInput, ManagementError } from './management-error.ts';

/** The fields of a key or an organization, as text. A field that is left out is not set or not changed. */
export interface AnnotationFields {
  /** At most 20, of 1 to 40 characters without comma and semicolon. Stored in lower case. Replaces those before. */
  readonly tags?: readonly string[] | undefined;
  /**
   * At most 20 entries, 2,048 bytes as JSON. A name has lower-case letters, digits, `_` and `-`; a value 1 to 200
   * characters. Changes the given names; `null` removes one.
   */
  readonly metadata?: Readonly<Record<string, string | null>> | undefined;
  /** 1 to 128 visible ASCII characters; `null`: none. */
  readonly externalId?: string | null | undefined;
}

const maxTags = 20;
const tagLength = { min: 1, max: 40 };
const maxEntries = 20;
const valueLength = { min: 1, max: 200 };
/** Percent-encoded in headers, the metadata of a key and its organization still fits into the head of a request. */
const maxMetadataBytes = 2_048;

/** The given members in their stored form. Throws a `ManagementError` that names the first wrong field. */
export function checkAnnotations(
  { tags, metadata, externalId }: AnnotationFields,
  before: Annotations,
  redactor: Redactor,
): Partial<Annotations> {
  return {
    ...(tags !== undefined && { tags: checkTags(tags, redactor) }),
    ...(metadata !== undefined && { metadata: mergeMetadata(before.metadata, metadata, redactor) }),
    ...(externalId !== undefined && { externalId: checkExternalId(externalId, redactor) }),
  };
}

function checkTags(tags: readonly string[], redactor: Redactor): readonly string[] {
  if (tags.length > maxTags) throw invalidInput('tags', `may have at most ${maxTags} entries, but has ${tags.length}`);
  const checked = tags.map((tag, at) => {
    const field = `tags[${at}]`;
    assertNoSecret(field, tag, redactor);
    const read = readName(tag.toLowerCase(), tagLength);
    if (!read.ok) throw invalidInput(field, read.fix);
    if (/[,;]/.test(read.name)) throw invalidInput(field, 'has a comma or a semicolon: send each tag by itself');
    return read.name;
  });
  return [...new Set(checked)];
}

function mergeMetadata(
  before: Metadata,
  changes: Readonly<Record<string, string | null>>,
  redactor: Redactor,
): Metadata {
  const merged = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(changes)) {
    if (!isMetadataName(name)) {
      const shown = JSON.stringify(redactor.redactText(name).slice(0, 60));
      const form = 'lower-case letters, digits, _ and -, beginning with a letter, at most 40 characters';
      throw invalidInput('metadata', `${shown} is not a name such as plan or customer_id: use ${form}`);
    }
    assertNoSecret('metadata', name, redactor);
    const field = `metadata.${name}`;
    if (value === null) {
      merged.delete(name);
      continue;
    }
    assertNoSecret(field, value, redactor);
    const read = readName(value, valueLength);
    if (!read.ok) throw invalidInput(field, read.fix);
    merged.set(name, read.name);
  }
  if (merged.size > maxEntries) {
    throw invalidInput('metadata', `may have at most ${maxEntries} entries, but would have ${merged.size}`);
  }
  // Sorted, so that equal metadata has one form.
  const metadata = Object.fromEntries([...merged].sort(([a], [b]) => (a < b ? -1 : 1)));
  const bytes = Buffer.byteLength(JSON.stringify(metadata));
  if (bytes > maxMetadataBytes) {
    throw invalidInput('metadata', `may have at most ${maxMetadataBytes} bytes as JSON, but would have ${bytes}`);
  }
  return metadata;
}

function checkExternalId(externalId: string | null, redactor: Redactor): string | null {
  if (externalId === null) return null;
  assertNoSecret('externalId', externalId, redactor);
  if (/^[!-~]{1,128}$/.test(externalId)) return externalId;
  throw invalidInput('externalId', 'must be 1 to 128 visible ASCII characters without spaces, such as cus_42');
}

/** Throws `invalid_input` unless members may set each name in `changes`, or it keeps its value. */
export function assertMetadataGivable(
  changes: AnnotationFields['metadata'],
  { memberMetadata }: Policy,
  held: Metadata,
): void {
  const refused = Object.entries(changes ?? {}).find(
    ([name, value]) =>
      !memberMetadata.includes(name) && (Object.hasOwn(held, name) ? held[name] !== value : value !== null),
  );
  if (refused === undefined) return;
  const givable = memberMetadata.length === 0 ? 'no metadata' : `only this metadata: ${memberMetadata.join(', ')}`;
  throw invalidInput(
    isMetadataName(refused[0]) ? `metadata.${refused[0]}` : 'metadata',
    `members may set ${givable}, on keys of this API. Ask the operator for other metadata`,
  );
}

/** The error for an external id that another key or organization has. */
export function externalIdTaken(owner: string): ManagementError {
  return new ManagementError(
    'external_id_taken',
    `externalId: ${owner} has this external id: use another one, or remove it there`,
    'externalId',
  );
}
