// Links to help, of an API and of a profile.
import { parseHost, section, text } from './fields.ts';

export const support = section({
  docs: text(
    'a URL such as https://docs.example.com/api-keys',
    parseWebUrl,
    'The documentation of the API.',
  ).optional(),
  contact: text(
    'an e-mail address or a URL such as https://example.com/support',
    parseContact,
    'Where customers get help: an e-mail address or a URL.',
  ).optional(),
}).describe('Links to help, which the console and refused requests show. Default: none.');

/** Returns the URL in the form that headers and links need: ASCII, percent-encoded. */
function parseWebUrl(value: string): string | undefined {
  if (!/^https?:\/\/[^\s<>"\\]+$/i.test(value) || !URL.canParse(value)) return undefined;
  const { username, password, href } = new URL(value);
  return username === '' && password === '' ? href : undefined;
}

function parseContact(value: string): string | undefined {
  if (/^[a-z0-9._+-]{1,64}@[a-z0-9.-]{1,253}$/i.test(value) && parseHost(value.split('@')[1] as string) !== undefined)
    return `mailto:${value}`;
  return parseWebUrl(value);
}
