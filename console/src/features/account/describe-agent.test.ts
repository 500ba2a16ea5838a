// User agents in words.
import { expect, test } from 'vitest';
import { describeAgent } from './describe-agent.ts';

const webKit = 'AppleWebKit/537.36 (KHTML, like Gecko)';

test.each([
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webKit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`,
    { browser: 'Edge', system: 'Windows', isPhone: false },
  ],
  [
    `Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) ${webKit} Version/19.0 Mobile/15E148 Safari/604.1`,
    { browser: 'Safari', system: 'iPhone', isPhone: true },
  ],
  [
    `Mozilla/5.0 (Linux; Android 16; K) ${webKit} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    { browser: 'Samsung Internet', system: 'Android', isPhone: true },
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0',
    { browser: 'Firefox', system: 'Linux', isPhone: false },
  ],
  ['curl/8.14.1', { browser: 'curl', system: undefined, isPhone: false }],
  ['', { browser: undefined, system: undefined, isPhone: false }],
])('%s', (agent, expected) => {
  expect(describeAgent(agent)).toEqual(expected);
});
