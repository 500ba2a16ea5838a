// Routes that the listener answers itself, since the framework costs more than they do. Each is a POST with a JSON body.
import type { HotRoute } from './hot-route.ts';
import { createVerify, type VerifyParts } from './verify.ts';

/** The name of a hot route and how it is made: a row here is all that the listener and its 405 need. */
const makers: Readonly<Record<string, (parts: VerifyParts) => HotRoute>> = {
  '/v1/verify': createVerify,
};

export const hotPaths: ReadonlySet<string> = new Set(Object.keys(makers));

export function createHotRoutes(parts: VerifyParts): ReadonlyMap<string, HotRoute> {
  return new Map(Object.entries(makers).map(([path, make]) => [path, make(parts)]));
}
