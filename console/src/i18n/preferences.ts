// The reader's choices for this browser. They are cookies, because the server reads the language.
import { asLanguage, type Language, type Numerals } from './languages.ts';

export type Theme = 'light' | 'dark' | 'auto';

const yearSeconds = 31_536_000;

function read(name: string): string | undefined {
  return new RegExp(`(?:^|; )miftah-${name}=([^;]*)`).exec(document.cookie)?.[1];
}

function write(name: string, value: string): void {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not there on plain http
  document.cookie = `miftah-${name}=${value}; Path=/; Max-Age=${yearSeconds}; SameSite=Lax${secure}`;
}

export function readTheme(): Theme {
  const theme = read('theme');
  return theme === 'light' || theme === 'dark' ? theme : 'auto';
}

export function writeTheme(theme: Theme): void {
  write('theme', theme);
}

/** The language of the page. The server has chosen it by the cookie. */
export function readLanguage(): Language {
  return asLanguage(document.documentElement.lang) ?? 'en';
}

export function writeLanguage(language: Language): void {
  write('language', language);
}

/** Default: Latin digits. */
export function readNumerals(): Numerals {
  return read('numerals') === 'arab' ? 'arab' : 'latn';
}

export function writeNumerals(numerals: Numerals): void {
  write('numerals', numerals);
}

/** Whether single keys are shortcuts. People who use voice input disable them. */
export function hasShortcuts(): boolean {
  return read('shortcuts') !== 'off';
}

export function writeShortcuts(isOn: boolean): void {
  write('shortcuts', isOn ? 'on' : 'off');
}
