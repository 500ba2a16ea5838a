// The lease protocol under thousands of schedules of faults. The simulation also detects protocols that are wrong on
// purpose.
import { describe, expect, test } from 'vitest';
import type { Counts } from './report.ts';
import { makeSchedule, type Schedule, shrinkSchedule } from './schedule.ts';
import type { Variant } from './variant.ts';
import { runSchedule } from './world.ts';

/** `MIFTAH_SCHEDULES`: number of schedules. `MIFTAH_SEED`: seed of the first, to run one failing schedule again. */
const schedules = Number(process.env.MIFTAH_SCHEDULES ?? 4_000);
const firstSeed = Number(process.env.MIFTAH_SEED ?? 1);
/** A wrong variant must be detected within this many schedules. */
const schedulesPerVariant = 12_000;

const isBroken = (schedule: Schedule, variant: Variant) => runSchedule(schedule, variant).violation !== undefined;

/** Describes the smallest schedule that still breaks a promise, step by step. */
function describeFailure(seed: number, variant: Variant): string {
  const { steps, ...setting } = shrinkSchedule(makeSchedule(seed), (each) => isBroken(each, variant));
  const { violation, trace } = runSchedule({ ...setting, steps }, variant, true);
  return [
    `seed ${seed}, ${variant}: ${violation}`,
    `setting: ${JSON.stringify(setting)}`,
    ...steps.map((step) => `  ${JSON.stringify(step)}`),
    ...trace,
  ].join('\n');
}

describe('the lease protocol', () => {
  test(`keeps its promises in ${schedules} schedules`, () => {
    const total: Partial<Record<keyof Counts, number>> = {};
    for (let seed = firstSeed; seed < firstSeed + schedules; seed++) {
      const { violation, counts } = runSchedule(makeSchedule(seed));
      if (violation !== undefined) expect.fail(describeFailure(seed, 'correct'));
      for (const name of Object.keys(counts) as (keyof Counts)[]) total[name] = (total[name] ?? 0) + counts[name];
    }
    process.stdout.write(`${schedules} schedules from seed ${firstSeed}: ${JSON.stringify(total)}\n`);
    // Everything that the promises cover did happen.
    if (schedules >= 100) for (const [name, count] of Object.entries(total)) expect(count, name).toBeGreaterThan(0);
  }, 600_000);

  test('gives the same outcome for the same seed', () => {
    const runs = [1, 2].map(() => runSchedule(makeSchedule(7), 'correct', true));
    expect(runs[0]?.trace.length).toBeGreaterThan(20);
    expect(runs[1]).toEqual(runs[0]);
  });
});

describe('the simulation', () => {
  const wrong: Record<Exclude<Variant, 'correct'>, RegExp> = {
    no_generation: /from its (cache|store)/,
    no_lease: /from its cache/,
    wall_clock: /from its cache/,
    lease_from_answer: /from its cache/,
    notification_trusted: /from its cache/,
    read_before_record: /from its cache/,
    joins_without_lease: /from its store/,
    no_op_returns_at_once: /from its (cache|store)/,
    no_barrier: /from its (cache|store)/,
    late_answer_taken: /from its cache/,
    bound_not_stated: /from its cache/,
    bound_begins_anew: /from its cache/,
    revision_not_asked_for: /from its (cache|store)/,
  };

  test.each(Object.keys(wrong) as (keyof typeof wrong)[])('detects the wrong variant %s', (variant) => {
    for (let seed = 1; seed <= schedulesPerVariant; seed++) {
      const schedule = makeSchedule(seed);
      const { violation } = runSchedule(schedule, variant);
      if (violation === undefined) continue;
      process.stdout.write(`${variant}: seed ${seed}: ${violation}\n`);
      expect(violation).toMatch(wrong[variant]);
      expect(isBroken(schedule, 'correct')).toBe(false);
      return;
    }
    expect.fail(`none of ${schedulesPerVariant} schedules detected ${variant}`);
  });

  test('describes a failure by the smallest schedule that causes it', () => {
    const seed = 1 + [...Array(200).keys()].findIndex((each) => isBroken(makeSchedule(each + 1), 'no_barrier'));
    const failure = describeFailure(seed, 'no_barrier');
    expect(failure).toContain('BROKEN');
    expect(failure.match(/"kind":"command"/g)?.length).toBeLessThanOrEqual(2);
    expect(failure.match(/"kind":/g)?.length).toBeLessThanOrEqual(8);
  });
});
