/** A Lua script and the SHA-1 by which a server knows it. */
export interface RedisScript {
  readonly sha: string
  readonly lua: string
}

/*
 * Every script touches one key, so it runs on whichever cluster node holds it; CLAIM_FRESH and FINISH take several where the server is
 * no cluster. `_redis-record.ts` tells the form of a record. Texts are answered with '=' in front: clients that parse JSON in replies
 * leave them alone.
 */

const FORM = `local function read(record)
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
local call = redis.call
`

const READ = `${FORM}local key = KEYS[1]
local record = call('GET', key)
`

/** ARGV: nonce, lease ms, retention ms, texts, rerun. Answers the fence of a first claim, else a list. */
export const CLAIM: RedisScript = {
  sha: '49f8c4f8d603e4087f38be100443d0af88a0bf9e',
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
  sha: '7917a0d9422ffb5b7bcf026c100df3d0b05ed717',
  lua: `${READ}local state, owner, fence, _, _, attempt, json = read(record or '')
if record and not state then return CORRUPT end
if state ~= 'busy' or owner ~= ARGV[1] then return 0 end
call('SET', key, 'busy ' .. owner .. ' ' .. fence .. ' ' .. ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. attempt .. ' ' .. json, 'PX', ARGV[3])
return 1`,
}

/**
 * ARGV of each key: record, life ms. Claims what is not there; answers the number of keys, and of each that was there its index and '='
 * with what stands there, or '!' for an error.
 */
export const CLAIM_FRESH: RedisScript = {
  sha: '0227c1c1f5385fee440d3599cd9a6c9f03af165b',
  lua: `local found = {#KEYS}
for i, key in ipairs(KEYS) do
  local standing = redis.pcall('SET', key, ARGV[2 * i - 1], 'PX', ARGV[2 * i], 'NX', 'GET')
  if standing then
    found[#found + 1] = i
    found[#found + 1] = type(standing) == 'string' and '=' .. standing or '!'
  end
end
return found`,
}

/**
 * ARGV of each key: nonce, state, retention ms, progress, and the result with '=' in front or nothing. Answers 'ok', 'late' or 'lost' of
 * one key; of several their number, and of each that is not ok its index and '=' with the answer, or '!' for an error.
 */
export const FINISH: RedisScript = {
  sha: 'ec093e38fb67b1c786c959ea68da96f5bbf91cc4',
  lua: `${FORM}local sub = string.sub
local function finish(key, nonce, to, life, progress, result)
  local record = call('GET', key) or 'free  0 0 0 1 ["","",null]'
  local plain = progress == '' and result == '' and sub(record, -9) == ',"",null]'
  if plain and sub(record, 1, #nonce + 6) == 'busy ' .. nonce .. ' ' then
    call('SET', key, to .. sub(record, 5), 'PX', life)
    return 'ok'
  end
  local state, owner, fence, _, _, attempt, json = read(record)
  if not state then return CORRUPT end
  local mine = owner == nonce
  if state == to and mine then return 'ok' end
  local answer = 'ok'
  if state ~= 'busy' or not mine then
    if to ~= 'done' or state ~= 'free' then return 'lost' end
    answer = 'late'
  end
  if not plain then
    local texts = parse(json)
    if not texts then return CORRUPT end
    texts[2], texts[3] = progress, result ~= '' and sub(result, 2) or cjson.null
    json = cjson.encode(texts)
  end
  call('SET', key, to .. ' ' .. nonce .. ' ' .. fence .. ' 0 0 ' .. attempt .. ' ' .. json, 'PX', life)
  return answer
end
if #KEYS == 1 then return finish(KEYS[1], unpack(ARGV)) end
local found, i = {#KEYS}, 0
local function tell(answer)
  found[#found + 1] = i
  found[#found + 1] = type(answer) == 'string' and '=' .. answer or '!'
end
local function rest()
  while i < #KEYS do
    i = i + 1
    local at = 5 * i
    local answer = finish(KEYS[i], ARGV[at - 4], ARGV[at - 3], ARGV[at - 2], ARGV[at - 1], ARGV[at])
    if answer ~= 'ok' then tell(answer) end
  end
end
while not pcall(rest) do tell(false) end
return found`,
}

/** Answers 1 or 0. */
export const RESET: RedisScript = {
  sha: '94dfc6846f2356f2cdebe5c04451e3ab3bd8371f',
  lua: `${READ}local state, _, fence, _, _, attempt, json = read(record or 'free  0 0 0 1 []')
if not state then return CORRUPT end
if state == 'busy' or state == 'free' then return 0 end
local texts = parse(json)
if not texts then return CORRUPT end
texts[2], texts[3] = '', cjson.null
call('SET', key, 'free  ' .. fence .. ' 0 0 ' .. attempt .. ' ' .. cjson.encode(texts), 'KEEPTTL')
return 1`,
}

/** Answers which server runs it, as it calls itself. */
export const WHO: RedisScript = {
  sha: '5c9ffe4e96c21626dbb2c5af051d969c7cd29571',
  lua: `return '=' .. string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')`,
}
