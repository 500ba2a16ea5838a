// The JSON Schemas of the configuration file and of profile files, for editors. Run as a program, it prints that of the
// configuration or, with the argument `profile`, that of profiles.
import { z } from 'zod';
import { profile } from './profile-schema.ts';
import { fileSchema } from './schema.ts';

/** JSON Schema 2020-12 of the file. It checks shapes only, without the syntax of hosts, endpoints and prefixes. */
export function configJsonSchema(): Record<string, unknown> {
  return { title: 'Miftah configuration', ...z.toJSONSchema(fileSchema, { io: 'input' }) };
}

/** JSON Schema 2020-12 of a profile in a file of its own. */
export function profileJsonSchema(): Record<string, unknown> {
  return { title: 'Miftah profile', ...z.toJSONSchema(profile, { io: 'input' }) };
}

if (import.meta.main) {
  const schema = process.argv[2] === 'profile' ? profileJsonSchema() : configJsonSchema();
  process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
}
