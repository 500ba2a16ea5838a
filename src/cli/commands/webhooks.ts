// `miftah webhooks`: the servers that get events, their secrets and their deliveries.
import { type Command, Option } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { deliveryStatuses, signatureKinds, webhookFormats } from '../../domain/webhook-endpoint.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { type ListView, type PageRequest, printList } from '../list.ts';
import {
  addExample,
  addPageOptions,
  addRemoteOptions,
  collectCommaList,
  defined,
  type PageOptions,
  type RemoteOptions,
} from '../options.ts';
import { fields, paint, printResult, table } from '../output.ts';

type Webhook = Schemas['Webhook'];
type Delivery = Schemas['Delivery'];

export function addWebhooks(program: Command): void {
  const webhooks = program.command('webhooks').helpCommand(false).description('send events to other servers');
  addCreate(webhooks);
  addList(webhooks);
  addGet(webhooks);
  addUpdate(webhooks);
  addTest(webhooks);
  addRotateSecret(webhooks);
  addEndOverlap(webhooks);
  addDelete(webhooks);
  addDeliveries(webhooks);
  addAttempts(webhooks);
  addReplay(webhooks);
}

interface CreateOptions extends RemoteOptions {
  readonly name: string;
  readonly to: string;
  readonly org?: string;
  readonly types?: string[];
  readonly format: Webhook['format'];
  readonly signature?: Exclude<Webhook['signature'], 'none'>;
}

function addCreate(webhooks: Command): void {
  const create = webhooks
    .command('create')
    .description('create a webhook and show its secret once')
    .requiredOption('--name <name>', 'its name')
    .requiredOption('--to <url>', 'where events go, https://…')
    .option('--org <org>', 'only events of this organization (default: of all)')
    .option(
      '--types <types>',
      'only these types of events, comma-separated; repeatable (default: all)',
      collectCommaList,
    )
    .addOption(
      new Option('--format <format>', 'events of Standard Webhooks, or alerts for Alertmanager without a signature')
        .choices([...webhookFormats])
        .default('standard'),
    )
    .addOption(
      new Option('--signature <kind>', 'sign with a shared secret, or with a private key (default: hmac)').choices([
        ...signatureKinds,
      ]),
    )
    .action(async (options: CreateOptions) => {
      const { name, to: url, org, types, format, signature } = options;
      const body = { name, url, format, ...defined({ org, types, signature }) };
      showSecret(options, await answerOf(openClient(options).POST('/v1/webhooks', { body })), 'Created.');
    });
  addExample(
    addRemoteOptions(create, 'the secret'),
    'miftah webhooks create --name billing --to https://example.com/webhooks',
    'miftah webhooks create --name partner --to https://example.com/hook --org org_3nVb7Lw0QeYp --types key.revoked',
    'miftah webhooks create --name alerts --to https://alerts.example.com --format alertmanager',
  );
}

function addList(webhooks: Command): void {
  const list = webhooks
    .command('list')
    .description('list webhooks, newest first')
    .option('--org <org>', 'only those of this organization')
    .action(async (options: RemoteOptions & PageOptions & { readonly org?: string }) => {
      const client = openClient(options);
      const { org } = options;
      const read = (page: PageRequest) =>
        answerOf(client.GET('/v1/webhooks', { params: { query: { ...page, ...defined({ org }) } } }));
      await printList(options, read, webhookView);
    });
  addExample(addRemoteOptions(addPageOptions(list), 'their ids'), 'miftah webhooks list');
}

const webhookView: ListView<Schemas['ListedWebhook'], unknown> = {
  head: ['ID', 'NAME', 'OF', 'URL', 'TYPES', 'STATUS'],
  cells: (webhook) => [
    webhook.id,
    webhook.name,
    webhook.org ?? 'operator',
    webhook.url,
    describeTypes(webhook),
    describeStatus(webhook),
  ],
  word: ({ id }) => id,
  empty: 'No webhooks yet. Create one with miftah webhooks create.',
};

function describeTypes({ types }: Webhook): string {
  return types === null ? 'all' : types.join(', ');
}

function describeStatus({ status, disabledBecause }: Webhook): string {
  return disabledBecause === null ? status : `${status}: ${disabledBecause}`;
}

function addGet(webhooks: Command): void {
  const get = webhooks
    .command('get')
    .description('show a webhook')
    .argument('<webhook>', 'its id, wh_…')
    .action(async (id: string, options: RemoteOptions) => {
      show(options, await answerOf(openClient(options).GET('/v1/webhooks/{id}', { params: { path: { id } } })));
    });
  addExample(addRemoteOptions(get, 'its id'), 'miftah webhooks get wh_3nVb7Lw0QeYp');
}

interface UpdateOptions extends RemoteOptions {
  readonly name?: string;
  readonly to?: string;
  readonly types?: string[];
  readonly allTypes?: true;
  readonly disable?: true;
  readonly enable?: true;
}

function addUpdate(webhooks: Command): void {
  const update = webhooks
    .command('update')
    .description('change, disable or enable a webhook')
    .argument('<webhook>', 'its id, wh_…')
    .option('--name <name>', 'its new name')
    .option('--to <url>', 'where events go from now on')
    .option('--types <types>', 'only these types of events, comma-separated; repeatable', collectCommaList)
    .addOption(new Option('--all-types', 'all types of events').conflicts('types'))
    .option('--disable', 'send nothing from now on')
    .addOption(new Option('--enable', 'send events again, and what waited').conflicts('disable'))
    .action(async (id: string, options: UpdateOptions) => {
      const { name, to: url, allTypes, disable, enable } = options;
      const types = allTypes === true ? null : options.types;
      const disabled = disable === true ? true : enable === true ? false : undefined;
      const body = defined({ name, url, types, disabled });
      const params = { path: { id } };
      show(options, await answerOf(openClient(options).PATCH('/v1/webhooks/{id}', { params, body })));
    });
  addExample(addRemoteOptions(update, 'its id'), 'miftah webhooks update wh_3nVb7Lw0QeYp --enable');
}

function addTest(webhooks: Command): void {
  const test = webhooks
    .command('test')
    .description('send a test event once')
    .argument('<webhook>', 'its id, wh_…')
    .action(async (id: string, options: RemoteOptions) => {
      const params = { path: { id } };
      const sent = await answerOf(openClient(options).POST('/v1/webhooks/{id}/test', { params }));
      printResult(
        options,
        sent,
        () => sent.event,
        () => `Sent: ${sent.event}. See the answer with miftah webhooks deliveries ${id}.`,
      );
    });
  addExample(addRemoteOptions(test, 'the id of the event'), 'miftah webhooks test wh_3nVb7Lw0QeYp');
}

function addRotateSecret(webhooks: Command): void {
  const rotate = webhooks
    .command('rotate-secret')
    .description('replace the secret; the old one signs too for a while')
    .argument('<webhook>', 'its id, wh_…')
    .option('--overlap <span>', 'how long the old secret signs too: now or 1h (30d at most)', '24h')
    .action(async (id: string, options: RemoteOptions & { readonly overlap: string }) => {
      const { overlap } = options;
      const params = { path: { id } };
      const call = openClient(options).POST('/v1/webhooks/{id}/rotate-secret', { params, body: { overlap } });
      showSecret(options, await answerOf(call), 'Rotated.');
    });
  addExample(addRemoteOptions(rotate, 'the new secret'), 'miftah webhooks rotate-secret wh_3nVb7Lw0QeYp --overlap 1h');
}

function addEndOverlap(webhooks: Command): void {
  const end = webhooks
    .command('end-overlap')
    .description('stop signing with the secret before the last rotation')
    .argument('<webhook>', 'its id, wh_…')
    .action(async (id: string, options: RemoteOptions) => {
      const params = { path: { id } };
      show(options, await answerOf(openClient(options).POST('/v1/webhooks/{id}/end-overlap', { params })));
    });
  addExample(addRemoteOptions(end, 'its id'), 'miftah webhooks end-overlap wh_3nVb7Lw0QeYp');
}

function addDelete(webhooks: Command): void {
  const remove = webhooks
    .command('delete')
    .description('delete a webhook with what waits for it')
    .argument('<webhook>', 'its id, wh_…')
    .action(async (id: string, options: RemoteOptions) => {
      const webhook = await answerOf(openClient(options).DELETE('/v1/webhooks/{id}', { params: { path: { id } } }));
      printResult(
        options,
        webhook,
        () => webhook.id,
        () => `Deleted: ${webhook.name} (${webhook.id}).`,
      );
    });
  addExample(addRemoteOptions(remove, 'its id'), 'miftah webhooks delete wh_3nVb7Lw0QeYp');
}

function addDeliveries(webhooks: Command): void {
  const list = webhooks
    .command('deliveries')
    .description('list what was sent in the last 30 days, newest first')
    .argument('<webhook>', 'its id, wh_…')
    .addOption(new Option('--status <status>', 'only those').choices([...deliveryStatuses]))
    .action(async (id: string, options: RemoteOptions & PageOptions & { readonly status?: Delivery['status'] }) => {
      const client = openClient(options);
      const { status } = options;
      const read = (page: PageRequest) => {
        const params = { path: { id }, query: { ...page, ...defined({ status }) } };
        return answerOf(client.GET('/v1/webhooks/{id}/deliveries', { params }));
      };
      await printList(options, read, deliveryView);
    });
  addExample(
    addRemoteOptions(addPageOptions(list), 'their ids'),
    'miftah webhooks deliveries wh_3nVb7Lw0QeYp --status failed',
  );
}

const deliveryView: ListView<Delivery, unknown> = {
  head: ['ID', 'EVENT', 'TYPE', 'STATUS', 'ATTEMPTS', 'LAST', 'NEXT'],
  cells: (delivery) => [
    delivery.id,
    delivery.event,
    delivery.type,
    delivery.status,
    String(delivery.attempts),
    describeLast(delivery),
    delivery.nextAttemptAt ?? '-',
  ],
  word: ({ id }) => id,
  empty: 'Nothing was sent in the last 30 days.',
};

function addAttempts(webhooks: Command): void {
  const list = webhooks
    .command('attempts')
    .description('list the attempts of a delivery, newest first')
    .argument('<webhook>', 'its id, wh_…')
    .argument('<delivery>', 'the id of the delivery')
    .action(async (id: string, deliveryId: string, options: RemoteOptions) => {
      const params = { path: { id, deliveryId } };
      const call = openClient(options).GET('/v1/webhooks/{id}/deliveries/{deliveryId}/attempts', { params });
      const attempts = await answerOf(call);
      const rows = attempts.data.map((each) => [each.beganAt, describeEnd(each), `${tookMs(each)} ms`]);
      printResult(
        options,
        attempts,
        () => attempts.data.map(({ beganAt }) => beganAt).join('\n'),
        () => (rows.length === 0 ? 'No attempt has ended yet.' : table(['BEGAN', 'END', 'TOOK'], rows)),
      );
    });
  addExample(addRemoteOptions(list, 'when each began'), 'miftah webhooks attempts wh_3nVb7Lw0QeYp dlv_42');
}

function describeEnd({ status, error }: Schemas['Attempt']): string {
  return status === null ? (error ?? '-') : String(status);
}

function tookMs({ beganAt, endedAt }: Schemas['Attempt']): number {
  return Date.parse(endedAt) - Date.parse(beganAt);
}

function describeLast({ lastStatus, lastError }: Delivery): string {
  return lastStatus === null ? (lastError ?? '-') : String(lastStatus);
}

function addReplay(webhooks: Command): void {
  const replay = webhooks
    .command('replay')
    .description('send an event again, under its id')
    .argument('<webhook>', 'its id, wh_…')
    .argument('<delivery>', 'the id of the delivery')
    .action(async (id: string, deliveryId: string, options: RemoteOptions) => {
      const params = { path: { id, deliveryId } };
      const call = openClient(options).POST('/v1/webhooks/{id}/deliveries/{deliveryId}/replay', { params });
      const delivery = await answerOf(call);
      printResult(
        options,
        delivery,
        () => delivery.event,
        () => `Sent again: ${delivery.event} (${delivery.type}).`,
      );
    });
  addExample(addRemoteOptions(replay, 'the id of the event'), 'miftah webhooks replay wh_3nVb7Lw0QeYp dlv_42');
}

function describe(webhook: Webhook): string {
  return fields([
    ['id', webhook.id],
    ['name', webhook.name],
    ['of', webhook.org ?? 'operator'],
    ['url', webhook.url],
    ['types', describeTypes(webhook)],
    ['format', webhook.format],
    ['status', describeStatus(webhook)],
    ['signature', webhook.publicKey ?? webhook.signature],
  ]);
}

function show(options: RemoteOptions, webhook: Webhook): void {
  printResult(
    options,
    webhook,
    () => webhook.id,
    () => describe(webhook),
  );
}

function showSecret(options: RemoteOptions, webhook: Schemas['WebhookWithSecret'], done: string): void {
  printResult(
    options,
    webhook,
    () => webhook.secret ?? webhook.id,
    () => {
      const shown = [done, '', describe(webhook)];
      if (webhook.secret === null) return [...shown, '', 'Deliveries have no signature.'].join('\n');
      const use =
        webhook.signature === 'hmac'
          ? 'Copy it now: Miftah does not show it again. The receiver verifies each delivery with it.'
          : 'The receiver verifies each delivery with this public key.';
      return [...shown, '', `  ${paint('bold', webhook.secret)}`, '', use].join('\n');
    },
  );
}
