// The JSON Schema of the configuration file, for editors. Run as a program it prints what belongs in schema/miftah.schema.json.
import { z } from 'zod';
import { fileSchema } from './schema.ts';

/** JSON Schema 2020-12 of what a user writes; checks that need more than shape (hosts, endpoints, prefixes) are not in it. */
export function configJsonSchema(): Record<string, unknown> {
  return { title: 'Miftah configuration', ...z.toJSONSchema(fileSchema, { io: 'input' }) };
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
