// Checks an OpenAPI document and generates types from it, both without a network.
import { createConfig, lintFromString } from '@redocly/openapi-core';
import openapiTypescript, { astToString, type OpenAPI3 } from 'openapi-typescript';

/** What is wrong with the document, a line each; empty: nothing. */
export async function lintOpenApi(text: string): Promise<readonly string[]> {
  const config = await createConfig({ extends: ['recommended-strict'], telemetry: 'off' });
  const problems = await lintFromString({ source: text, absoluteRef: '/openapi.json', config });
  return problems.map(({ ruleId, message, location }) => `${location[0]?.pointer ?? ''}: ${message} (${ruleId})`);
}

/** TypeScript types of the document's paths and schemas, as openapi-fetch takes them. */
export async function generateTypes(text: string): Promise<string> {
  return astToString(await openapiTypescript(JSON.parse(text) as OpenAPI3, { alphabetize: false }));
}
