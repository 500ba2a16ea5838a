// The words of the list of keys.
import commands from './commands.json' with { type: 'json' };
import keys from './keys.json' with { type: 'json' };

// biome-ignore lint/style/noDefaultExport: loaded by language, whichever it is
export default { commands, keys };
