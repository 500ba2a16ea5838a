// Days and months of a time zone, with the days of 23 and 25 hours that a change of its offset makes.
import { oneDayMs } from './durations.ts';

/** A time zone of the IANA database. */
export interface TimeZone {
  readonly name: string;
  /** What to add to UTC for the local time at this instant, in milliseconds. */
  readonly offsetMsAt: (ms: number) => number;
}

/** A step of the calendar. */
export type CalendarUnit = 'day' | 'month';

export const utc: TimeZone = { name: 'UTC', offsetMsAt: () => 0 };

/** The zone with this IANA name, such as `Asia/Riyadh`, in any case. `undefined`: there is none. */
export function findTimeZone(name: string): TimeZone | undefined {
  // Intl also takes offsets such as +03:00. They are no zones: a zone knows when its offset changes.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return undefined;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
  const zone = format.resolvedOptions().timeZone;
  if (zone === 'UTC') return utc;
  return {
    name: zone,
    offsetMsAt(ms) {
      const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
      const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
      return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
    },
  };
}

/**
 * The instant of a local time, which is given as if it were UTC. A time that occurs twice is the first one. A time that
 * the clock skips is as far after the skip as it is after the skip's beginning: a day without midnight begins when the
 * clock jumps.
 */
export function instantOf(zone: TimeZone, localMs: number): number {
  const before = zone.offsetMsAt(localMs - oneDayMs);
  const after = zone.offsetMsAt(localMs + oneDayMs);
  const candidates = [localMs - before, localMs - after];
  return candidates.find((ms) => ms + zone.offsetMsAt(ms) === localMs) ?? localMs - before;
}

/** The local time with its offset: `2027-01-14T00:00:00+03:00`. In UTC: `2027-01-14T00:00:00.000Z`. */
export function formatIn(zone: TimeZone, ms: number): string {
  if (zone.name === 'UTC') return new Date(ms).toISOString();
  const offsetMs = zone.offsetMsAt(ms);
  const minutes = Math.abs(Math.trunc(offsetMs / 60_000));
  const pad = (number: number) => String(number).padStart(2, '0');
  const offset = `${offsetMs < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
  return new Date(ms + offsetMs).toISOString().slice(0, 19) + offset;
}

/** The starts of all days or months that have a part between the two instants. Ascending, the first at most `fromMs`. */
export function listStarts(zone: TimeZone, unit: CalendarUnit, fromMs: number, toMs: number): number[] {
  const first = new Date(fromMs + zone.offsetMsAt(fromMs));
  const starts: number[] = [];
  for (let at = 0; ; at++) {
    const localMs =
      unit === 'month'
        ? Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + at)
        : Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate() + at);
    const ms = instantOf(zone, localMs);
    if (ms >= toMs) return starts;
    // A zone that crosses the date line skips a whole day.
    if (ms !== starts.at(-1)) starts.push(ms);
  }
}

/**
 * The start of the period before, which ends at `fromMs`. Before whole months there are as many months, before whole
 * days as many days, and before any other period as much time.
 */
export function startBefore(zone: TimeZone, fromMs: number, toMs: number): number {
  const from = dayOf(zone, fromMs);
  const to = dayOf(zone, toMs);
  if (from === undefined || to === undefined) return fromMs - (toMs - fromMs);
  if (from.getUTCDate() !== 1 || to.getUTCDate() !== 1) {
    return instantOf(zone, from.getTime() - (to.getTime() - from.getTime()));
  }
  return instantOf(zone, Date.UTC(from.getUTCFullYear(), from.getUTCMonth() - (monthOf(to) - monthOf(from))));
}

/** The local day that begins at this instant, as if it were UTC. `undefined`: none does. */
function dayOf(zone: TimeZone, ms: number): Date | undefined {
  const localMs = ms + zone.offsetMsAt(ms);
  const dayMs = Math.floor(localMs / oneDayMs) * oneDayMs;
  return instantOf(zone, dayMs) === ms ? new Date(dayMs) : undefined;
}

function monthOf(local: Date): number {
  return local.getUTCFullYear() * 12 + local.getUTCMonth();
}
