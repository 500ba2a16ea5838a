// What a list of keys can ask of a key's page.

/** The dialog that the page opens. */
export type KeyAction = 'edit' | 'rotate' | 'disable' | 'enable' | 'revoke';
