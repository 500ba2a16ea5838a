// All words of the language, in a namespace for each feature.
import account from './account.json' with { type: 'json' };
import audit from './audit.json' with { type: 'json' };
import auth from './auth.json' with { type: 'json' };
import commands from './commands.json' with { type: 'json' };
import common from './common.json' with { type: 'json' };
import denials from './denials.json' with { type: 'json' };
import errors from './errors.json' with { type: 'json' };
import key from './key.json' with { type: 'json' };
import keys from './keys.json' with { type: 'json' };
import members from './members.json' with { type: 'json' };
import operator from './operator.json' with { type: 'json' };
import server from './server.json' with { type: 'json' };
import settings from './settings.json' with { type: 'json' };
import usage from './usage.json' with { type: 'json' };

// biome-ignore lint/style/noDefaultExport: loaded by language, whichever it is
export default {
  account,
  audit,
  auth,
  commands,
  common,
  denials,
  errors,
  key,
  keys,
  members,
  operator,
  server,
  settings,
  usage,
};
