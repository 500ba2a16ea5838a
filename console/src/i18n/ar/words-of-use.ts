// The words of a key and its use.
import denials from './denials.json' with { type: 'json' };
import key from './key.json' with { type: 'json' };
import usage from './usage.json' with { type: 'json' };

// biome-ignore lint/style/noDefaultExport: loaded by language, whichever it is
export default { denials, key, usage };
