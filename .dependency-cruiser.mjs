// What may import what; types count too. docs/architecture.md shows it as a table. test/import-rules.test.ts breaks each rule.
// A rule's comment is what a person reads who broke it: it says what to do.

const features = [
  'alerts',
  'management',
  'metering',
  'audit',
  'denials',
  'people',
  'retention',
  'telemetry',
  'webhooks',
];
const belowCarriers = ['domain', 'engine', ...features, 'profiles'];

/** What each folder of src may import beside itself. */
const layers = {
  client: [],
  domain: [],
  engine: ['domain'],
  ...Object.fromEntries(features.map((feature) => [feature, ['domain', 'engine']])),
  profiles: ['domain', 'engine', ...features],
  config: ['domain', 'profiles'],
  gateway: belowCarriers,
  http: [...belowCarriers, 'gateway'],
  middleware: [...belowCarriers, 'http'],
};
layers.cli = [...Object.keys(layers), 'storage', 'coordination'];

/** Each dependency enters through the one folder or file that justifies it. */
const gates = {
  '@hono/(node-server|zod-openapi)': '^src/http/',
  '@nestjs/(common|core)': '^src/middleware/nest[.]ts$',
  '@better-auth/passkey': '^src/people/',
  '@opentelemetry/api': '^src/telemetry/tracing[.]ts$',
  '@prometheus-io/client': '^src/http/',
  'better-auth': '^src/people/',
  commander: '^src/cli/',
  'csv-stringify': '^src/cli/csv[.]ts$',
  express: '^src/middleware/express[.]ts$',
  fastify: '^src/middleware/fastify[.]ts$',
  hono: '^src/http/',
  ioredis: '^src/coordination/redis-connection[.]ts$',
  'ipaddr[.]js': '^src/domain/address[.]ts$',
  jose: '^src/gateway/',
  koa: '^src/middleware/koa[.]ts$',
  kysely: '^src/storage/',
  'mmdb-lib': '^src/metering/countries[.]ts$',
  nodemailer: '^src/people/',
  'openapi-fetch': '^src/client/',
  pg: '^src/storage/postgres/',
  undici: '^src/gateway/',
  yaml: '^src/config/',
};

const among = (names) => `^src/(${names.join('|')})/`;

/** A pattern of a path as people write it: `src/config/`. */
const plain = (pattern) => pattern.replaceAll('[.]', '.').replaceAll(/[$^]/g, '');

const layerRules = Object.entries(layers).map(([layer, allowed]) => ({
  name: `${layer}-imports`,
  comment:
    `src/${layer} may import ${allowed.length === 0 ? 'nothing else of src' : `only ${allowed.join(', ')}`}. ` +
    `Move the code to a folder that may import both, or declare in src/${layer} what it needs and pass it in.`,
  severity: 'error',
  from: { path: among([layer]) },
  to: {
    path: '^src/',
    pathNot: [among([layer, ...allowed]), ...(layer === 'cli' ? ['^src/(compose|serve)[.]ts$'] : [])],
  },
}));

const gateRules = Object.entries(gates).map(([dependency, gate]) => ({
  name: `${dependency.replaceAll(/[^a-z-]/g, '')}-gate`,
  comment: `Only ${plain(gate)} imports this package. Use what it exports, or add the function that you need to it.`,
  severity: 'error',
  from: { path: '^src/', pathNot: gate },
  to: { path: `node_modules/${dependency}/` },
}));

/** The console, from below: each folder of console/src may import those before it. `app` alone knows all features. */
const consoleLayers = [['api', 'i18n'], ['ui'], ['entities'], ['frame'], ['features'], ['app']];

const consoleRules = consoleLayers.slice(0, -1).map((layer, at) => ({
  name: `console-${layer.join('-')}-imports`,
  comment:
    `console/src imports downwards: ${consoleLayers.map((each) => each.join(', ')).join(' <- ')}. ` +
    'Move what you need to the lower folder, or pass it in from above.',
  severity: 'error',
  from: { path: `^console/src/(${layer.join('|')})/` },
  to: {
    path: `^console/src/(${consoleLayers
      .slice(at + 1)
      .flat()
      .join('|')})/`,
  },
}));

export default {
  forbidden: [
    ...layerRules,
    ...gateRules,
    {
      name: 'drivers-import-ports',
      comment:
        'A driver imports src/domain and files called ports.ts or …-ports.ts. Declare the interface in such a file of the feature that uses it.',
      severity: 'error',
      from: { path: '^src/(storage|coordination)/' },
      to: {
        path: '^src/',
        pathNot: ['^src/$1/', '^src/domain/', '[/-]ports[.]ts$'],
      },
    },
    {
      name: 'drivers-know-no-carrier',
      comment: 'A driver imports no carrier, not even its ports. Move the interface to the feature that it belongs to.',
      severity: 'error',
      from: { path: '^src/(storage|coordination)/' },
      to: { path: among(['profiles', 'config', 'gateway', 'http', 'middleware', 'cli']) },
    },
    {
      name: 'databases-apart',
      comment:
        'A database imports no other one, and src/storage/queries imports none. Move what they share to src/storage or src/storage/queries.',
      severity: 'error',
      from: { path: '^src/storage/([^/]+)/' },
      to: { path: '^src/storage/[^/]+/', pathNot: ['^src/storage/$1/', '^src/storage/(queries|migrations)/'] },
    },
    {
      name: 'wire-is-below-its-users',
      comment:
        'The admin API and the session API do not import each other, and src/http/wire imports neither. Move what they share to src/http/wire.',
      severity: 'error',
      from: { path: '^src/http/(wire|admin|console)/' },
      to: { path: '^src/http/(admin|console)/', pathNot: '^src/http/$1/' },
    },
    {
      name: 'compose-is-below-cli',
      comment:
        'The command line is above the other files of src, such as src/compose.ts. Return the value to it, or take it as a parameter.',
      severity: 'error',
      from: { path: '^src/(open|compose|serve|testing)[.]ts$' },
      to: { path: '^src/(cli/|index[.]ts$)' },
    },
    {
      name: 'serve-names-no-driver',
      comment:
        'Only src/compose.ts knows the drivers. Get the part from openMiftah, under an interface of its feature.',
      severity: 'error',
      from: { path: '^src/(open|serve|testing)[.]ts$' },
      to: { path: '^src/(storage|coordination)/' },
    },
    {
      name: 'known-folders',
      comment:
        'This folder of src has no rule. Add a line to `layers` in .dependency-cruiser.mjs that says what it may import, and one to docs/architecture.md.',
      severity: 'error',
      from: {},
      to: {
        path: '^src/',
        pathNot: [
          among([...Object.keys(layers), 'storage', 'coordination']),
          '^src/(index|open|compose|serve|testing|log)[.]ts$',
        ],
      },
    },
    {
      name: 'console-speaks-http',
      comment:
        'The console imports nothing of src: it speaks HTTP. Serve the value in the session API (src/http/console), then run npm run generate.',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^(src|test|bench|scripts)/' },
    },
    {
      name: 'server-knows-no-console',
      comment: 'src imports nothing of the console. Move the code to src, and serve the value in the session API.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^console/' },
    },
    ...consoleRules,
    {
      name: 'console-features-apart',
      comment: 'Features do not import each other. Move what they share to console/src/entities, ui or frame.',
      severity: 'error',
      from: { path: '^console/src/features/([^/]+)/' },
      to: { path: '^console/src/features/', pathNot: '^console/src/features/$1/' },
    },
    {
      name: 'console-features-by-routes',
      comment: 'The application imports only routes.ts of a feature. Export the routes and the navigation there.',
      severity: 'error',
      from: { path: '^console/src/app/' },
      to: { path: '^console/src/features/', pathNot: '^console/src/features/[^/]+/routes[.]ts$' },
    },
    {
      name: 'no-cycles',
      comment: 'These modules import each other. Move what both need into a module below them.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment:
        'No module imports this one, and it imports none. Import it or delete it. A new entry point gets its name in this rule.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '^src/(index|cli/main|middleware/(express|fastify|fetch|hono|koa|nest|next|node))[.]ts$',
          'worker[.]ts$',
        ],
      },
      to: {},
    },
    {
      name: 'resolvable',
      comment:
        'There is no such file or package. Correct the path with its extension, or add the package to package.json.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared-dependencies',
      comment:
        'Users of Miftah do not get this package. Move it from devDependencies to dependencies, or add it there, in package.json.',
      severity: 'error',
      from: { path: '^src/' },
      // An adapter's framework is the application's own: an optional peer, and here for the tests.
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
  ],
  options: {
    // TypeScript 7 has no compiler interface for JavaScript; swc keeps `import type`, which counts as any other import here.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    // Tests may reach anywhere: what they prove crosses layers.
    exclude: { path: '[.]test[.]ts$' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
