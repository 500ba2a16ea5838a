// For how long the old secret of a rotated key works on: what is offered, and how far along it is.
import type { Key, Secret } from './key-api.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** As the API takes them, the shortest first. */
const overlapChoices = ['now', '1h', '24h', '7d', '30d', 'until_ended'] as const;
export type OverlapChoice = (typeof overlapChoices)[number];

export const overlapMs: Readonly<Record<OverlapChoice, number>> = {
  now: 0,
  '1h': hourMs,
  '24h': dayMs,
  '7d': 7 * dayMs,
  '30d': 30 * dayMs,
  until_ended: Number.POSITIVE_INFINITY,
};

/** No secret outlives its key: of the choices that would, none but the first is left. */
export function offeredOverlaps({ expiresAt }: Pick<Key, 'expiresAt'>, nowMs: number): readonly OverlapChoice[] {
  const leftMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) - nowMs;
  const enough = overlapChoices.findIndex((choice) => overlapMs[choice] >= leftMs);
  return enough < 0 ? overlapChoices : overlapChoices.slice(0, enough + 1);
}

/** How much of the overlap is left, from 1 at the rotation to 0 at its end; 1 where it has none. */
export function shareLeft(secret: Pick<Secret, 'endsAt'>, rotatedAt: string, nowMs: number): number {
  if (secret.endsAt === null) return 1;
  const endMs = Date.parse(secret.endsAt);
  const startMs = Date.parse(rotatedAt);
  return endMs <= startMs ? 0 : Math.min(1, Math.max(0, (endMs - nowMs) / (endMs - startMs)));
}

/** Whether something still uses it on its last day, or in the second half of a shorter overlap. */
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
