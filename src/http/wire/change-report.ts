// The revision in the reply to a change, and the nodes that may not apply the change yet.
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Clock } from '../../domain/clock.ts';
import { formatPosition } from '../../domain/position.ts';
import type { Held, OnHeld } from '../../management/ports.ts';

/** Every reply to a change has this header. */
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

/** Adds `coherence`, the report about unreached nodes, to the schema of a changed record. */
export function changed<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>) {
  return schema.extend({ coherence: coherenceSchema.optional() });
}

/** The value of `X-Miftah-Revision`: a position, see `formatPosition`. */
export const revisionHeaderSchema = z.string().openapi({
  description:
    'The revision of the change. A request that sends it as `minRevision` is decided with this change or a newer one applied',
  example: '42-9f86d081',
});

/** Reports how far one change has reached, in the headers and the body of its reply. */
export interface ChangeReport {
  /** An option of the command. It sets the revision header of the reply. */
  readonly onHeld: OnHeld;
  /** `body`, with `coherence` if some nodes were not reached. Call it after the command. */
  with<Body extends object>(body: Body): Body & { coherence?: z.infer<typeof coherenceSchema> };
}

/** Creates the report for the reply to one change. */
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
