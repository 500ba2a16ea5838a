// A route that the listener answers itself, and what it answers.
import type { ProblemDetails } from '../wire/problem.ts';

/** `text` is the reply as JSON. */
export type HotAnswer =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: ProblemDetails };

/** Answers a parsed body. Throws and rejects with defects only. */
export type HotRoute = (body: unknown) => HotAnswer | Promise<HotAnswer>;
