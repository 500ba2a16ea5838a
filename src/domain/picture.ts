// Pictures that a console shows. The type of a picture is that of its content, whatever its file is called.

/** The types of pictures, by the usual end of their names. */
export const pictureTypes = {
  svg: 'image/svg+xml',
  png: 'image/png',
  webp: 'image/webp',
  ico: 'image/x-icon',
} as const;

export type PictureKind = keyof typeof pictureTypes;

/** A picture. */
export interface Picture {
  readonly kind: PictureKind;
  readonly bytes: Buffer;
  /** A digest of the content and the kind: `brand-1f0c….svg`. */
  readonly name: string;
}

const pngStart = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const icoStart = Buffer.from([0, 0, 1, 0]);

/** The kind of picture that the content is. `undefined`: none that browsers show. */
export function recognizePicture(bytes: Buffer): PictureKind | undefined {
  if (bytes.subarray(0, 8).equals(pngStart)) return 'png';
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return 'webp';
  if (bytes.subarray(0, 4).equals(icoStart)) return 'ico';
  return isSvg(bytes) ? 'svg' : undefined;
}

/** Whether the bytes are XML in UTF-8 whose root is an `svg` element. Without the namespace, browsers show nothing. */
function isSvg(bytes: Buffer): boolean {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return false;
  }
  return /^<svg(?=\s)[^>]*\sxmlns\s*=\s*["']http:\/\/www\.w3\.org\/2000\/svg["']/.test(withoutProlog(text));
}

/** One step at a time, so that the time is linear in the length. */
const prologPart = /\s+|<\?[^>]*>|<!--(?:(?!-->)[\s\S])*-->|<!DOCTYPE[^>[]*(?:\[[^\]]*\]\s*)?>/iy;

function withoutProlog(text: string): string {
  prologPart.lastIndex = 0;
  let end = 0;
  while (prologPart.test(text)) end = prologPart.lastIndex;
  return text.slice(end);
}
