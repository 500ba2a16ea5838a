// The import rule: domain <- engine <- features <- profiles <- {http, gateway, middleware} <- compose <- serve <- cli. Type imports count too.

const features = ['management', 'metering', 'audit', 'denials', 'alerts', 'oauth', 'people'];
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
  '@better-auth/passkey': '^src/people/',
  '@prometheus-io/client': '^src/http/',
  'better-auth': '^src/people/',
  commander: '^src/cli/',
  'csv-stringify': '^src/cli/csv[.]ts$',
  hono: '^src/http/',
  ioredis: '^src/coordination/redis-connection[.]ts$',
  'ipaddr[.]js': '^src/domain/address[.]ts$',
  jose: '^src/gateway/',
  kysely: '^src/storage/',
  nodemailer: '^src/people/',
  'openapi-fetch': '^src/client/',
  pg: '^src/storage/postgres/',
  undici: '^src/gateway/',
  yaml: '^src/config/',
};

const among = (names) => `^src/(${names.join('|')})/`;

const layerRules = Object.entries(layers).map(([layer, allowed]) => ({
  name: `${layer}-imports`,
  comment: `${layer} may import only ${allowed.length === 0 ? 'itself' : allowed.join(', ')}.`,
  severity: 'error',
  from: { path: among([layer]) },
  to: {
    path: '^src/',
    pathNot: [among([layer, ...allowed]), ...(layer === 'cli' ? ['^src/(compose|serve)[.]ts$'] : [])],
  },
}));

const gateRules = Object.entries(gates).map(([dependency, gate]) => ({
  name: `${dependency.replaceAll(/[^a-z-]/g, '')}-gate`,
  comment: `This dependency enters through ${gate} alone.`,
  severity: 'error',
  from: { path: '^src/', pathNot: gate },
  to: { path: `node_modules/${dependency}/` },
}));

/** The console, from below: each folder of console/src may import those before it. `app` alone knows all features. */
const consoleLayers = [['api', 'i18n'], ['ui'], ['entities'], ['frame'], ['features'], ['app']];

const consoleRules = consoleLayers.slice(0, -1).map((layer, at) => ({
  name: `console-${layer.join('-')}-imports`,
  comment: `console/src: ${consoleLayers.map((each) => each.join(', ')).join(' <- ')}.`,
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
        'storage and coordination import only domain and the ports files: the consumer owns the interface, and is a feature.',
      severity: 'error',
      from: { path: '^src/(storage|coordination)/' },
      to: {
        path: '^src/',
        pathNot: ['^src/$1/', '^src/domain/', '[/-]ports[.]ts$'],
      },
    },
    {
      name: 'drivers-know-no-carrier',
      comment: 'A port that storage fills belongs to a feature, not to whoever shows it.',
      severity: 'error',
      from: { path: '^src/(storage|coordination)/' },
      to: { path: among(['profiles', 'config', 'gateway', 'http', 'middleware', 'cli']) },
    },
    {
      name: 'databases-apart',
      comment: 'What SQLite and PostgreSQL share stands in storage itself and in storage/queries, which knows neither.',
      severity: 'error',
      from: { path: '^src/storage/(sqlite|postgres|queries)/' },
      to: { path: '^src/storage/(sqlite|postgres)/', pathNot: '^src/storage/$1/' },
    },
    {
      name: 'wire-is-below-its-users',
      comment: 'http/wire holds what the admin API and the session API share; neither imports the other.',
      severity: 'error',
      from: { path: '^src/http/(wire|admin|console)/' },
      to: { path: '^src/http/(admin|console)/', pathNot: '^src/http/$1/' },
    },
    {
      name: 'compose-is-below-cli',
      comment:
        'compose.ts names the drivers, serve.ts opens the listeners over it; the command line stands above both.',
      severity: 'error',
      from: { path: '^src/(compose|serve)[.]ts$' },
      to: { path: '^src/(cli/|index[.]ts$)' },
    },
    {
      name: 'serve-names-no-driver',
      comment: 'Only compose.ts knows which storage and which limiter there are.',
      severity: 'error',
      from: { path: '^src/serve[.]ts$' },
      to: { path: '^src/(storage|coordination)/' },
    },
    {
      name: 'known-folders',
      comment: 'A new folder in src gets its line in this file.',
      severity: 'error',
      from: {},
      to: {
        path: '^src/',
        pathNot: [among([...Object.keys(layers), 'storage', 'coordination']), '^src/(index|compose|serve|log)[.]ts$'],
      },
    },
    {
      name: 'console-speaks-http',
      comment:
        'The console imports nothing of src, and src nothing of the console: what lies between them is the session API.',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^(src|test|bench|scripts)/' },
    },
    ...consoleRules,
    {
      name: 'console-features-apart',
      comment: 'What two features share belongs into ui, entities or frame.',
      severity: 'error',
      from: { path: '^console/src/features/([^/]+)/' },
      to: { path: '^console/src/features/', pathNot: '^console/src/features/$1/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      comment: 'A module that nothing imports and that imports nothing is forgotten.',
      severity: 'error',
      from: { orphan: true, pathNot: ['^src/(index|cli/main|middleware/node)[.]ts$', 'worker[.]ts$'] },
      to: {},
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'declared-dependencies',
      comment: 'What the package imports is in its dependencies, not in its tools.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
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
