// Text from elsewhere on a terminal.

/** The text with `?` for each control character: data may not steer the terminal that shows it. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
