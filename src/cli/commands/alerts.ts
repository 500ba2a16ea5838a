// `miftah alerts`: unusual activity, and the rules that find it.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { ruleIds } from '../../domain/alert.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { type ListView, type PageRequest, printList } from '../list.ts';
import {
  addExample,
  addPageOptions,
  addRemoteOptions,
  defined,
  type PageOptions,
  type RemoteOptions,
} from '../options.ts';
import { fields, printResult } from '../output.ts';
import { followNew, watch, watchOption } from '../watch.ts';

type Alert = Schemas['Alert'];
type Rule = Schemas['AlertRule'];
type Settings = Readonly<Record<string, number>>;

export function addAlerts(program: Command): void {
  const alerts = program.command('alerts').helpCommand(false).description('unusual activity');
  addList(alerts);
  addShow(alerts);
  addAcknowledge(alerts);
  addMute(alerts);
  addRules(alerts);
  addRule(alerts);
  addPreview(alerts);
}

interface ListOptions extends RemoteOptions, PageOptions {
  readonly org?: string;
  readonly api?: string;
  readonly rule?: string;
  readonly subject?: string;
  readonly open?: true;
  readonly watch?: true;
}

function addList(alerts: Command): void {
  const list = alerts
    .command('list')
    .description('list alerts of the last 90 days, newest first')
    .option('--org <org>', 'only of this organization')
    .option('--api <id>', 'only of this API')
    .addOption(new Option('--rule <rule>', 'only of this rule').choices([...ruleIds]))
    .option('--subject <id>', 'only about this key, address or person')
    .option('--open', 'only those that no one has acknowledged')
    .addOption(watchOption('alerts'))
    .action(async (options: ListOptions) => {
      const { org, api, rule, subject, open } = options;
      const client = openClient(options);
      const acknowledged = open === true ? ('false' as const) : undefined;
      const query = defined({ org, api, rule, subject, acknowledged });
      const read = (page: PageRequest) =>
        answerOf(client.GET('/v1/alerts', { params: { query: { ...query, ...page } } }));
      if (options.watch === true) await watch(options, followNew(read, idOf), alertView);
      else await printList(options, read, alertView);
    });
  addExample(
    addRemoteOptions(addPageOptions(list), 'their ids'),
    'miftah alerts list --open',
    'miftah alerts list --rule new_network --watch',
  );
}

const idOf = ({ id }: Alert) => id;

const alertView: ListView<Alert, unknown> = {
  head: ['ID', 'RAISED', 'RULE', 'SUBJECT', 'ORG', 'HOURS', 'EVIDENCE'],
  cells: (alert) => [
    alert.id,
    alert.raisedAt,
    alert.rule,
    alert.subject.id,
    alert.org ?? '-',
    String(alert.hours),
    describeEvidence(alert.evidence),
  ],
  word: idOf,
  empty: 'No alerts.',
};

function describeEvidence({ counts, baseline, words }: Schemas['AlertEvidence']): string {
  const numbers = Object.entries(counts).map(([name, count]) => {
    const before = baseline[name as keyof typeof baseline];
    return before === undefined ? `${name} ${count}` : `${name} ${count}, before ${before}`;
  });
  return [...numbers, ...words].join('; ');
}

function addShow(alerts: Command): void {
  const show = alerts
    .command('show')
    .description('show an alert with its evidence, and what would help')
    .argument('<alert>', 'its id, alt_…')
    .action(async (id: string, options: RemoteOptions) => {
      const alert = await answerOf(openClient(options).GET('/v1/alerts/{id}', { params: { path: { id } } }));
      printResult(
        options,
        alert,
        () => alert.id,
        () => [describe(alert), '', ...listAddresses(alert), ...listFixes(alert)].join('\n'),
      );
    });
  addExample(addRemoteOptions(show, 'its id'), 'miftah alerts show alt_3nVb7Lw0QeYp');
}

function describe(alert: Alert): string {
  return fields([
    ['id', alert.id],
    ['rule', alert.rule],
    [alert.subject.kind, alert.subject.id],
    ['organization', alert.org ?? '-'],
    ['hour', alert.hour],
    ['evidence', describeEvidence(alert.evidence)],
    ['acknowledged', alert.acknowledgedAt ?? '-'],
    ['muted until', alert.mutedUntil ?? '-'],
  ]);
}

function listAddresses({ evidence }: Alert): string[] {
  return evidence.addresses.map(
    ({ address, count, refused }) => `  ${address || 'other addresses'}  ${count} requests, ${refused} refused`,
  );
}

function listFixes({ fixes }: Schemas['AlertWithFixes']): string[] {
  if (fixes.length === 0) return [];
  return [
    '',
    'What would help:',
    ...fixes.map(({ operation, method, path, body }) =>
      [`  ${operation}: ${method} ${path}`, ...(body === null ? [] : [JSON.stringify(body)])].join(' '),
    ),
  ];
}

function addAcknowledge(alerts: Command): void {
  const acknowledge = alerts
    .command('acknowledge')
    .description('note that someone has seen an alert')
    .argument('<alert>', 'its id, alt_…')
    .action(async (id: string, options: RemoteOptions) => {
      const params = { path: { id } };
      const alert = await answerOf(openClient(options).POST('/v1/alerts/{id}/acknowledge', { params }));
      printResult(
        options,
        alert,
        () => alert.id,
        () => `Acknowledged: ${alert.rule} of ${alert.subject.id}.`,
      );
    });
  addExample(addRemoteOptions(acknowledge, 'its id'), 'miftah alerts acknowledge alt_3nVb7Lw0QeYp');
}

function addMute(alerts: Command): void {
  const mute = alerts
    .command('mute')
    .description('mute the rule of an alert for its subject')
    .argument('<alert>', 'its id, alt_…')
    .option('--for <span>', 'how long, such as 24h (30d at most); now: no longer', '7d')
    .action(async (id: string, options: RemoteOptions & { readonly for: string }) => {
      const params = { path: { id } };
      const call = openClient(options).POST('/v1/alerts/{id}/mute', { params, body: { for: options.for } });
      const alert = await answerOf(call);
      const subject = `${alert.rule} of ${alert.subject.id}`;
      printResult(
        options,
        alert,
        () => alert.id,
        () =>
          alert.mutedUntil === null ? `No longer muted: ${subject}.` : `Muted until ${alert.mutedUntil}: ${subject}.`,
      );
    });
  addExample(addRemoteOptions(mute, 'its id'), 'miftah alerts mute alt_3nVb7Lw0QeYp --for 24h');
}

function addRules(alerts: Command): void {
  const rules = alerts
    .command('rules')
    .description('list the rules with their numbers')
    .action(async (options: RemoteOptions) => {
      const client = openClient(options);
      await printList(options, () => answerOf(client.GET('/v1/alert-rules')), ruleView);
    });
  addExample(addRemoteOptions(rules, 'their ids'), 'miftah alerts rules');
}

const ruleView: ListView<Rule, unknown> = {
  head: ['RULE', 'ON', 'NUMBERS', 'ALERTS WHEN'],
  cells: (rule) => [rule.id, describeSwitch(rule), describeNumbers(rule), rule.text],
  word: ({ id }) => id,
  empty: 'No rules.',
};

function describeSwitch({ on, missing }: Rule): string {
  return `${on ? 'on' : 'off'}${missing === null ? '' : `, needs ${missing}`}`;
}

function describeNumbers({ settings }: Rule): string {
  return settings.map(({ name, value }) => `${name}=${value}`).join(', ');
}

function collectNumbers(text: string, before: Settings = {}): Settings {
  const parts = /^([A-Za-z]+)=(\d{1,15})$/.exec(text);
  if (parts === null) throw new InvalidArgumentError('use NAME=NUMBER, such as factor=6');
  return { ...before, [parts[1] as string]: Number(parts[2]) };
}

function addRule(alerts: Command): void {
  const rule = alerts
    .command('rule')
    .description('switch a rule, or change its numbers')
    .argument('<rule>', 'its id, from miftah alerts rules')
    .option('--enable', 'raise alerts from now on')
    .addOption(new Option('--disable', 'raise no alerts from now on').conflicts('enable'))
    .option('--set <name=number>', 'a number of the rule; repeatable', collectNumbers)
    .action(
      async (
        id: string,
        options: RemoteOptions & { readonly enable?: true; readonly disable?: true; readonly set?: Settings },
      ) => {
        const on = options.enable === true ? true : options.disable === true ? false : undefined;
        const body = defined({ on, settings: options.set });
        const call = openClient(options).PATCH('/v1/alert-rules/{rule}', { params: { path: { rule: id } }, body });
        const changed = await answerOf(call);
        printResult(
          options,
          changed,
          () => changed.id,
          () => `${changed.id} is ${changed.on ? 'on' : 'off'}: ${describeNumbers(changed)}.`,
        );
      },
    );
  addExample(addRemoteOptions(rule, 'its id'), 'miftah alerts rule volume_rise --enable --set factor=6');
}

function addPreview(alerts: Command): void {
  const preview = alerts
    .command('preview')
    .description('count the alerts that a rule would have raised in the last 30 days')
    .argument('<rule>', 'its id, from miftah alerts rules')
    .option('--org <org>', 'only of this organization')
    .option('--set <name=number>', 'another number for the preview; repeatable', collectNumbers)
    .action(async (id: string, options: RemoteOptions & { readonly org?: string; readonly set?: Settings }) => {
      const params = { path: { rule: id }, query: defined({ org: options.org }) };
      const body = defined({ settings: options.set });
      const result = await answerOf(openClient(options).POST('/v1/alert-rules/{rule}/preview', { params, body }));
      printResult(
        options,
        result,
        () => String(result.alerts),
        () => describePreview(result),
      );
    });
  addExample(
    addRemoteOptions(preview, 'the number of alerts'),
    'miftah alerts preview new_network --set maxNetworks=3',
  );
}

function describePreview({ alerts, subjects, keysReplayed, keysUsed, latest }: Schemas['AlertPreview']): string {
  return [
    `Alerts in the last 30 days: ${alerts}, about ${subjects} subjects.`,
    ...(keysUsed > keysReplayed ? [`Replayed the ${keysReplayed} keys that were used last, of ${keysUsed}.`] : []),
    ...latest.map(({ hour, subject, evidence }) => `  ${hour}  ${subject.id}  ${describeEvidence(evidence)}`),
  ].join('\n');
}
