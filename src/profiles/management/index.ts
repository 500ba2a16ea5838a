// The bundled shapes of management routes by id.
import { classicShape } from './classic.ts';
import { panelShape } from './panel.ts';
import type { ManagementShape } from './shape.ts';
import { standardShape } from './standard.ts';

/** Every shape that a profile can choose. Its id is the `via` of audit entries. */
export const managementShapes = {
  standard: standardShape,
  panel: panelShape,
  classic: classicShape,
} as const satisfies Record<string, ManagementShape>;

/** The id of a bundled shape. */
export type ManagementShapeId = keyof typeof managementShapes;
