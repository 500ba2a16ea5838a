// The routes of a profile's section `management`, over inherited ones.
import type { z } from 'zod';
import { isCanonicalPath } from '../domain/path.ts';
import { type ManagementShapeId, managementShapes } from '../profiles/management/index.ts';
import {
  findNameFlaw,
  isMemberName,
  memberNameForm,
  type Names,
  type Part,
  parts,
  partsOfReplies,
} from '../profiles/management/names.ts';
import type { ManagementShape } from '../profiles/management/shape.ts';
import type { DialectManagement } from '../profiles/profile.ts';
import { oneOf, section, text } from './fields.ts';
import type { Report } from './report.ts';

const shapeIds = Object.keys(managementShapes) as [ManagementShapeId, ...ManagementShapeId[]];

const memberName = text(
  memberNameForm,
  (value) => (isMemberName(value) ? value : undefined),
  "The vendor's name.",
).optional();

/** Miftah's names of the members of `some` parts, in any shape. */
function namesIn(some: readonly Part[]) {
  const names = Object.values<ManagementShape>(managementShapes).flatMap((shape) =>
    some.flatMap((part) => Object.keys(shape.names[part])),
  );
  return section(Object.fromEntries(names.map((name) => [name, memberName])));
}

/** The settings of the section, apart from its errors. */
export const managementRoutes = {
  shape: oneOf(
    shapeIds,
    'What the routes are, and what they read and answer. standard: the neutral ones. panel, classic: those of the bundled profiles.',
  ).optional(),
  path: text(
    'a path such as /v1/keys, without a slash at its end',
    (value) => (isListPath(value) ? value : undefined),
    "The path of the list. The other routes are below it. Default: the shape's.",
  ).optional(),
  fields: namesIn(parts)
    .describe("The vendor's names of members, such as { name: memo }. Default: the shape's.")
    .optional(),
  replyFields: namesIn(parts.filter((part) => partsOfReplies.has(part)))
    .describe('The same, for replies alone, where they win over fields.')
    .optional(),
};

const routes = section(managementRoutes);

/**
 * The inherited routes with what the section says. Another shape begins with its own path and names. Reports a missing
 * shape, or the first wrong name, with its path in the section. `undefined`: the shape is missing.
 */
export function overrideRoutes(
  inherited: DialectManagement | undefined,
  given: z.output<typeof routes>,
  report: Report,
): Omit<DialectManagement, 'errors'> | undefined {
  const id = given.shape ?? inherited?.shape;
  if (id === undefined) {
    report(['shape'], `is missing: use one of ${shapeIds.join(', ')}`);
    return undefined;
  }
  const shape: ManagementShape = managementShapes[id];
  const kept = inherited?.shape === id ? inherited : undefined;
  const own = { fields: merge(kept?.fields, given.fields), replyFields: merge(kept?.replyFields, given.replyFields) };
  const flaw = findNameFlaw(shape.names, own, shape.fixed);
  if (flaw !== undefined) report([flaw.map, flaw.name], flaw.message);
  return { shape: id, path: given.path ?? kept?.path ?? shape.path, ...own };
}

function merge(inherited: Names | undefined, given: Readonly<Record<string, string | undefined>> | undefined) {
  return inherited === undefined && given === undefined ? undefined : ({ ...inherited, ...given } as Names);
}

function isListPath(path: string): boolean {
  return isCanonicalPath(path) && path.length <= 200 && /^(?:\/[\w.~-]+)+$/.test(path);
}
