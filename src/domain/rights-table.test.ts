// docs/reference/rights.md shows the tables of permissions.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fieldRights, leastRole, type Right, subjects } from './rights.ts';
import { roles } from './role.ts';

const reference = readFileSync(new URL('../../docs/reference/rights.md', import.meta.url), 'utf8');

const words = { sets: 'sets', tightens: 'within', never: '–' } as const satisfies Record<Right, string>;
/** Names on the wire. */
const wireNames: Readonly<Record<string, string>> = {
  apiId: 'api',
  orgId: 'org',
  isDisabled: 'disable, enable',
  isRotated: 'rotate',
  isRevoked: 'revoke',
  isReadOnly: 'readOnly',
  isAcknowledged: 'acknowledge',
  mutedFor: 'mute',
  isOn: 'on',
  status: 'suspend, resume',
};
const headings = {
  newKey: 'new key',
  key: 'key',
  newOrganization: 'new organization',
  organization: 'organization',
  newToken: 'new token',
  token: 'token',
  newWebhook: 'new webhook',
  webhook: 'webhook',
  alert: 'alert',
  alertRule: 'alert rule',
  member: 'member, invitation',
} as const satisfies Record<keyof typeof fieldRights, string>;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

test('the page lists every field that a command takes, and who may set it', () => {
  const rows = Object.entries(fieldRights).flatMap(([resource, fields]) =>
    Object.entries(fields).map(([field, row]) => [
      headings[resource as keyof typeof headings],
      `\`${wireNames[field] ?? field}\``,
      ...subjects.map((subject) => words[row[subject]]),
    ]),
  );
  expect(reference).toContain(`\n\n${table(['of a', 'field', ...subjects], rows)}\n\n`);
});

test('the page lists every action with its lowest role', () => {
  const rows = Object.entries(leastRole).map(([action, role]) => [`\`${action}\``, role]);
  expect(reference).toContain(`\n\n${table(['action', 'from'], rows)}\n\n`);
});

test('a viewer, the lowest role, sets nothing', () => {
  const viewer = roles.at(-1) as 'viewer';
  const rights = Object.values(fieldRights).flatMap((fields) => Object.values(fields).map((row) => row[viewer]));
  expect(new Set(rights)).toEqual(new Set(['never']));
});
