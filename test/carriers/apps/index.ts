// The applications of all frameworks: the suites send the same requests to each of them.
import express from 'express';
import type { StartFramework } from './app.ts';
import { express4, startExpress } from './express.ts';
import { startFastify } from './fastify.ts';
import { startFetch, startVerdict } from './fetch.ts';
import { startHono } from './hono.ts';
import { startKoa } from './koa.ts';
import { startNest, startNestOnFastify } from './nest.ts';
import { startRouteHandlers } from './next.ts';

/** The frameworks that give the request as it arrived: their carriers see all that `miftah/node` sees. */
export const overNode: Readonly<Record<string, StartFramework>> = {
  'miftah/express, Express 5': startExpress(express),
  'miftah/express, Express 4': startExpress(express4),
  'miftah/fastify': startFastify('/v1'),
  'miftah/fastify with rewriteUrl': startFastify('/inner/v1', { rewriteUrl: ({ url }) => `/inner${url}` }),
  'miftah/koa': startKoa,
  'miftah/nest': startNest(),
  'miftah/nest on Fastify': startNestOnFastify,
};

/** The frameworks whose host builds a `Request`, and refuses or changes some targets by itself. */
export const overRequest: Readonly<Record<string, StartFramework>> = {
  'miftah/hono': startHono,
  'miftah/fetch': startFetch,
  'miftah/fetch, by its verdict': startVerdict,
  'miftah/next, its wrapper': startRouteHandlers,
};
