// Raises alerts as the evaluator does, without the traffic of weeks.
import type { Finding } from '../src/domain/alert.ts';
import type { Storage } from '../src/storage/storage.ts';

/** What to raise. Default: many more requests of a key, in the hour before. */
export type Raised = Partial<Finding> & Pick<Finding, 'subject' | 'orgId'>;

const holder = 'test';
const hourMs = 3_600_000;

/** The id of the new alert. */
export async function raiseAlert({ alerts, management }: Storage, raised: Raised): Promise<string> {
  const nowMs = Date.now();
  const finding: Finding = {
    ...{ rule: 'volume_rise', variant: '', apiId: null, hourMs: nowMs - (nowMs % hourMs) - hourMs, coolDownHours: 1 },
    evidence: { counts: { requests: 5_200 }, baseline: { requests: 840 }, addresses: [], words: [] },
    ...raised,
  };
  // Takes the right from the evaluator of a server, as a node whose clock is an hour ahead.
  await alerts.claim(holder, nowMs + hourMs, nowMs + 2 * hourMs);
  const from = await alerts.findPlace();
  await alerts.raise({ holder, from, to: from, nowMs }, [finding]);
  await alerts.release(holder);
  const { items } = await management.listAlerts({ subjectId: finding.subject.id }, { limit: 1 }, nowMs);
  if (items[0] === undefined) throw new Error('no alert was raised');
  return items[0].id;
}
