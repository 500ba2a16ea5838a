// Reads the facts of a request of `node:http` as its client sent it.
import type { IncomingMessage } from 'node:http';
import { queryOf } from '../domain/query-key.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import { arrivedHeadersOf, arrivedMethodOf, arrivedTargetOf } from '../http/arrival.ts';
import { clientAddressOf, hostNameOf, pathOf, readRequestHead } from '../http/request-head.ts';
import { createRequestId, findRequestId } from '../http/request-id.ts';
import { readAbsoluteTarget } from '../http/request-target.ts';
import type { Fault } from '../profiles/profile.ts';
import type { Settings } from './options.ts';

/** A request as it arrived. */
export interface Arrived {
  readonly facts: RequestFacts;
  /** Why the request can't be decided; `undefined` if it can. */
  readonly fault: Fault | undefined;
  /** Whether the connection must close after the reply. */
  readonly isLast: boolean;
}

/** @param method as the application sees it */
export function readArrival(
  settings: Settings,
  req: IncomingMessage,
  method: string | undefined = req.method,
): Arrived {
  const head = readRequestHead(req.rawHeaders);
  const arrivedMethod = arrivedMethodOf(req);
  const arrived = arrivedTargetOf(req);
  const absolute = readAbsoluteTarget(arrivedMethod, arrived);
  const target = absolute?.target ?? arrived;
  const facts: RequestFacts = {
    method: arrivedMethod,
    path: pathOf(target),
    query: settings.takesQuery ? queryOf(target) : undefined,
    rawHeaders: arrivedHeadersOf(req),
    clientAddress: clientAddressOf(req, head, settings.trusted),
    environment: settings.environment ?? settings.gate.boundHosts.get(head.host),
    requiredScopes: settings.scopes,
  };
  // If another middleware changed the method, the application would act on the changed one.
  let fault: Fault | undefined = head.fault ?? (arrivedMethod === method ? undefined : 'method_not_allowed');
  // The host of the target counts (RFC 9112 §3.2.2), but the application reads the Host header.
  if (absolute !== undefined && hostNameOf(absolute.authority) !== head.host) fault ??= 'bad_request';
  return { facts, fault, isLast: head.isLast };
}

/** The id under which a trusted proxy knows the request, or a new one. */
export function requestIdOf(rawHeaders: readonly string[], isPeerTrusted: boolean): string {
  return (isPeerTrusted ? findRequestId(rawHeaders) : undefined) ?? createRequestId();
}
