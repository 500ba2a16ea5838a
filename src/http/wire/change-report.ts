// What the reply to a change tells of where it stands, and of nodes that may not know of it yet.
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Clock } from '../../domain/clock.ts';
import { formatPosition } from '../../domain/position.ts';
import type { Held, OnHeld } from '../../management/ports.ts';

export const revisionHeader = 'X-Miftah-Revision';

const coherenceSchema = z
  .object({
    reached: z.literal(false),
    nodes: z
      .array(z.string())
      .nullable()
      .openapi({ description: 'The ids of the nodes; null: the database could not list them' }),
    boundUntil: z.string().openapi({
      format: 'date-time',
      description: 'Until this instant, by the clock of the answering node, they may use the old state',
      example: '2026-11-21T09:30:30.000Z',
    }),
  })
  .openapi('Coherence', {
    description:
      'Present only if some nodes could not be reached and serve from their caches (`onStoreOutage`). The change is stored and applies on all other nodes; on these it applies by `boundUntil`.',
  });

/** A reply to a change: the schema of what was changed, and what is told of nodes that do not know of it. */
export function changed<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>) {
  return schema.extend({ coherence: coherenceSchema.optional() });
}

export const revisionHeaderSchema = z.string().openapi({
  description:
    'The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied',
  example: '42-9f86d081',
});

export interface ChangeReport {
  /** Give it to the command: sets the header of the reply. */
  readonly onHeld: OnHeld;
  /** The reply's body, which says so when the change does not hold everywhere. */
  with<Body extends object>(body: Body): Body & { coherence?: z.infer<typeof coherenceSchema> };
}

/** For the reply to one change. */
export function reportChange(c: Context, clock: Clock): ChangeReport {
  let unreached: Held['unreached'];
  return {
    onHeld(held) {
      c.header(revisionHeader, formatPosition(held.position));
      ({ unreached } = held);
    },
    with(body) {
      if (unreached === undefined) return body;
      const { nodes, forAtMostMs } = unreached;
      const boundUntil = new Date(Math.ceil(clock.nowMs() + forAtMostMs)).toISOString();
      return { ...body, coherence: { reached: false, nodes: nodes === undefined ? null : [...nodes], boundUntil } };
    },
  };
}
