// The guard that `miftah init` writes for each framework, the lines that use it, and a first program.
/** The kinds of modules: `import` with top-level `await`, or `require`. */
export type ModuleKind = 'esm' | 'cjs';

/** What the guard depends on. */
export interface GuardSetting {
  readonly api: string;
  readonly modules: ModuleKind;
  readonly isTypeScript: boolean;
}

interface Framework {
  readonly title: string;
  /** Packages among the dependencies that show it. */
  readonly found: readonly string[];
  /** Packages that its first program needs. */
  readonly needs: readonly string[];
  /** The module that opens Miftah and exports the guard. */
  readonly guard: (setting: GuardSetting) => string;
  /** What the module exports for the application. */
  readonly exported: string;
  /** The lines that use the export, after its import. */
  readonly use: readonly string[];
  /** Where the lines belong. Default: in the application, before its routes. */
  readonly where?: string;
  /** What else to know before the commands. */
  readonly note?: string;
  /** A first program, as an ES module beside the guard. Without it, the framework makes its own. */
  readonly program?: string;
  /** The guard's file without its extension, below the folder of sources. Default: `api-keys`. */
  readonly file?: string;
  /** Whether its sources are compiled, so that they have `import` in every package. */
  readonly isCompiled?: boolean;
  /** The page about it in docs/. */
  readonly page: string;
}

const head = '// Guards this application with API keys. The settings are in miftah.yaml.';
const running = `// While the application runs, the console is on http://127.0.0.1:4100, and \`npx miftah\` manages keys.`;

/** An import of both kinds of modules. TypeScript has `import` in both. */
function load({ modules, isTypeScript }: GuardSetting, names: string, from: string): string {
  return modules === 'esm' || isTypeScript
    ? `import { ${names} } from '${from}';`
    : `const { ${names} } = require('${from}');`;
}

function give({ modules, isTypeScript }: GuardSetting, name: string, value: string): string {
  return modules === 'esm' || isTypeScript ? `export const ${name} = ${value};` : `exports.${name} = ${value};`;
}

/** The module of a framework whose guard is middleware. CommonJS can't wait, so there each request waits. */
function middleware(
  setting: GuardSetting,
  id: string,
  {
    name = 'guard',
    type,
    late,
  }: { readonly name?: string; readonly type?: readonly [name: string, from: string]; readonly late: string },
): string {
  const { api, modules, isTypeScript } = setting;
  if (modules === 'esm') {
    return `${head}
import { openMiftah } from 'miftah';
import { apiKeyAuth } from 'miftah/${id}';

${running}
export const miftah = await openMiftah({ config: 'miftah.yaml' }, { listen: true });
export const ${name} = apiKeyAuth(miftah.api('${api}'));
`;
  }
  const isTyped = isTypeScript && type !== undefined;
  return `${head}
${isTyped ? `import type { ${type[0]} } from '${type[1]}';\n` : ''}${load(setting, 'openMiftah', 'miftah')}
${load(setting, 'apiKeyAuth', `miftah/${id}`)}

${running}
const opening = openMiftah({ config: 'miftah.yaml' }, { listen: true });
const guarding = opening.then((miftah) => apiKeyAuth(miftah.api('${api}')));

${give(setting, isTyped ? `${name}: ${type[0]}` : name, late)}
/** Call it when the application stops. */
${give(setting, 'closeMiftah', '() => opening.then((miftah) => miftah.close())')}
`;
}

const listening = `console.log(\`Listening on http://127.0.0.1:\${server.address().port}\`);`;
const stopping = `process.on('SIGTERM', () => server.close(() => miftah.close()));`;
const place = `Number(process.env.PORT ?? 8080), '127.0.0.1'`;

const table = {
  nest: {
    title: 'NestJS',
    found: ['@nestjs/core'],
    needs: ['@nestjs/common', '@nestjs/core', '@nestjs/platform-express', 'reflect-metadata', 'rxjs'],
    file: 'api-keys.module',
    isCompiled: true,
    exported: 'ApiKeysModule',
    use: ['', '// @Public() of miftah/nest opens a route.', 'imports: [ApiKeysModule]'],
    where: 'Add the module to your AppModule',
    guard: ({ api }) => `${head}
import { Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { type Miftah, openMiftah } from 'miftah';
import { ApiKeyModule } from 'miftah/nest';

${running}
@Injectable()
class Keys implements OnModuleDestroy {
  readonly opening: Promise<Miftah> = openMiftah({ config: 'miftah.yaml' }, { listen: true });

  async onModuleDestroy(): Promise<void> {
    await (await this.opening).close();
  }
}

@Module({ providers: [Keys], exports: [Keys] })
class KeysModule {}

@Module({
  imports: [
    ApiKeyModule.forRootAsync({
      imports: [KeysModule],
      inject: [Keys],
      useFactory: async (keys: Keys) => ({ gate: (await keys.opening).api('${api}') }),
    }),
  ],
})
export class ApiKeysModule {}
`,
    page: 'how-to/frameworks/nest.md',
  },
  next: {
    title: 'Next.js',
    found: ['next'],
    needs: ['next', 'react', 'react-dom'],
    file: 'lib/api-keys',
    isCompiled: true,
    exported: 'openGate',
    use: [
      "import { withApiKey } from 'miftah/next';",
      '',
      'export const GET = withApiKey(openGate, (_request, { auth }) => Response.json({ hello: auth.orgId }));',
      '',
      '// In next.config, because Miftah must not be bundled:',
      "serverExternalPackages: ['miftah']",
    ],
    where: 'Guard route handlers, such as app/hello/route.ts',
    note: 'Miftah opens with the first request. Call the route once before you create a key.',
    guard: ({ api }) => `${head}
import { openMiftah } from 'miftah';

${running}
/** Opens Miftah with the first request, and once: a reload in development finds the open one. */
export async function openGate() {
  const miftah = await openMiftah({ config: 'miftah.yaml' }, { shared: true, listen: true });
  return miftah.api('${api}');
}
`,
    page: 'how-to/frameworks/next.md',
  },
  fastify: {
    title: 'Fastify',
    found: ['fastify'],
    needs: ['fastify'],
    exported: 'guard',
    use: ['await app.register(guard);'],
    guard: (setting) => `${head}
${setting.isTypeScript ? `import type { FastifyInstance } from 'fastify';\n` : ''}${load(setting, 'openMiftah', 'miftah')}
${load(setting, 'apiKeyAuth', 'miftah/fastify')}

${running}
const opening = openMiftah({ config: 'miftah.yaml' }, { listen: true });

${give(
  setting,
  'guard',
  `Object.assign(
  async (app${setting.isTypeScript ? ': FastifyInstance' : ''}) => {
    const miftah = await opening;
    await app.register(apiKeyAuth, { gate: miftah.api('${setting.api}') });
    app.addHook('onClose', () => miftah.close());
  },
  // Without it, Fastify would guard only the routes of this plugin.
  { [Symbol.for('skip-override')]: true },
)`,
)}
`,
    program: `import fastify from 'fastify';
import { guard } from './api-keys.mjs';

const app = fastify();
await app.register(guard);

app.get('/hello', async ({ auth }) => ({ hello: auth.orgId }));

console.log(\`Listening on \${await app.listen({ port: Number(process.env.PORT ?? 8080), host: '127.0.0.1' })}\`);
process.on('SIGTERM', () => app.close());
`,
    page: 'how-to/frameworks/fastify.md',
  },
  hono: {
    title: 'Hono',
    found: ['hono'],
    needs: ['hono', '@hono/node-server'],
    exported: 'guard',
    use: ['app.use(guard);'],
    guard: (setting) =>
      middleware(setting, 'hono', {
        type: ['HonoMiddleware', 'miftah/hono'],
        late: '(c, next) => guarding.then((guard) => guard(c, next))',
      }),
    program: `import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { guard, miftah } from './api-keys.mjs';

const app = new Hono();
app.use(guard);

app.get('/hello', (c) => c.json({ hello: c.var.auth.orgId }));

const place = { fetch: app.fetch, port: Number(process.env.PORT ?? 8080), hostname: '127.0.0.1' };
const server = serve(place, ({ port }) => console.log(\`Listening on http://127.0.0.1:\${port}\`));
${stopping}
`,
    page: 'how-to/frameworks/hono.md',
  },
  koa: {
    title: 'Koa',
    found: ['koa'],
    needs: ['koa'],
    exported: 'guard',
    use: ['app.use(guard);'],
    guard: (setting) =>
      middleware(setting, 'koa', {
        type: ['Middleware', 'koa'],
        late: '(ctx, next) => guarding.then((guard) => guard(ctx, next))',
      }),
    program: `import Koa from 'koa';
import { guard, miftah } from './api-keys.mjs';

const app = new Koa();
app.use(guard);

app.use((ctx) => {
  if (ctx.path === '/hello') ctx.body = { hello: ctx.state.auth.orgId };
});

const server = app.listen(${place}, () => {
  ${listening}
});
${stopping}
`,
    page: 'how-to/frameworks/koa.md',
  },
  express: {
    title: 'Express',
    found: ['express'],
    needs: ['express'],
    exported: 'guard',
    use: ['app.use(guard);'],
    guard: (setting) =>
      middleware(setting, 'express', {
        type: ['RequestHandler', 'express'],
        late: '(req, res, next) => void guarding.then((guard) => guard(req, res, next), next)',
      }),
    program: `import express from 'express';
import { guard, miftah } from './api-keys.mjs';

const app = express();
app.use(guard);

app.get('/hello', (req, res) => res.json({ hello: req.auth.orgId }));

const server = app.listen(${place}, () => {
  ${listening}
});
${stopping}
`,
    page: 'how-to/frameworks/express.md',
  },
  node: {
    title: 'node:http, without a framework',
    found: [],
    needs: [],
    exported: 'protect',
    use: ['createServer(protect((req, res) => res.end(req.auth.orgId))).listen(8080);'],
    guard: (setting) =>
      middleware(setting, 'node', {
        name: 'protect',
        type: ['Protect', 'miftah/node'],
        late: `(handler, publicHandler) => {
  const protecting = guarding.then((protect) => protect(handler, publicHandler));
  return (req, res) => void protecting.then((handle) => handle(req, res));
}`,
      }),
    program: `import { createServer } from 'node:http';
import { miftah, protect } from './api-keys.mjs';

const server = createServer(
  protect((req, res) => {
    res.end(JSON.stringify({ hello: req.auth.orgId }));
  }),
);

server.listen(${place}, () => {
  ${listening}
});
${stopping}
`,
    page: 'how-to/use-in-node.md',
  },
} as const satisfies Record<string, Framework>;

export type FrameworkId = keyof typeof table;

/** The frameworks, the most specific first: NestJS runs on Express. */
export const frameworks: Readonly<Record<FrameworkId, Framework>> = table;

export const frameworkIds = Object.keys(table) as FrameworkId[];
