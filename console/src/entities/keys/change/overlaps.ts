// The overlap after a rotation: which ones are offered, and how much is left.
import type { Key, Secret } from './key-api.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** The values of the API, shortest first. */
const overlapChoices = ['now', '1h', '24h', '7d', '30d', 'until_ended'] as const;
export type OverlapChoice = (typeof overlapChoices)[number];

/** `until_ended` never ends by itself. */
export const overlapMs: Readonly<Record<OverlapChoice, number>> = {
  now: 0,
  '1h': hourMs,
  '24h': dayMs,
  '7d': 7 * dayMs,
  '30d': 30 * dayMs,
  until_ended: Number.POSITIVE_INFINITY,
};

/** Returns the overlaps that the key's expiry allows, and the first longer one, which ends with the key. */
export function offeredOverlaps({ expiresAt }: Pick<Key, 'expiresAt'>, nowMs: number): readonly OverlapChoice[] {
  const leftMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) - nowMs;
  const enough = overlapChoices.findIndex((choice) => overlapMs[choice] >= leftMs);
  return enough < 0 ? overlapChoices : overlapChoices.slice(0, enough + 1);
}

/** Returns what is left of the overlap, from 1 at the rotation to 0 at its end. 1 where it has no end. */
export function shareLeft(secret: Pick<Secret, 'endsAt'>, rotatedAt: string, nowMs: number): number {
  if (secret.endsAt === null) return 1;
  const endMs = Date.parse(secret.endsAt);
  const startMs = Date.parse(rotatedAt);
  return endMs <= startMs ? 0 : Math.min(1, Math.max(0, (endMs - nowMs) / (endMs - startMs)));
}

/** Whether the old secret is still used on its last day, or in the second half of a shorter overlap. */
export function isEndingInUse(
  { endsAt, lastUsedAt }: Pick<Secret, 'endsAt' | 'lastUsedAt'>,
  rotatedAt: string,
  nowMs: number,
): boolean {
  if (endsAt === null || lastUsedAt === null) return false;
  const endMs = Date.parse(endsAt);
  const warnedMs = Math.min(dayMs, (endMs - Date.parse(rotatedAt)) / 2);
  return endMs - nowMs < warnedMs && nowMs - Date.parse(lastUsedAt) < dayMs;
}
