// The time that a page shows, in a time zone, and its steps.

export const ranges = ['24h', '7d', '30d', 'month', 'custom'] as const;
export type Range = (typeof ranges)[number];

export const stepNames = ['hour', 'day', 'month'] as const;
export type StepName = (typeof stepNames)[number];

export interface Chosen {
  /** Left out: 7 days. */
  readonly range?: Range;
  /**
   * Local times, only with `custom`: days such as `2026-11-21`, both included, or minutes such as `2026-11-21T22:00`,
   * of which `to` is excluded.
   */
  readonly from?: string;
  readonly to?: string;
  /** Left out: by the length. */
  readonly step?: StepName;
}

export interface Span {
  /** As the API takes it: a local day or minute, or an instant. */
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
  readonly step: StepName;
  /** The name of the IANA database. */
  readonly zone: string;
}

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
/** The longest span of one answer of the API. */
const longestDays = 1_100;
/** The most steps that a chart shows. */
const mostSteps = 200;
const hoursOfStep: Readonly<Record<StepName, number>> = { hour: 1, day: 24, month: 24 * 28 };

/** The reader's own time zone. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The local day of an instant, such as `2026-11-21`. */
export function dayIn(zone: string, ms: number): string {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const { year, month, day } = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  return `${year}-${month}-${day}`;
}

/** The day so many days after another one. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);
}

/** Returns whole hours, days or months up to the current one, so that no step is cut. */
export function spanOf({ range = '7d', from, to, step }: Chosen, nowMs: number, zone: string): Span {
  const today = dayIn(zone, nowMs);
  const ends = { from: addDays(today, range === '30d' ? -29 : -6), to: addDays(today, 1) };
  if (range === 'custom' && from !== undefined && to !== undefined) Object.assign(ends, orderEnds(from, to));
  if (range === 'month') Object.assign(ends, monthOf(today));
  if (range === '24h') {
    const toMs = nowMs - (nowMs % hourMs) + hourMs;
    Object.assign(ends, { from: new Date(toMs - dayMs).toISOString(), to: new Date(toMs).toISOString() });
  }
  const offered = offeredSteps(ends);
  const byLength = hoursIn(ends) <= 48 ? 'hour' : hoursIn(ends) <= 24 * 100 ? 'day' : 'month';
  return { ...ends, zone, step: step !== undefined && offered.includes(step) ? step : byLength };
}

/** The steps of which the span has few enough to show, and more than one. */
export function offeredSteps(span: Pick<Span, 'from' | 'to'>): readonly StepName[] {
  return stepNames.filter((step) => {
    const steps = hoursIn(span) / hoursOfStep[step];
    return steps <= mostSteps && (steps > 1 || step === 'hour');
  });
}

/** Takes the ends in either order. A span that is too long keeps its last days. */
function orderEnds(one: string, other: string): Pick<Span, 'from' | 'to'> {
  const [first, last] = [one, other].toSorted() as [string, string];
  const to = last.length === 10 ? addDays(last, 1) : last;
  const earliest = addDays(to.slice(0, 10), -longestDays);
  const from = [first, earliest].toSorted().at(-1) as string;
  return { from, to: to === first ? addDays(to.slice(0, 10), 1) : to };
}

function monthOf(day: string): Pick<Span, 'from' | 'to'> {
  const [year = 0, month = 1] = day.split('-').map(Number);
  return { from: `${day.slice(0, 7)}-01`, to: new Date(Date.UTC(year, month)).toISOString().slice(0, 10) };
}

/** About, where the clock changes. */
function hoursIn({ from, to }: Pick<Span, 'from' | 'to'>): number {
  const msOf = (end: string) => Date.parse(end.length === 16 ? `${end}:00Z` : end);
  return (msOf(to) - msOf(from)) / hourMs;
}
