// Secrets in the addresses of both APIs: browsers, proxies and their logs keep an address, so the sender must learn of it.
import type { Redactor } from '../../domain/redaction.ts';
import { describeProblem, type ProblemDetails } from './problem.ts';

/** The problem of a URL with a secret in its path or its query, without an echo of it; `undefined` where there is none. */
export function findSecretInAddress(url: string, { holdsSecret }: Redactor): ProblemDetails | undefined {
  const { pathname, searchParams } = new URL(url);
  for (const [name, value] of searchParams) {
    // The answer to a name that is not known repeats it.
    if (holdsSecret(name) || holdsSecret(value)) return secretIn(name);
  }
  return holdsSecret(pathname) ? secretIn('path') : undefined;
}

function secretIn(name: string): ProblemDetails {
  // A name can be a secret as well.
  const field = /^[a-z]{1,20}$/i.test(name) ? name : 'query';
  return describeProblem(
    'invalid_input',
    `${field}: looks like a secret: search by name or by the masked secret`,
    field,
  );
}
