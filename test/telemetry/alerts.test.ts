// The dashboard and the alert rules use metrics that exist, and each alert has its section and its tests. promtool runs
// those: `npm run test:alerts`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** By name, as docs/reference/metrics.md has them. `test/docs/metrics.test.ts` compares the page with a server. */
const metrics = new Map(
  Array.from(read('docs/reference/metrics.md').matchAll(/^\| `([a-z0-9_]+)` \| (\w+) \|\s*([^|]*?)\s*\|/gm), (row) => [
    row[1] as string,
    { type: row[2], labels: Array.from((row[3] as string).matchAll(/`(\w+)`/g), ([, label = '']) => label) },
  ]),
);
/** What Prometheus adds to each series. */
const added = ['job', 'instance', 'le'];

/** The metrics in a query that do not exist, and the labels that a metric does not have. */
function findStrange(query: string): string[] {
  const named = [...query.matchAll(/\b((?:miftah|process|nodejs)_[a-z0-9_]+)(\{[^}]*\})?/g)];
  return named.flatMap(([, name = '', selector = '']) => {
    const base = name.replace(/_(?:bucket|sum|count)$/, '');
    const metric = metrics.get(name) ?? (metrics.get(base)?.type === 'histogram' ? metrics.get(base) : undefined);
    if (metric === undefined) return [name];
    const labels = Array.from(selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g), ([, label = '']) => label);
    return labels.filter((label) => ![...metric.labels, ...added].includes(label)).map((label) => `${name}{${label}}`);
  });
}

test('a query with an unknown metric or label is found', () => {
  expect(findStrange('rate(miftah_requests_total[5m]) + miftah_cache_keys{api="a"}')).toEqual([
    'miftah_requests_total',
    'miftah_cache_keys{api}',
  ]);
  expect(findStrange('sum(rate(miftah_decision_duration_seconds_bucket{api="a", le="1"}[5m]))')).toEqual([]);
});

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

test('each panel of the dashboard asks for metrics that exist, and has a place of its own', () => {
  const { panels, templating } = JSON.parse(read('deploy/grafana/miftah.json')) as {
    readonly panels: readonly Panel[];
    readonly templating: { readonly list: readonly { readonly definition?: string }[] };
  };
  const charts = panels.filter(({ type }) => type !== 'row');
  expect(charts.length).toBeGreaterThan(20);
  for (const { title, targets = [] } of charts) {
    expect([title, targets.length]).not.toEqual([title, 0]);
    expect([title, targets.flatMap(({ expr }) => findStrange(expr))]).toEqual([title, []]);
  }
  for (const { definition = '' } of templating.list) expect(findStrange(definition)).toEqual([]);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

const [{ rules }] = parse(read('deploy/prometheus/miftah.rules.yml')).groups as [{ readonly rules: readonly Rule[] }];

test.each(rules)('$alert asks for metrics that exist, and says what to do', ({ alert, expr, labels, annotations }) => {
  expect(findStrange(expr)).toEqual([]);
  expect(['critical', 'warning']).toContain(labels.severity);
  expect(annotations.runbook).toBe(`docs/how-to/monitor.md#${alert.toLowerCase()}`);
  const [, section = ''] = read('docs/how-to/monitor.md').split(`\n### ${alert}\n`);
  expect(section.split('\n### ')[0]?.length).toBeGreaterThan(80);
});

test('each alert has a test in which it fires, and one in which it does not', () => {
  const { tests } = parse(read('test/telemetry/alerts.yml')) as {
    readonly tests: readonly {
      readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
    }[];
  };
  const cases = tests.flatMap(({ alert_rule_test: each }) => each);
  const namesOf = (fires: boolean) => [
    ...new Set(cases.filter(({ exp_alerts: alerts }) => alerts.length > 0 === fires).map((each) => each.alertname)),
  ];
  const names = rules.map(({ alert }) => alert).toSorted();
  expect(namesOf(true).toSorted()).toEqual(names);
  expect(namesOf(false).toSorted()).toEqual(names);
  const sections = Array.from(read('docs/how-to/monitor.md').matchAll(/^### (Miftah\w+)$/gm), ([, name]) => name);
  expect(sections.toSorted()).toEqual(names);
});
