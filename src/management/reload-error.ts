// Why a reload was refused, or changed only some nodes.
import { OperationalError } from '../domain/operational-error.ts';
import type { ReloadedNode, ReloadOutcome, ReloadResult } from './installation-ports.ts';

type Failed = Exclude<ReloadResult['kind'], 'done' | 'checked'>;

const codes: Readonly<Record<Failed, string>> = {
  refused: 'config_invalid',
  silent: 'node_silent',
  differs: 'config_differs',
  incomplete: 'reload_incomplete',
  busy: 'reload_in_progress',
  unsupported: 'reload_unsupported',
};

/** A reload that did not end as wished. `message` has one line for each fault, or names the nodes and the fix. */
export class ReloadError extends OperationalError {
  readonly nodes: readonly ReloadedNode[];

  constructor(kind: Failed, nodes: readonly ReloadedNode[]) {
    super(codes[kind], describe(kind, nodes));
    this.nodes = nodes;
  }
}

function describe(kind: Failed, nodes: readonly ReloadedNode[]): string {
  switch (kind) {
    case 'refused':
      return listFaults(nodes).join('\n');
    case 'silent':
      return `${listIds(nodes, 'silent') || 'the nodes'} did not answer, so nothing has changed: see miftah nodes list, and try again. A node of an older version does not answer`;
    case 'differs':
      return [
        'the nodes would use different configurations, so nothing has changed: make their files alike, or allow differences',
        ...nodes.flatMap(({ id, after }) => (after === undefined ? [] : [`${id}: ${after}`])),
      ].join('\n');
    case 'incomplete':
      return [
        ...listFaults(nodes),
        ...nodes.filter(isSilent).map(({ id }) => `${id}: did not answer, so it may use its former configuration`),
        `${listIds(nodes, 'changed') || 'No node'} changed: reload again`,
      ].join('\n');
    case 'busy':
      return 'another reload is in progress: try again in a moment';
    case 'unsupported':
      return 'this server cannot read its configuration again: restart it. Only miftah serve can';
  }
}

function listFaults(nodes: readonly ReloadedNode[]): string[] {
  return nodes.flatMap(({ id, faults = [] }) =>
    faults.map(({ place, setting, detail }) =>
      [...(nodes.length > 1 ? [id] : []), place, setting, detail].filter((part) => part !== '').join(': '),
    ),
  );
}

function listIds(nodes: readonly ReloadedNode[], wanted: ReloadOutcome): string {
  return nodes.flatMap(({ id, outcome }) => (outcome === wanted ? [id] : [])).join(', ');
}

function isSilent({ outcome }: ReloadedNode): boolean {
  return outcome === 'silent';
}
