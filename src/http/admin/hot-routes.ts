// Routes that the listener answers itself, because the framework takes longer than they do. Each is a POST with JSON.
import type { HotRoute } from './hot-route.ts';
import { createVerify, type VerifyParts } from './verify.ts';

/** The factory of each hot route by path. To add a hot route to the listener and its 405, add a row. */
const makers: Readonly<Record<string, (parts: VerifyParts) => HotRoute>> = {
  '/v1/verify': createVerify,
};

/** The paths of all hot routes. */
export const hotPaths: ReadonlySet<string> = new Set(Object.keys(makers));

/** Creates all hot routes, by path. */
export function createHotRoutes(parts: VerifyParts): ReadonlyMap<string, HotRoute> {
  return new Map(Object.entries(makers).map(([path, make]) => [path, make(parts)]));
}
