// Reads what a gateway says about its client's request, and finds headers that must not reach the upstream.
import { metadataHeaderOf } from '../../domain/annotations.ts';
import { foldFieldName, isOverrideField } from '../../domain/field-name.ts';
import { assertionField, identityFields } from '../identity.ts';
import type { Fact, GatewayDialect } from './dialects.ts';

/** The header with the gateway's token, in lower case. */
const tokenField = 'x-miftah-token';

/** What the headers of a gateway's request say. */
export interface Asked {
  /** The values of headers that were sent once and are not empty. */
  readonly facts: Readonly<Partial<Record<Fact, string>>>;
  /** `undefined`: none was sent, or several. */
  readonly token: string | undefined;
  /** A header with facts that was sent twice. */
  readonly repeated: string | undefined;
  /** A header of the client with which it could deceive the upstream, and which the gateway did not remove. */
  readonly forged: string | undefined;
}

export type ReadAsked = (rawHeaders: readonly string[]) => Asked;

type Treatment = Fact | 'token' | 'forged' | 'pass';

const rememberedNames = 512;
const rememberedNameLength = 64;

/**
 * Compiles the reader for one dialect and API. The gateway forwards what the client sent, so a header is forged that
 * - overrides method or target, unless `passHeaders` of the API names it;
 * - begins with `X-Miftah-` and is none that every allowed reply sets;
 * - folds to `X-Miftah-*` or `X-Forwarded-*` in another spelling, which a CGI-like upstream takes for the real one.
 *
 * @param passed `passHeaders` of the API
 * @param forwardedMetadata the names of metadata that allowed replies have
 */
export function createReadAsked(
  { fields }: GatewayDialect,
  { passed, forwardedMetadata }: { readonly passed: readonly string[]; readonly forwardedMetadata: readonly string[] },
): ReadAsked {
  const factOf = new Map(Object.entries(fields).map(([fact, field]) => [field, fact as Fact]));
  const passedFields = new Set(passed.map(foldFieldName));
  const replaced = new Set(
    [...identityFields, assertionField, ...forwardedMetadata.map(metadataHeaderOf)].map((name) => name.toLowerCase()),
  );
  const remembered = new Map<string, Treatment>();

  function decide(name: string): Treatment {
    const treatment = treat(name.toLowerCase());
    if (remembered.size < rememberedNames && name.length <= rememberedNameLength) remembered.set(name, treatment);
    return treatment;
  }

  function treat(name: string): Treatment {
    const fact = factOf.get(name);
    if (fact !== undefined) return fact;
    if (name === tokenField) return 'token';
    const folded = foldFieldName(name);
    if (folded.startsWith('x-miftah-')) return replaced.has(name) ? 'pass' : 'forged';
    if (folded.startsWith('x-forwarded-')) return folded === name ? 'pass' : 'forged';
    return isOverrideField(folded) && !passedFields.has(folded) ? 'forged' : 'pass';
  }

  return function readAsked(rawHeaders) {
    const facts: Partial<Record<Fact, string>> = {};
    let token: string | undefined;
    let tokens = 0;
    let repeated: string | undefined;
    let forged: string | undefined;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] as string;
      const treatment = remembered.get(name) ?? decide(name);
      if (treatment === 'pass') continue;
      const value = rawHeaders[at + 1] as string;
      if (treatment === 'token') {
        tokens++;
        token = value;
      } else if (treatment === 'forged') forged ??= name;
      else if (facts[treatment] !== undefined) repeated ??= name;
      else facts[treatment] = value;
    }
    return { facts, token: tokens === 1 ? token : undefined, repeated, forged };
  };
}
