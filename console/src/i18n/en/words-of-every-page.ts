// The words of every page.
import common from './common.json' with { type: 'json' };
import errors from './errors.json' with { type: 'json' };

// biome-ignore lint/style/noDefaultExport: loaded by language, whichever it is
export default { common, errors };
