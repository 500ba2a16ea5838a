// An expired or revoked key that someone still sends, and from where.
import { topAddresses } from '../../domain/alert.ts';
import { oneHourMs } from '../../domain/durations.ts';
import { sumOf } from '../key-hour.ts';
import { coolDown, keyRule } from '../rule.ts';

const ended = ['key_expired', 'key_revoked'] as const;

export const endedKey = keyRule({
  id: 'ended_key_used',
  text: 'Someone still sends a key that has expired or was revoked.',
  subject: 'key',
  isOnByDefault: true,
  settings: {
    atLeast: { default: 10, min: 1, max: 1_000_000, unit: 'requests', text: 'Fewer requests raise no alert' },
    afterHours: {
      ...{ default: 24, min: 1, max: 24 * 90, unit: 'hours' },
      text: 'Time after the end in which clients may change',
    },
    coolDownHours: coolDown(24 * 7),
  },
  reads: [],
  concerns({ key, hourMs, outcomes }, { atLeast, afterHours }) {
    if (sumOf(outcomes, ended) < atLeast) return false;
    const ends = [key.revokedAtMs, key.expiresAtMs].filter((each) => each !== null);
    // A secret that a rotation ended is refused as expired too: its key has no end.
    const endMs = ends.length === 0 ? key.secretCreatedAtMs : Math.min(...ends);
    return hourMs - endMs >= afterHours * oneHourMs;
  },
  check: ({ outcomes, addresses }) => ({
    counts: { denied: sumOf(outcomes, ended) },
    addresses: topAddresses(addresses.filter(({ refused }) => refused > 0)),
    words: ended.filter((reason) => (outcomes[reason] ?? 0) > 0),
  }),
});
