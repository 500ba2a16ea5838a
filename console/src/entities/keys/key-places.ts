// Where keys are in the console: the addresses that lists and pages lead to.

/** What the page of a key may be opened with: the dialog that is asked for. */
export type KeyAction = 'edit' | 'rotate' | 'disable' | 'enable' | 'revoke';

function keysPath(org: string): string {
  return `/orgs/${org}/keys`;
}

export function keyPath(org: string, id: string): string {
  return `${keysPath(org)}/${id}`;
}
