// Refuses requests with a secret in the URL: browsers, proxies and logs store URLs, so the sender must learn of it.
import type { Redactor } from '../../domain/redaction.ts';
import { describeProblem, type ProblemDetails } from './problem.ts';

/** The problem of a URL with a secret in its path or query. It does not repeat the secret. `undefined`: no secret. */
export function findSecretInAddress(url: string, { holdsSecret }: Redactor): ProblemDetails | undefined {
  const { pathname, searchParams } = new URL(url);
  for (const [name, value] of searchParams) {
    // A later problem would repeat an unknown name, so a name with a secret must end here.
    if (holdsSecret(name) || holdsSecret(value)) return secretIn(name);
  }
  return holdsSecret(pathname) ? secretIn('path') : undefined;
}

function secretIn(name: string): ProblemDetails {
  // The name itself can be the secret.
  const field = /^[a-z]{1,20}$/i.test(name) ? name : 'query';
  return describeProblem(
    'invalid_input',
    `${field}: looks like a secret: search by name or by the masked secret`,
    field,
  );
}
