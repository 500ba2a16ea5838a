// The JSON Schema of the configuration file, for editors. Run as a program, it prints schema/miftah.schema.json.
import { z } from 'zod';
import { fileSchema } from './schema.ts';

/** JSON Schema 2020-12 of the file. It checks shapes only, without the syntax of hosts, endpoints and prefixes. */
export function configJsonSchema(): Record<string, unknown> {
  return { title: 'Miftah configuration', ...z.toJSONSchema(fileSchema, { io: 'input' }) };
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
