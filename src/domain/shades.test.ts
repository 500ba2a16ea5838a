// Whatever colour a brand has, its shades can be read where the console uses them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { carriesWhiteText, contrastWithWhite, darkenForWhiteText, shadesOf } from './shades.ts';

const colours = fc.integer({ min: 0, max: 0xffffff }).map((number) => `#${number.toString(16).padStart(6, '0')}`);

/** From the contrast with white, which the tests below compare with known values. */
function luminanceOf(colour: string): number {
  return 1.05 / contrastWithWhite(colour) - 0.05;
}

function contrastOf(one: string, other: string): number {
  const [dark, light] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

test.each([
  ['#ffffff', 1],
  ['#000000', 21],
  ['#777777', 4.48],
  ['#767676', 4.54],
  ['#ff0000', 4],
  ['#0000ff', 8.59],
  ['#0a7d5c', 5.12],
])('white on %s has the contrast %d', (colour, contrast) => {
  expect(contrastWithWhite(colour)).toBeCloseTo(contrast, 2);
});

test.each([
  ['#ffffff', '#767676'],
  ['#ffcc00', '#907300'],
  ['#ff0000', '#ee0000'],
])('the nearest to %s that carries white text is %s', (colour, nearest) => {
  expect(darkenForWhiteText(colour)).toBe(nearest);
});

test('the nearest colour always carries white text, and is hardly darker than it must be', () => {
  fc.assert(
    fc.property(
      colours.filter((colour) => !carriesWhiteText(colour)),
      (colour) => {
        const contrast = contrastWithWhite(darkenForWhiteText(colour));
        expect(contrast).toBeGreaterThanOrEqual(4.5);
        expect(contrast).toBeLessThan(4.7);
      },
    ),
  );
});

// The greys of console/src/app/theme.ts, on which the console writes with these shades.
const lightSurfaces = ['#ffffff', '#f7f8f8', '#f0f2f2', '#e5e8e8', '#fff3d6', '#fff6dd', '#fbd5d1'];
const darkSurfaces = ['#111415', '#171b1d', '#202527', '#2a3033', '#3a2c0a'];

test('every text of a brand’s shades has a contrast of 4.5', () => {
  fc.assert(
    fc.property(colours.filter(carriesWhiteText), (colour) => {
      const shades = shadesOf(colour);
      const shade = (at: number) => shades[at] as string;
      expect(shade(7)).toBe(colour);
      const pairs = [
        // Buttons, at rest and pointed at.
        ...[6, 7, 8].map((at) => ['#ffffff', shade(at)]),
        // Links and outlines.
        ...lightSurfaces.map((surface) => [shade(8), surface]),
        ...darkSurfaces.map((surface) => [shade(3), surface]),
        // Text on a tint.
        [shade(8), shade(1)],
        [shade(9), shade(2)],
        [shade(1), shade(9)],
      ] as [string, string][];
      for (const [text, surface] of pairs)
        expect(contrastOf(text, surface), `${text} on ${surface}`).toBeGreaterThan(4.5);
      // A button of the dark theme stands out from its page.
      expect(contrastOf(shade(6), '#171b1d')).toBeGreaterThan(3);
    }),
  );
});
