// The library for layers over pages, loaded once when the page is idle.
import { late } from './late.ts';

export const layers = late(() => import('./layers-library.ts'), 'library', []);
