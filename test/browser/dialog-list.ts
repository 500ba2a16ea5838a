// Every dialog and drawer of the console, and how the keyboard opens it.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import type { Appearance, wordsOf } from './browser.ts';

/** What the test has prepared. */
export interface DialogStage {
  readonly orgId: string;
  /** A key of `classic` that was used, was refused from another address and has an old secret that still works. */
  readonly classicKey: string;
  /** A key of `palcards`, which is replaced in place of rotated, with a denied request that a person must fix. */
  readonly palcardsKey: string;
  /** Another member, and someone who is invited. */
  readonly member: string;
  readonly invited: string;
  /** A webhook of the organization, during the overlap of a rotation. */
  readonly webhookId: string;
  /** An alert about `classicKey`. */
  readonly alertId: string;
  /** The name of another organization. */
  readonly otherOrg: string;
}

export interface DialogCase {
  readonly name: string;
  /** Where the source opens it, as `findDialogs` names it. Empty: another case of the same place. */
  readonly places: readonly string[];
  readonly path: (stage: DialogStage) => string;
  /** Opens it with the keyboard alone. */
  readonly open: (page: Page, words: Words, stage: DialogStage) => Promise<void>;
  /** Where the focus goes when it closes. Default: what opened it. */
  readonly returnsTo?: 'heading';
  readonly device?: Appearance['device'];
}

type Words = ReturnType<typeof wordsOf>;

/** Marks what opens the dialog, then presses Enter on it. */
async function press(opener: Locator): Promise<void> {
  await opener.focus();
  await opener.evaluate((element) => element.setAttribute('data-opener', ''));
  await opener.press('Enter');
}

async function pick(menu: Locator, item: string): Promise<void> {
  // The library of menus comes when the page is idle, and replaces the button.
  await menu.and(menu.page().locator('[id^="mantine-"]')).waitFor();
  await press(menu);
  await menu.page().getByRole('menuitem', { name: item }).press('Enter');
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
/** Vendors name it. It is the last one beside the heading. */
const createButton = (page: Page) => page.getByRole('main').locator('header').getByRole('button').last();
const rowOf = (page: Page, text: string) => page.getByRole('listitem').filter({ hasText: text });
const actionsOf = (page: Page, text: string) => rowOf(page, text).getByRole('button', { name: /./ }).last();
const keyPage = (page: Page) => page.locator('dl').first().waitFor();

const keys = ({ orgId }: DialogStage) => `/orgs/${orgId}/keys?api=classic`;
const palmKeys = ({ orgId }: DialogStage) => `/orgs/${orgId}/keys?api=palm`;
const classicPage = ({ orgId, classicKey }: DialogStage) => `/orgs/${orgId}/keys/${classicKey}`;
const members = ({ orgId }: DialogStage) => `/orgs/${orgId}/members`;
const webhooks = ({ orgId }: DialogStage) => `/orgs/${orgId}/webhooks`;
const webhookPage = ({ orgId, webhookId }: DialogStage) => `/orgs/${orgId}/webhooks/${webhookId}`;
const alertPage = ({ orgId, alertId }: DialogStage) => `/orgs/${orgId}/alerts/${alertId}`;
const orgs = () => '/operator/orgs';
const account = () => '/account';

type Path = DialogCase['path'];

/** A dialog that a button of its page opens. */
function byButton(name: string, place: string, path: Path, label: (words: Words) => string): DialogCase {
  return { name, places: [place], path, open: (page, words) => press(button(page, label(words))) };
}

/** A dialog that an item in the menu of a row opens. `row`: a text of the row. */
function byMenu(
  name: string,
  place: string,
  path: Path,
  row: (stage: DialogStage, words: Words) => string,
  item: (words: Words) => string,
): DialogCase {
  const open: DialogCase['open'] = (page, words, stage) => pick(actionsOf(page, row(stage, words)), item(words));
  return { name, places: [place], path, open };
}

/** Cases with the same path stand together, so that the page is opened once. */
export const dialogCases: readonly DialogCase[] = [
  {
    name: 'create a key',
    places: [
      'features/keys/keys-page.tsx CreateDialog',
      'entities/keys/create/create-dialog.tsx MadeKeyDialog',
      'entities/keys/reveal/made-key-dialog.tsx ResponsiveDialog',
    ],
    path: keys,
    open: (page) => press(createButton(page)),
  },
  {
    name: 'create a key with the shortcut',
    places: [],
    path: keys,
    open: async (page) => {
      await page.locator('tr[data-key]').first().waitFor();
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await page.keyboard.press('c');
    },
    returnsTo: 'heading',
  },
  {
    name: 'revoke several keys',
    places: ['features/keys/list/bulk-revoke.tsx ResponsiveDialog'],
    path: keys,
    open: async (page, words) => {
      const region = page.getByRole('region', { name: words.keys.bulk.label });
      if ((await region.count()) === 0) await page.getByRole('row').nth(1).getByRole('checkbox').press('Space');
      await press(region.getByRole('button', { name: words.keys.menu.revoke }));
    },
  },
  {
    name: 'the palette',
    places: ['frame/palette.tsx Spotlight'],
    path: keys,
    open: (page, words) => press(page.getByRole('banner').getByRole('button', { name: words.common.shell.search })),
  },
  {
    name: 'the shortcuts',
    places: ['frame/shortcut-sheet.tsx Modal'],
    path: keys,
    open: (page, words) => pick(button(page, words.common.shell.account), words.common.shell.shortcuts),
  },
  {
    name: 'disable a key, from the list',
    places: ['entities/keys/change/key-dialogs.tsx ConfirmDialog'],
    path: palmKeys,
    open: (page, words) => pick(page.locator('tr[data-key]').last().getByRole('button'), words.keys.menu.disable),
    // The list is gone.
    returnsTo: 'heading',
  },
  byButton(
    'edit a key',
    'entities/keys/change/edit-dialog.tsx ResponsiveDialog',
    classicPage,
    (words) => words.key.edit.button,
  ),
  byButton(
    'rotate a key',
    'entities/keys/change/rotate-dialog.tsx MadeKeyDialog',
    classicPage,
    (words) => words.key.rotate.button,
  ),
  byButton(
    'revoke a key',
    'entities/keys/change/revoke-dialog.tsx ConfirmDialog',
    classicPage,
    (words) => words.key.revoke.revoke.button,
  ),
  byButton(
    'expire an old secret',
    'features/key/overlap-panel.tsx ConfirmDialog',
    classicPage,
    (words) => words.key.overlap.end,
  ),
  {
    name: 'fix a denied request',
    places: ['entities/denials/denial-fix.tsx Popover 2'],
    path: classicPage,
    open: (page) => press(page.getByRole('button', { name: /127\.0\.0\.2/ })),
  },
  {
    name: 'how to fix a denied request',
    places: ['entities/denials/denial-fix.tsx Popover 1'],
    path: ({ orgId, palcardsKey }) => `/orgs/${orgId}/denials?key=${palcardsKey}`,
    open: (page, words) => press(button(page, words.denials.fix.how)),
  },
  {
    name: 'replace a key',
    places: ['entities/keys/change/key-dialogs.tsx CreateDialog'],
    path: ({ orgId, palcardsKey }) => `/orgs/${orgId}/keys/${palcardsKey}`,
    open: async (page, words) => {
      await keyPage(page);
      await press(button(page, words.key.replace.button));
    },
  },
  {
    name: 'choose days',
    places: ['features/usage/days-input.tsx DatePickerInput'],
    path: ({ orgId }) => `/orgs/${orgId}/usage?range=custom&from=2026-11-01&to=2026-11-07`,
    open: (page, words) => press(page.getByRole('button', { name: words.usage.range.dates })),
  },
  byButton(
    'invite a member',
    'features/members/invite-dialog.tsx ResponsiveDialog 2',
    members,
    (words) => words.members.invite.open,
  ),
  {
    name: 'pass on the link of a new invitation',
    places: ['features/members/invite-dialog.tsx ResponsiveDialog 1'],
    path: members,
    open: async (page, words) => {
      await press(button(page, words.members.invite.open));
      await page.getByRole('dialog').getByLabel(words.auth.fields.email).fill('linked@example.com');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog', { name: words.members.link.title }).waitFor();
    },
  },
  {
    name: 'pass on the link of an invitation that is sent again',
    places: ['features/members/invitations-section.tsx ResponsiveDialog'],
    path: members,
    open: (page, words, { invited }) => pick(actionsOf(page, invited), words.members.invitations.resend),
    // The list has a new row for it.
    returnsTo: 'heading',
  },
  byMenu(
    'change a role',
    'features/members/role-dialog.tsx ResponsiveDialog',
    members,
    (stage) => stage.member,
    (words) => words.members.role.open,
  ),
  byMenu(
    'remove a member',
    'features/members/members-page.tsx ConfirmDialog',
    members,
    (stage) => stage.member,
    (words) => words.members.remove.open,
  ),
  byMenu(
    'leave the organization',
    'entities/people/leave-dialog.tsx ConfirmDialog',
    members,
    (_, words) => words.members.row.you,
    (words) => words.members.leave.open,
  ),
  byMenu(
    'cancel an invitation',
    'features/members/invitations-section.tsx ConfirmDialog',
    members,
    (stage) => stage.invited,
    (words) => words.members.invitations.revoke,
  ),
  byButton(
    'create a webhook',
    'features/webhooks/secret-dialog.tsx ResponsiveDialog',
    webhooks,
    (words) => words.webhooks.create.open,
  ),
  byButton(
    'edit a webhook',
    'features/webhooks/edit-webhook.tsx ResponsiveDialog',
    webhookPage,
    (words) => words.webhooks.edit.open,
  ),
  {
    name: 'rotate the secret of a webhook',
    places: [],
    path: webhookPage,
    open: (page, words) => press(button(page, words.webhooks.rotate.open)),
  },
  byButton(
    'end the overlap of a webhook',
    'features/webhooks/webhook-page.tsx ConfirmDialog 1',
    webhookPage,
    (words) => words.webhooks.overlap.end,
  ),
  byButton(
    'delete a webhook',
    'features/webhooks/webhook-page.tsx ConfirmDialog 2',
    webhookPage,
    (words) => words.webhooks.delete.open,
  ),
  byButton(
    'mute an alert',
    'features/alerts/mute-dialog.tsx ConfirmDialog',
    alertPage,
    (words) => words.alerts.mute.open,
  ),
  byButton(
    'preview a rule of alerts',
    'features/alerts/rule-dialog.tsx ResponsiveDialog',
    () => '/operator/alert-rules',
    ({ alerts }) => `${alerts.setRules.enable}: ${alerts.rules.volume_rise.found}`,
  ),
  byButton(
    'create an organization',
    'features/operator/orgs/org-dialog.tsx ResponsiveDialog',
    orgs,
    (words) => words.operator.orgs.create,
  ),
  {
    name: 'edit an organization',
    places: [],
    path: orgs,
    open: (page, words, { otherOrg }) => pick(actionsOf(page, otherOrg), words.operator.edit.open),
  },
  byMenu(
    'suspend an organization',
    'features/operator/orgs/suspend-dialog.tsx ConfirmDialog',
    orgs,
    (stage) => stage.otherOrg,
    (words) => words.operator.suspend.open,
  ),
  byMenu(
    'delete an organization',
    'features/operator/orgs/delete-dialog.tsx TypedConfirmDialog',
    orgs,
    (stage) => stage.otherOrg,
    (words) => words.operator.delete.open,
  ),
  byMenu(
    'delete the account of a member',
    'features/members/delete-person-dialog.tsx TypedConfirmDialog',
    members,
    (stage) => stage.member,
    (words) => words.members.delete.open,
  ),
  byButton(
    'delete the own account',
    'features/account/delete-section.tsx TypedConfirmDialog',
    account,
    (words) => words.account.delete.open,
  ),
  byButton(
    'change the password',
    'features/account/password-section.tsx ResponsiveDialog',
    account,
    (words) => words.account.password.open,
  ),
  byButton(
    'enable two-factor authentication',
    'features/account/two-factor/two-factor-section.tsx ResponsiveDialog',
    account,
    (words) => words.account.twoFactor.enable,
  ),
  byButton(
    'add a passkey',
    'features/account/passkeys-section.tsx ResponsiveDialog 1',
    account,
    (words) => words.account.passkeys.open,
  ),
  byMenu(
    'rename a passkey',
    'features/account/passkeys-section.tsx ResponsiveDialog 2',
    account,
    () => 'Mine',
    (words) => words.account.passkeys.rename,
  ),
  byMenu(
    'delete a passkey',
    'features/account/passkeys-section.tsx ConfirmDialog',
    account,
    () => 'Mine',
    (words) => words.account.passkeys.delete,
  ),
  byButton(
    'end the other sessions',
    'features/account/sessions-section.tsx ConfirmDialog',
    account,
    (words) => words.account.sessions.endOthers,
  ),
  {
    name: 'the navigation',
    places: ['frame/navigation-drawer.tsx Drawer'],
    path: keys,
    device: 'phone',
    open: (page, words) => press(button(page, words.common.shell.openNavigation)),
  },
  {
    name: 'create a key on a phone',
    places: [],
    path: keys,
    device: 'phone',
    open: (page) => press(createButton(page)),
  },
];

const source = join(import.meta.dirname, '../../console/src');
const dialog =
  /<(?:loaded\.)?(Modal|Drawer|ResponsiveDialog|ConfirmDialog|TypedConfirmDialog|MadeKeyDialog|CreateDialog|Popover|HoverCard|Spotlight|DatePickerInput|dialog)\b(?!\.)/g;

/** Every place of the source that opens a dialog: its file and the component, numbered where a file has several. */
export function findDialogs(): readonly string[] {
  return globSync('**/*.tsx', { cwd: source })
    .filter((file) => !file.startsWith('ui/'))
    .flatMap((file) => {
      const found = [...readFileSync(join(source, file), 'utf8').matchAll(dialog)].map(([, component]) => component);
      return found.map((component, at) => {
        const isOne = found.filter((each) => each === component).length === 1;
        return `${file} ${component}${isOne ? '' : ` ${found.slice(0, at + 1).filter((each) => each === component).length}`}`;
      });
    })
    .toSorted();
}
