// Writes events for all who want them, in the transaction of the change.
import type { Kysely } from 'kysely';
import type { Database } from '../schema.ts';
import { type CausedEvent, recordNotifications } from './notifications.ts';
import { recordEvents } from './webhooks.ts';

/** Writes the events to the outbox of webhooks, and the notifications of members. */
export async function recordCaused(db: Kysely<Database>, caused: readonly CausedEvent[]): Promise<void> {
  await recordEvents(
    db,
    caused.map(({ event }) => event),
  );
  await recordNotifications(db, caused);
}
