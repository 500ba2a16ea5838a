// Foreign text on a terminal.

/** The text with `?` for each control character, so that data can't control the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to replace.
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
