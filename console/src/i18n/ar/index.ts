// All words of the language, in a namespace for each feature.
import alerts from './words-of-alerts.ts';
import everyPage from './words-of-every-page.ts';
import keys from './words-of-keys.ts';
import people from './words-of-people.ts';
import use from './words-of-use.ts';

// biome-ignore lint/style/noDefaultExport: loaded by language, whichever it is
export default { ...everyPage, ...alerts, ...keys, ...use, ...people };
