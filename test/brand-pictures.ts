// Pictures for branded consoles: one that is only a picture, and an SVG that tries everything.

/** One green pixel. */
export const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkqI35DwAEBwIRSfPQvgAAAABJRU5ErkJggg==',
  'base64',
);

export const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><style>rect{fill:#0a7d5c}</style><rect width="32" height="32" rx="8"/></svg>';

/** Its scripts say that they ran: they name the document, and ask this origin and another one. */
export const hostileSvg = `<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment --><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 32 32" onload="ran()">
  <script>function ran() { document.documentElement.id = 'ran'; fetch('/api/session'); } ran();</script>
  <script xlink:href="/assets/ran.js" />
  <image href="http://picture.example/seen.png" width="1" height="1" />
  <foreignObject width="32" height="32"><iframe xmlns="http://www.w3.org/1999/xhtml" src="/api/config" /></foreignObject>
  <rect width="32" height="32" fill="#0a7d5c" />
</svg>
`;
