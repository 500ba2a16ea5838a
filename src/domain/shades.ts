// The shades of an accent colour: light enough or dark enough that every text has a contrast of at least 4.5 (WCAG 2.2,
// 1.4.3), in the light and the dark theme.

/** The least contrast of text. */
const textContrast = 4.5;

/**
 * The luminance of each shade of the console's own accent. Shades of the same luminance have the same contrast with the
 * greys of the console.
 */
const luminances = [0.918, 0.812, 0.65, 0.502, 0.376, 0.256, 0.1664, 0.1045, 0.07, 0.039] as const;

/** Where the light and the dark theme have the colour of a button, with white text. */
const lightButton = 7;
const darkButton = 6;

/** The contrast of white text on a colour `#rrggbb`: from 1 to 21 (WCAG 2.2). */
export function contrastWithWhite(colour: string): number {
  return 1.05 / (luminanceOf(channelsOf(colour)) + 0.05);
}

/** Whether white text on the colour can be read. */
export function carriesWhiteText(colour: string): boolean {
  return contrastWithWhite(colour) >= textContrast;
}

/** The lightest colour of the same hue that carries white text. */
export function darkenForWhiteText(colour: string): string {
  let luminance = 1.05 / textContrast - 0.05;
  let darker = withLuminance(colour, luminance);
  // The channels of a colour are whole numbers, so the first try can be a trace too light.
  while (!carriesWhiteText(darker)) {
    luminance -= 0.001;
    darker = withLuminance(colour, luminance);
  }
  return darker;
}

/**
 * The ten shades of an accent, from the lightest to the darkest, for a colour that carries white text. Buttons of the
 * light theme have the colour itself. Those of the dark theme have it too, unless it is so dark that the page would hide
 * them. All other shades have the luminance that the console's own accent has there.
 */
export function shadesOf(colour: string): readonly string[] {
  const own = luminanceOf(channelsOf(colour));
  return luminances.map((luminance, at) => {
    if (at === lightButton || (at === darkButton && own > luminance)) return colour;
    // What is darker than the button is so too if the colour is very dark.
    const target = at > lightButton ? Math.min(luminance, (own * luminance) / luminances[lightButton]) : luminance;
    return withLuminance(colour, target);
  });
}

/** Red, green and blue, from 0 to 255. */
type Channels = readonly [number, number, number];

function channelsOf(colour: string): Channels {
  const channel = (at: number) => Number.parseInt(colour.slice(at, at + 2), 16);
  return [channel(1), channel(3), channel(5)];
}

function luminanceOf(channels: Channels): number {
  const [red, green, blue] = channels.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The colour, mixed with white or black up to a luminance. */
function withLuminance(colour: string, luminance: number): string {
  const own = channelsOf(colour);
  const end = luminance > luminanceOf(own) ? 255 : 0;
  const mix = (share: number) => own.map((channel) => channel + (end - channel) * share) as unknown as Channels;
  let [less, more] = [0, 1];
  // 1/4096 of the way is less than one step of a channel.
  for (let halvings = 0; halvings < 12; halvings++) {
    const middle = (less + more) / 2;
    const isBeyond = luminanceOf(mix(middle)) > luminance === (end === 255);
    if (isBeyond) more = middle;
    else less = middle;
  }
  return `#${mix(more)
    .map((channel) => Math.round(channel).toString(16).padStart(2, '0'))
    .join('')}`;
}
