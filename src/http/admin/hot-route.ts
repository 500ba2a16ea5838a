// A route that the listener answers without the framework, and its answer.
import type { Grant } from '../../domain/grant.ts';
import type { ProblemDetails } from '../wire/problem.ts';

/** The answer of a hot route. `text` is the reply as JSON, sent with status 200. */
export type HotAnswer =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: ProblemDetails };

/** Answers a parsed body, for a caller with this grant. Throws and rejects only with defects. */
export type HotRoute = (body: unknown, grant: Grant) => HotAnswer | Promise<HotAnswer>;
