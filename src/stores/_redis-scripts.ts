/** A Lua script and the SHA-1 by which a server knows it. */
export interface RedisScript {
  readonly sha: string
  readonly lua: string
}

/*
 * A record is one HASH, so that every script touches one key and runs on whichever cluster node holds it:
 *   s  busy, free, done or dead
 *   n  nonce of the owner, or of the one who settled it
 *   f  fence: microseconds since the epoch at the claim, or the last fence + 1
 *   l  lease of a first claim in ms, counted from f
 *   e  end of the lease in microseconds; left out where f and l say it
 *   a  attempt; left out: 1
 *   t  tag    p  progress    v  result
 * Fields that a later version adds are kept. Absent and printed numbers are avoided on the first claim: printing one takes Redis a
 * microsecond, a fifth of the script. Texts are answered with '=' in front: clients that parse JSON in replies leave them alone.
 */

/** ARGV: nonce, lease ms, retention ms, tag, rerun. Answers the fence of a first claim, else a list. */
export const CLAIM: RedisScript = {
  sha: 'f2f95e16d839334d7182047e71d05e65ac3dfdd7',
  lua: `local call, key, nonce, lease = redis.call, KEYS[1], ARGV[1], ARGV[2]
local time = call('TIME')
local fence = time[1] .. string.format('%06d', time[2])
local state = call('HGET', key, 's')
if not state then
  call('HSET', key, 's', 'busy', 'n', nonce, 'f', fence, 'l', lease, 't', ARGV[4])
  call('PEXPIRE', key, ARGV[3])
  return fence
end
local now, r = tonumber(fence), call('HMGET', key, 'n', 'f', 'l', 'e', 'a', 't', 'p', 'v')
local last, tag, progress, result = tonumber(r[2]), r[6] or '', r[7] or '', r[8]
local mine = state == 'busy' and r[1] == nonce
if state == 'busy' and not mine then
  local ends = tonumber(r[4]) or (last and tonumber(r[3]) and last + r[3] * 1000)
  if not ends then return redis.error_reply('CORRUPT lease') end
  if ends > now then return {'busy', math.ceil((ends - now) / 1000), '=' .. tag} end
end
local final = state == 'done' or state == 'dead'
if final and ARGV[5] ~= '1' then return {state, '=' .. tag, result and '=' .. result} end
if not final and state ~= 'busy' and state ~= 'free' then return redis.error_reply('CORRUPT state') end
local attempt = tonumber(r[5]) or 1
if mine then
  fence = r[2]
else
  attempt = attempt + 1
  if last and last >= now then fence = string.format('%.0f', last + 1) end
end
call('HSET', key, 's', 'busy', 'n', nonce, 'f', fence, 'e', string.format('%.0f', now + lease * 1000), 'a', attempt)
call('PEXPIRE', key, ARGV[3])
if final then
  call('HDEL', key, 'p', 'v')
  progress, result = '', false
end
return {'won', fence, attempt, '=' .. tag, '=' .. progress, result and '=' .. result}`,
}

/** ARGV: nonce, lease ms, retention ms. Answers 1 or 0. */
export const RENEW: RedisScript = {
  sha: 'd13c7a376476d033d571e98a672240d1b1445b17',
  lua: `local key = KEYS[1]
local r = redis.call('HMGET', key, 's', 'n')
if r[1] ~= 'busy' or r[2] ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
redis.call('HSET', key, 'e', string.format('%.0f', time[1] * 1000000 + time[2] + ARGV[2] * 1000))
redis.call('PEXPIRE', key, ARGV[3])
return 1`,
}

/** ARGV: nonce, state, retention ms, progress, result. Answers 'ok', 'late' or 'lost'. */
export const FINISH: RedisScript = {
  sha: '90133f94e52a149b9118e3c27e764c714080a395',
  lua: `local key, nonce, to, result = KEYS[1], ARGV[1], ARGV[2], ARGV[5]
local r = redis.call('HMGET', key, 's', 'n', 'v')
local state = r[1]
local mine = r[2] == nonce
if state == to and mine then return 'ok' end
local answer = 'ok'
if state ~= 'busy' or not mine then
  if state and not ({busy = 1, free = 1, done = 1, dead = 1})[state] then return redis.error_reply('CORRUPT state') end
  if to ~= 'done' or (state and state ~= 'free') then return 'lost' end
  answer = 'late'
end
local fields = {'s', to, 'n', nonce}
if to == 'free' then fields[5], fields[6] = 'p', ARGV[4] end
if result then fields[#fields + 1], fields[#fields + 2] = 'v', result end
redis.call('HSET', key, unpack(fields))
if r[3] and not result then redis.call('HDEL', key, 'v') end
redis.call('PEXPIRE', key, ARGV[3])
return answer`,
}

/** Answers 1 or 0. */
export const RESET: RedisScript = {
  sha: '6076424d7f992a8a2c7608a283b0db79af68c096',
  lua: `local state = redis.call('HGET', KEYS[1], 's')
if not state or state == 'busy' or state == 'free' then return 0 end
if state ~= 'done' and state ~= 'dead' then return redis.error_reply('CORRUPT state') end
redis.call('HSET', KEYS[1], 's', 'free')
redis.call('HDEL', KEYS[1], 'n', 'p', 'v')
return 1`,
}
