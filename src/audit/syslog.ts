// Syslog messages for audit records (RFC 5424), and their frames (RFC 5425).
import type { AuditRecord } from '../domain/audit-record.ts';
import { exportRecord } from './exported-record.ts';
import type { SegmentBounds } from './signed-segment.ts';

/** Facility 13, the log audit; severities 5, notice, and 6, informational (RFC 5424 §6.2.1). */
const priority = { record: 13 * 8 + 5, segment: 13 * 8 + 6 };

/** The number is the one for examples (RFC 5612). The part before it names what the parameters are. */
const structuredDataId = 'miftah@32473';

/** The message of one record. MSG is the record as an export has it, in ASCII. */
export function formatRecord(record: AuditRecord, hostname: string): string {
  const { seq, hash, action, actor, via, address, requestId, target, org, at } = exportRecord(record);
  const data = formatData({
    seq: String(seq),
    hash,
    action,
    actorKind: actor.kind,
    actorId: actor.id,
    actor: actor.label,
    via,
    address,
    requestId,
    targetKind: target.kind,
    targetId: target.id,
    org,
  });
  const text = toAscii(JSON.stringify(exportRecord(record)));
  return `${formatHead(priority.record, at, hostname, action)} ${data} ${text}`;
}

/** The message of the signed line that ends a segment. */
export function formatEnd({ firstSeq, lastSeq }: SegmentBounds, line: string, nowMs: number, hostname: string): string {
  const data = formatData({ firstSeq: String(firstSeq), lastSeq: String(lastSeq) });
  return `${formatHead(priority.segment, new Date(nowMs).toISOString(), hostname, 'segment')} ${data} ${toAscii(line)}`;
}

/** The frame of a message: its size in bytes, a space and the message (RFC 5425 §4.3). */
export function frameMessage(message: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(message)} ${message}`);
}

/** PROCID is nil, so that the same record is the same message after a restart. */
function formatHead(value: number, at: string, hostname: string, messageId: string): string {
  return `<${value}>1 ${at} ${toWord(hostname, 255)} miftah - ${toWord(messageId, 32)}`;
}

/** A header field: printable ASCII without spaces, at most `maxLength` characters (RFC 5424 §6). */
function toWord(value: string, maxLength: number): string {
  return value.replaceAll(/[^!-~]/g, '').slice(0, maxLength) || '-';
}

function formatData(parameters: Readonly<Record<string, string | null>>): string {
  const parts = Object.entries(parameters).flatMap(([name, value]) =>
    value === null ? [] : [` ${name}="${escapeValue(value)}"`],
  );
  return `[${structuredDataId}${parts.join('')}]`;
}

/**
 * RFC 5424 §6.3.3: a value is UTF-8, with a backslash before `"`, `\` and `]`. It may have control characters, but not
 * every receiver writes them on one line, so U+FFFD replaces them. MSG has the value as it is.
 */
function escapeValue(value: string): string {
  return value
    .toWellFormed()
    .replaceAll(/[\p{Cc}\u2028\u2029]/gu, '\ufffd')
    .replaceAll(/["\\\]]/g, '\\$&');
}

/** JSON with escapes in place of other characters: MSG in UTF-8 would begin with a byte order mark (RFC 5424 §6.4). */
function toAscii(json: string): string {
  return json.replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
