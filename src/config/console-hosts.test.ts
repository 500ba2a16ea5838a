// Which names the console answers to: `localhost` is one only where nobody else reaches the listener, or where it is named.
import { expect, test } from 'vitest';
import { consoleHostsOf } from './console-hosts.ts';

function hostsOf(host: string, url?: string, consoleHosts: readonly string[] = []): string[] {
  return [...consoleHostsOf({ public: { listen: { host, port: 0 }, url }, apis: [{ consoleHosts }] })];
}

test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])(
  'localhost is a console host on the loopback address %s',
  (host) => {
    expect(hostsOf(host)).toEqual(['localhost']);
  },
);

test.each(['0.0.0.0', '::', '10.0.0.1', '192.0.2.1', '127.evil.example', 'gateway.example'])(
  'localhost is no console host on %s, unless the configuration names it',
  (host) => {
    expect(hostsOf(host)).toEqual([]);
    expect(hostsOf(host, 'https://console.example', ['cp.example'])).toEqual(['console.example', 'cp.example']);
    expect(hostsOf(host, 'http://localhost:8080')).toEqual(['localhost']);
    expect(hostsOf(host, undefined, ['localhost'])).toEqual(['localhost']);
  },
);
