// Describes a user agent, so that readers recognize their own.

const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\b(?:OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*Safari\//, 'Safari'],
  [/^curl\//, 'curl'],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

/** Leaves out an unknown part. Names are not translated. `isPhone` chooses the icon. */
export function describeAgent(userAgent: string | null): {
  readonly browser: string | undefined;
  readonly system: string | undefined;
  readonly isPhone: boolean;
} {
  const agent = userAgent ?? '';
  const find = (known: typeof browsers) => known.find(([pattern]) => pattern.test(agent))?.[1];
  return { browser: find(browsers), system: find(systems), isPhone: /\b(?:iPhone|Android)\b/.test(agent) };
}
