/** A Lua script and the SHA-1 by which a server knows it. */
export interface RedisScript {
  readonly sha: string
  readonly lua: string
}

/*
 * Every script touches one key, so it runs on whichever cluster node holds it. `_redis-record.ts` tells the form of a record. Texts are
 * answered with '=' in front: clients that parse JSON in replies leave them alone.
 */

const READ = `local function read(record)
  local state, nonce, fence, lease, life, attempt, texts =
    string.match(record, '^(%a+) (%S*) (%d+) (%d+) (%d+) (%d+) (%[.*%])$')
  if state ~= 'busy' and state ~= 'free' and state ~= 'done' and state ~= 'dead' then state = nil end
  return state, nonce, fence, lease, life, attempt, texts
end
local function parse(texts)
  local fine, parsed = pcall(cjson.decode, texts)
  return fine and type(parsed[1]) == 'string' and type(parsed[2]) == 'string' and parsed
end
local CORRUPT = {err = 'CORRUPT record'}
local key, call = KEYS[1], redis.call
local record = call('GET', key)
`

/** ARGV: nonce, lease ms, retention ms, texts, rerun. Answers the fence of a first claim, else a list. */
export const CLAIM: RedisScript = {
  sha: 'f7161f46526425de6bcb262cda1d736f6487014d',
  lua: `${READ}local nonce, lease, life = ARGV[1], ARGV[2], ARGV[3]
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
if not record then
  local fence = string.format('%.0f', now)
  call('SET', key, 'busy ' .. nonce .. ' ' .. fence .. ' ' .. lease .. ' ' .. life .. ' 1 ' .. ARGV[4], 'PX', life)
  return fence
end
local state, owner, fence, held, lived, attempt, json = read(record)
if not state then return CORRUPT end
local texts = parse(json)
if not texts then return CORRUPT end
local tag, progress, result = texts[1], texts[2], texts[3] ~= cjson.null and texts[3]
local mine = state == 'busy' and owner == nonce
if state == 'busy' and not mine then
  local left = call('PTTL', key)
  if left < 0 then return CORRUPT end
  left = held - (lived - left)
  if left > 0 then return {'busy', left, '=' .. tag} end
end
local final = state == 'done' or state == 'dead'
if final and ARGV[5] ~= '1' then return {state, '=' .. tag, result and '=' .. result} end
attempt = tonumber(attempt)
if not mine then
  attempt = attempt + 1
  fence = string.format('%.0f', math.max(now, fence + 1))
end
if final then
  progress, result = '', false
  texts[2], texts[3] = '', cjson.null
  json = cjson.encode(texts)
end
call('SET', key, 'busy ' .. nonce .. ' ' .. fence .. ' ' .. lease .. ' ' .. life .. ' ' .. attempt .. ' ' .. json, 'PX', life)
return {'won', fence, attempt, '=' .. tag, '=' .. progress, result and '=' .. result}`,
}

/** ARGV: nonce, lease ms, retention ms. Answers 1 or 0. */
export const RENEW: RedisScript = {
  sha: '54158156631ff31c75825cb00379f33f79fc3e9a',
  lua: `${READ}local state, owner, fence, _, _, attempt, json = read(record or '')
if record and not state then return CORRUPT end
if state ~= 'busy' or owner ~= ARGV[1] then return 0 end
call('SET', key, 'busy ' .. owner .. ' ' .. fence .. ' ' .. ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. attempt .. ' ' .. json, 'PX', ARGV[3])
return 1`,
}

/** ARGV: nonce, state, retention ms, progress, result. Answers 'ok', 'late' or 'lost'. */
export const FINISH: RedisScript = {
  sha: '5e9f9d9ba7a698de2be26d26198b6d1073e30a14',
  lua: `${READ}local nonce, to = ARGV[1], ARGV[2]
local state, owner, fence, _, _, attempt, json = read(record or 'free  0 0 0 1 ["","",null]')
if not state then return CORRUPT end
local mine = owner == nonce
if state == to and mine then return 'ok' end
local answer = 'ok'
if state ~= 'busy' or not mine then
  if to ~= 'done' or state ~= 'free' then return 'lost' end
  answer = 'late'
end
if ARGV[4] or string.sub(json, -9) ~= ',"",null]' then
  local texts = parse(json)
  if not texts then return CORRUPT end
  texts[2], texts[3] = to == 'free' and ARGV[4] or '', ARGV[5] or cjson.null
  json = cjson.encode(texts)
end
call('SET', key, to .. ' ' .. nonce .. ' ' .. fence .. ' 0 0 ' .. attempt .. ' ' .. json, 'PX', ARGV[3])
return answer`,
}

/** Answers 1 or 0. */
export const RESET: RedisScript = {
  sha: '2eb133347277c4ed4fc4625ff8bd4f0c29b4176f',
  lua: `${READ}local state, _, fence, _, _, attempt, json = read(record or 'free  0 0 0 1 []')
if not state then return CORRUPT end
if state == 'busy' or state == 'free' then return 0 end
local texts = parse(json)
if not texts then return CORRUPT end
texts[2], texts[3] = '', cjson.null
call('SET', key, 'free  ' .. fence .. ' 0 0 ' .. attempt .. ' ' .. cjson.encode(texts), 'KEEPTTL')
return 1`,
}
