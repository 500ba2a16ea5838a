// The look of the console on one host, as data.
import type { Picture } from '../domain/picture.ts';
import type { Language } from './console.ts';

/** What the configuration says about one host. What it omits is as without a brand. */
export interface Brand {
  /** Default: that of the API, or Miftah's name if the console shows several. */
  readonly product: Readonly<Record<Language, string>> | undefined;
  /** Beside the name of the product. Default: a key. */
  readonly logo: Picture | undefined;
  /** For the dark theme. Default: `logo`. */
  readonly logoDark: Picture | undefined;
  /** The icon of the browser's tab. Default: `logo`. */
  readonly favicon: Picture | undefined;
  /** The colour of buttons, `#0a7d5c`. White text on it can be read. */
  readonly colour: string | undefined;
}

/** The brands of a server by console host (lower case, without port). */
export type Brands = ReadonlyMap<string, Brand>;
