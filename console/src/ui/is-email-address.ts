/** Whether the text, without white space around it, has the form of an e-mail address. The server decides. Linear. */
export function isEmailAddress(text: string): boolean {
  const parts = text.trim().split('@');
  const [local = '', domain = ''] = parts;
  const labels = domain.split('.');
  return parts.length === 2 && local !== '' && labels.length > 1 && !labels.includes('') && !/\s/.test(text.trim());
}
