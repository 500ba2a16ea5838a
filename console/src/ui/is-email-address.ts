/** Whether the text has the form of an e-mail address, white space around it aside; the server has the last word. Linear. */
export function isEmailAddress(text: string): boolean {
  const parts = text.trim().split('@');
  const [local = '', domain = ''] = parts;
  const labels = domain.split('.');
  return parts.length === 2 && local !== '' && labels.length > 1 && !labels.includes('') && !/\s/.test(text.trim());
}
