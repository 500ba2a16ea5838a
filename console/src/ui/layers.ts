// The library of what floats over pages, loaded once for all of them in the first quiet moment.
import { late } from './late.ts';

export const layers = late(() => import('./layers-library.ts'), 'library', []);
