// The script of the Redis limiter for sliding windows. It keeps the rules of `in-process-sliding.ts`.
import { createHash } from 'node:crypto';
import { type LimitScript, lostCount } from './redis-script.ts';
import { slotMsOf, slotStartMs } from './sliding-log.ts';

/**
 * KEYS[i] is the log of one window length: a hash of `n`, how many requests it ever admitted, and `e`, the admitted
 * requests that still count. These are packed pairs, the oldest first: the instant of the entry's last request, and the
 * number of its requests.
 *
 * ARGV: want (0: peek); share (a grant above 1 is at most 1/share of what is left); now (0: Redis' own clock); since
 * when the caller has known this Redis. Then seven for each key: window length in ms, limit, slot length in ms, the
 * last `n`, count and newest entry that the caller saw, and how much of that entry it gives back.
 *
 * Returns the grant (0 to want), the time, and for each key: the count, when more remains than now, `n`, and the newest
 * entry.
 *
 * - A grant above 1 may be used until its slot ends, so it counts from there.
 * - The `n` that a caller saw is a minimum. What is missing was lost, by a replica that was promoted before it had the
 *   last writes. It counts from the newest entry that the caller saw.
 * - A missing log is lost if the window reaches back beyond the start of this server, and the caller knew Redis before
 *   that. If Redis keeps an append-only file, the log is not lost. A lost log is used up until the window has passed
 *   the start.
 */
const lua = `
local want, share, now, since = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local function lostUntil(length)
  -- Both ends of the uptime are whole seconds, so that the start lies within one second of this.
  local started = now - tonumber(string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)')) * 1000
  if now - length < started + 1000 and since < started - 1000
    and not string.find(redis.call('INFO', 'persistence'), 'aof_enabled:1', 1, true) then return started + 1000 end
end
local function add(log, last, count)
  local at = #log + 1
  while at > 1 and log[at - 2] >= last do at = at - 2 end
  if log[at] == last then log[at + 1] = log[at + 1] + count
  else
    table.insert(log, at, count)
    table.insert(log, at, last)
  end
end
local granted, free = want, math.huge
local logs, used, totals, isChanged = {}, {}, {}, {}
for i = 1, #KEYS do
  local at = i * 7 - 2
  local length, limit = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local seenTotal, seenUsed, seenLast = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
  local back = tonumber(ARGV[at + 6])
  local stored = redis.call('HMGET', KEYS[i], 'e', 'n')
  local log, total = {}, tonumber(stored[2] or 0)
  if stored[1] then
    local entries, size = cmsgpack.unpack(stored[1]), 0
    for e = 1, #entries, 2 do
      if entries[e] + length > now then
        log[size + 1], log[size + 2] = entries[e], entries[e + 1]
        size = size + 2
      end
    end
  else
    local lost = lostUntil(length)
    if lost then
      add(log, lost, ${lostCount})
      isChanged[i] = true
    end
  end
  if seenTotal > total then
    if seenLast + length > now then
      add(log, seenLast, math.min(seenTotal - total, seenUsed))
      isChanged[i] = true
    end
    total = seenTotal
  end
  local sum = 0
  for e = 1, #log, 2 do
    if back > 0 and log[e] == seenLast then
      log[e + 1] = math.max(0, log[e + 1] - back)
      isChanged[i] = true
    end
    sum = sum + log[e + 1]
  end
  free = math.min(free, math.max(0, limit - sum))
  logs[i], used[i], totals[i] = log, sum, total
end
if granted > 1 then granted = math.max(1, math.min(granted, math.floor(free / share))) end
granted = math.min(granted, free)
local answer = { granted, now }
for i = 1, #KEYS do
  local at = i * 7 - 2
  local length, limit, slot = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local log = logs[i]
  if granted > 0 then
    local start = math.floor(now / slot) * slot
    local last = granted > 1 and start + slot - 1 or now
    local newest = log[#log - 1]
    if newest and newest >= start then
      log[#log - 1], log[#log] = math.max(newest, last), log[#log] + granted
    else
      log[#log + 1] = last
      log[#log + 1] = granted
    end
    used[i], totals[i] = used[i] + granted, totals[i] + granted
  end
  local newest = log[#log - 1] or 0
  if want > 0 and (granted > 0 or isChanged[i]) then
    redis.call('HSET', KEYS[i], 'e', cmsgpack.pack(log), 'n', totals[i])
    -- Kept for a while beyond its end, in case the server's clock is set back.
    redis.call('PEXPIRE', KEYS[i], newest + length - now + math.min(length, 60000))
  end
  local reset, inTheWay = now + length, math.max(0, used[i] - limit)
  for e = 1, #log, 2 do
    inTheWay = inTheWay - log[e + 1]
    if inTheWay < 0 then
      reset = log[e] + length
      break
    end
  end
  local out = i * 4 - 1
  answer[out], answer[out + 1], answer[out + 2], answer[out + 3] = used[i], reset, totals[i], newest
end
return answer
`;

/** Counts sliding windows. */
export const slidingScript: LimitScript = {
  lua,
  sha1: createHash('sha1').update(lua).digest('hex'),
  suffix: 's',
  argumentsOf({ windowSeconds, limit, seen, back }) {
    const [total = 0, used = 0, newestMs = 0] = seen ?? [];
    const lengthMs = windowSeconds * 1000;
    return [lengthMs, limit, slotMsOf(limit, lengthMs), total, used, newestMs, back];
  },
  answerSize: 4,
  read({ windowSeconds, limit }, numbers: readonly [number, number, number, number], nowMs) {
    const [used, resetAtMs, total, newestMs] = numbers;
    const slotMs = slotMsOf(limit, windowSeconds * 1000);
    return { used, resetAtMs, blockEndsAtMs: slotStartMs(nowMs, slotMs) + slotMs, seen: [total, used, newestMs] };
  },
};
