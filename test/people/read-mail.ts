// Reads a mail as a mail program does: headers (RFC 5322, RFC 2047) the two texts of multipart/alternative, and the
// pictures of multipart/related.

export interface ReadMail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The pictures that `html` shows as `cid:ID`. */
  /** Any header, unfolded. Empty: it is absent. */
  readonly header: (name: string) => string;
  readonly pictures: readonly { readonly id: string; readonly type: string; readonly bytes: Buffer }[];
}

/** `source`: all that came after DATA. */
export function readMail(source: string): ReadMail {
  const { header, body } = split(source);
  const parts = partsOf({ header, body });
  if (parts.length < 2) throw new Error(`not a mail of several parts: ${header('content-type')}`);
  const textOf = (type: string) => {
    const part = parts.find(({ header: of }) => of('content-type').startsWith(type));
    if (part === undefined) throw new Error(`no part is ${type}`);
    return decode(part.body, part.header('content-transfer-encoding'));
  };
  const pictures = parts.flatMap(({ header: of, body: content }) =>
    of('content-type').startsWith('image/')
      ? [
          {
            id: of('content-id').slice(1, -1),
            type: of('content-type').replace(/;.*/, ''),
            bytes: Buffer.from(content, 'base64'),
          },
        ]
      : [],
  );
  return {
    from: words(header('from')),
    to: words(header('to')),
    subject: words(header('subject')),
    text: textOf('text/plain'),
    html: textOf('text/html'),
    header,
    pictures,
  };
}

type Part = ReturnType<typeof split>;

/** The innermost parts. */
function partsOf(part: Part): readonly Part[] {
  const boundary = /boundary="([^"]+)"/.exec(part.header('content-type'))?.[1];
  if (boundary === undefined) return [part];
  const inner = part.body.split(`--${boundary}`).slice(1, -1);
  return inner.flatMap((each) => partsOf(split(each.replace(/^\r\n/, ''))));
}

function split(source: string) {
  const end = source.indexOf('\r\n\r\n');
  const lines = source
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const header = (name: string) =>
    lines
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim() ?? '';
  return { header, body: source.slice(end + 4) };
}

function decode(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  return encoding === 'quoted-printable' ? unquote(body.replaceAll('=\r\n', '')).replaceAll('\r\n', '\n') : body;
}

function unquote(text: string): string {
  const bytes = text.replaceAll(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

/** Encoded words. White space between two of them is no part of the text. */
function words(value: string): string {
  return value
    .replaceAll(/(=\?[^?]+\?[BQ]\?[^?]*\?=)\s+(?==\?)/gi, '$1')
    .replaceAll(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi, (_, kind, text) =>
      kind.toUpperCase() === 'B' ? Buffer.from(text, 'base64').toString() : unquote(text.replaceAll('_', ' ')),
    );
}
