// The scripts of the Redis limiter: each checks all limits of a request, then takes from all of them or from none. The
// one for sliding windows is in `redis-sliding-script.ts`.
import { createHash } from 'node:crypto';

/**
 * Replaces a count that was lost. It is above every limit, so the window is used up, and exact in Lua and JavaScript.
 */
export const lostCount = 1_000_000_000_000_000;

/**
 * KEYS[i] is the counter of one window length: a hash of `w`, the window's index since the epoch, and `u`, the count in
 * it. The key's name has no time in it, because a cluster needs the name before Redis reads its clock.
 *
 * ARGV: want (0: peek); share (a grant above 1 is at most 1/share of what is left); now (0: Redis' own clock); since
 * when the caller has known this Redis. Then five for each key: window length in ms, limit, the last window and count
 * that the caller saw, and how much of that count it gives back.
 *
 * Returns the grant (0 to want), the time, and the window and the count of each key.
 *
 * - A window never reopens. One that is later than now's continues until now has passed it.
 * - The count that a caller saw is a minimum. It corrects a replica that was promoted before it had the last writes.
 * - A missing count is lost if its window began before this server started, and the caller knew Redis before that. If
 *   Redis keeps an append-only file, the count is not lost. The window of a lost count is used up until it ends.
 */
const lua = `
local want, share, now, since = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local function isLost(windowStart)
  -- Both ends of the uptime are whole seconds, so that the start lies within one second of this.
  local started = now - tonumber(string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)')) * 1000
  return windowStart < started + 1000 and since < started - 1000
    and not string.find(redis.call('INFO', 'persistence'), 'aof_enabled:1', 1, true)
end
local granted, free = want, math.huge
local windows, used, fresh = {}, {}, {}
for i = 1, #KEYS do
  local at = i * 5
  local length, limit = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local knownWindow, knownUsed, back = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local stored = redis.call('HMGET', KEYS[i], 'w', 'u')
  local w, u = tonumber(stored[1] or -1), tonumber(stored[2] or 0)
  local window = math.max(math.floor(now / length), w, knownWindow)
  if w < window then
    fresh[i] = true
    u = 0
    if isLost(window * length) then u = ${lostCount} end
  end
  if knownWindow == window then u = math.max(u, knownUsed) - back end
  free = math.min(free, math.max(0, limit - u))
  windows[i], used[i] = window, u
end
if granted > 1 then granted = math.max(1, math.min(granted, math.floor(free / share))) end
granted = math.min(granted, free)
local answer = { granted, now }
for i = 1, #KEYS do
  used[i] = used[i] + granted
  if want > 0 and (granted > 0 or fresh[i]) then
    redis.call('HSET', KEYS[i], 'w', windows[i], 'u', used[i])
    if fresh[i] then
      local length = tonumber(ARGV[i * 5])
      -- Kept for a while beyond its end, in case the server's clock is set back.
      redis.call('PEXPIRE', KEYS[i], (windows[i] + 1) * length - now + math.min(length, 60000))
    end
  end
  answer[i * 2 + 1], answer[i * 2 + 2] = windows[i], used[i]
end
return answer
`;

/** A script with the SHA-1 under which Redis keeps it. */
export interface RedisScript {
  readonly lua: string;
  readonly sha1: string;
}

/** The question to one counter. */
export interface CounterQuestion {
  readonly windowSeconds: number;
  readonly limit: number;
  /** `WindowCount.seen` of Redis' last answer, if the node remembers it. Redis never counts less than this. */
  readonly seen: readonly number[] | undefined;
  /** Requests that the node took with that answer, did not use and now gives back. */
  readonly back: number;
}

/** A counter after a take or peek. Instants are of Redis' clock, in epoch milliseconds. */
export interface WindowCount {
  readonly used: number;
  /** As in `RateState`. */
  readonly resetAtMs: number;
  /** Until when the node may use what it took. */
  readonly blockEndsAtMs: number;
  /** What the script needs to recognize a lost count. */
  readonly seen: readonly number[];
}

/** The script of one kind of windows, with the arguments and answers of each counter. */
export interface LimitScript extends RedisScript {
  /** Ends the names of its counters. */
  readonly suffix: string;
  argumentsOf(question: CounterQuestion): readonly number[];
  /** How many numbers the answer has for each counter. */
  readonly answerSize: number;
  read(question: CounterQuestion, numbers: readonly number[], nowMs: number): WindowCount;
}

/** Counts fixed windows. */
export const fixedScript: LimitScript = {
  lua,
  sha1: createHash('sha1').update(lua).digest('hex'),
  suffix: '',
  argumentsOf({ windowSeconds, limit, seen, back }) {
    const [windowIndex = -1, used = 0] = seen ?? [];
    return [windowSeconds * 1000, limit, windowIndex, used, back];
  },
  answerSize: 2,
  read({ windowSeconds }, [windowIndex, used]: readonly [number, number]) {
    const endsAtMs = (windowIndex + 1) * windowSeconds * 1000;
    return { used, resetAtMs: endsAtMs, blockEndsAtMs: endsAtMs, seen: [windowIndex, used] };
  },
};
