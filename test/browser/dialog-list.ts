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
const orgs = () => '/operator/orgs';
const account = () => '/account';

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
    places: ['features/key/key-dialogs.tsx ConfirmDialog'],
    path: palmKeys,
    open: (page, words) => pick(page.locator('tr[data-key]').last().getByRole('button'), words.keys.menu.disable),
    // The list is gone.
    returnsTo: 'heading',
  },
  {
    name: 'edit a key',
    places: ['features/key/edit-dialog.tsx ResponsiveDialog'],
    path: classicPage,
    open: (page, words) => press(button(page, words.key.edit.button)),
  },
  {
    name: 'rotate a key',
    places: ['features/key/rotate-dialog.tsx MadeKeyDialog'],
    path: classicPage,
    open: (page, words) => press(button(page, words.key.rotate.button)),
  },
  {
    name: 'revoke a key',
    places: ['features/key/revoke-dialog.tsx ConfirmDialog'],
    path: classicPage,
    open: (page, words) => press(button(page, words.key.revoke.revoke.button)),
  },
  {
    name: 'expire an old secret',
    places: ['features/key/overlap-panel.tsx ConfirmDialog'],
    path: classicPage,
    open: (page, words) => press(button(page, words.key.overlap.end)),
  },
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
    places: ['features/key/key-dialogs.tsx CreateDialog'],
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
  {
    name: 'invite a member',
    places: ['features/members/invite-dialog.tsx ResponsiveDialog 2'],
    path: members,
    open: (page, words) => press(button(page, words.members.invite.open)),
  },
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
  {
    name: 'change a role',
    places: ['features/members/role-dialog.tsx ResponsiveDialog'],
    path: members,
    open: (page, words, { member }) => pick(actionsOf(page, member), words.members.role.open),
  },
  {
    name: 'remove a member',
    places: ['features/members/members-page.tsx ConfirmDialog'],
    path: members,
    open: (page, words, { member }) => pick(actionsOf(page, member), words.members.remove.open),
  },
  {
    name: 'leave the organization',
    places: ['entities/people/leave-dialog.tsx ConfirmDialog'],
    path: members,
    open: (page, words) => pick(actionsOf(page, words.members.row.you), words.members.leave.open),
  },
  {
    name: 'cancel an invitation',
    places: ['features/members/invitations-section.tsx ConfirmDialog'],
    path: members,
    open: (page, words, { invited }) => pick(actionsOf(page, invited), words.members.invitations.revoke),
  },
  {
    name: 'create an organization',
    places: ['features/operator/orgs/org-dialog.tsx ResponsiveDialog'],
    path: orgs,
    open: (page, words) => press(button(page, words.operator.orgs.create)),
  },
  {
    name: 'edit an organization',
    places: [],
    path: orgs,
    open: (page, words, { otherOrg }) => pick(actionsOf(page, otherOrg), words.operator.edit.open),
  },
  {
    name: 'suspend an organization',
    places: ['features/operator/orgs/suspend-dialog.tsx ConfirmDialog'],
    path: orgs,
    open: (page, words, { otherOrg }) => pick(actionsOf(page, otherOrg), words.operator.suspend.open),
  },
  {
    name: 'delete an organization',
    places: ['features/operator/orgs/delete-dialog.tsx ConfirmDialog'],
    path: orgs,
    open: (page, words, { otherOrg }) => pick(actionsOf(page, otherOrg), words.operator.delete.open),
  },
  {
    name: 'delete the account of a member',
    places: ['features/members/delete-person-dialog.tsx ConfirmDialog'],
    path: members,
    open: (page, words, { member }) => pick(actionsOf(page, member), words.members.delete.open),
  },
  {
    name: 'delete the own account',
    places: ['features/account/delete-section.tsx ResponsiveDialog'],
    path: account,
    open: (page, words) => press(button(page, words.account.delete.open)),
  },
  {
    name: 'change the password',
    places: ['features/account/password-section.tsx ResponsiveDialog'],
    path: account,
    open: (page, words) => press(button(page, words.account.password.open)),
  },
  {
    name: 'enable two-factor authentication',
    places: ['features/account/two-factor/two-factor-section.tsx ResponsiveDialog'],
    path: account,
    open: (page, words) => press(button(page, words.account.twoFactor.enable)),
  },
  {
    name: 'add a passkey',
    places: ['features/account/passkeys-section.tsx ResponsiveDialog 1'],
    path: account,
    open: (page, words) => press(button(page, words.account.passkeys.open)),
  },
  {
    name: 'rename a passkey',
    places: ['features/account/passkeys-section.tsx ResponsiveDialog 2'],
    path: account,
    open: (page, words) => pick(actionsOf(page, 'Mine'), words.account.passkeys.rename),
  },
  {
    name: 'delete a passkey',
    places: ['features/account/passkeys-section.tsx ConfirmDialog'],
    path: account,
    open: (page, words) => pick(actionsOf(page, 'Mine'), words.account.passkeys.delete),
  },
  {
    name: 'end the other sessions',
    places: ['features/account/sessions-section.tsx ConfirmDialog'],
    path: account,
    open: (page, words) => press(button(page, words.account.sessions.endOthers)),
  },
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
  /<(?:loaded\.)?(Modal|Drawer|ResponsiveDialog|ConfirmDialog|MadeKeyDialog|CreateDialog|Popover|HoverCard|Spotlight|DatePickerInput|dialog)\b(?!\.)/g;

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
