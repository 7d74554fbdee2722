"""What must happen at once in Redis, as Lua: begin, admit, append, read, settle, park. Redis 6.2 or later, or Valkey.

Every script may be run twice by a client that lost the reply: the second run changes nothing more.
"""

from arena.stream.redis import KEPT_S

TOUCH = f"for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, {KEPT_S}) end\n"
KEYS = "local stream, control, running, leases, nexts, counts, park = unpack(KEYS)\n"
FENCED = "if redis.call('HGET', control, 'reader') ~= ARGV[1] then return redis.error_reply('SUPERSEDED') end\n"

# reader, generation, version, batch, max_staleness, max_running, max_bytes, max_entries, group, then producer and mark
BEGIN = (
    """
local generation = tonumber(ARGV[2])
local former = tonumber(redis.call('HGET', control, 'generation') or '-1')
if former > generation then return redis.error_reply('SUPERSEDED') end
if former < generation then redis.call('DEL', running, leases, nexts) end
redis.pcall('XGROUP', 'CREATE', stream, ARGV[9], '0', 'MKSTREAM')
local marks = {}
for i = 10, #ARGV, 2 do marks[ARGV[i]] = tonumber(ARGV[i + 1]) end
local waiting, bytes, from = 0, 0, '-'
while true do
  local entries = redis.call('XRANGE', stream, from, '+', 'COUNT', 64)
  if #entries == 0 then break end
  for _, entry in ipairs(entries) do
    local f = {}
    for i = 1, #entry[2], 2 do f[entry[2][i]] = entry[2][i + 1] end
    bytes = bytes + #(f.blob or '')
    local first, count = tonumber(f.first), tonumber(f.count)
    if first and count and f.producer and tonumber(f.generation) == generation then
      local past = first + count
      waiting = waiting + math.max(0, past - math.max(first, marks[f.producer] or 0))
      marks[f.producer] = math.max(past, marks[f.producer] or 0)
    end
    from = '(' .. entry[1]
  end
end
for producer, mark in pairs(marks) do
  if mark > tonumber(redis.call('HGET', nexts, producer) or '0') then
    redis.call('HSET', nexts, producer, string.format('%.0f', mark))
  end
end
redis.call('HSET', control, 'reader', ARGV[1], 'generation', ARGV[2], 'version', ARGV[3], 'batch', ARGV[4],
  'max_staleness', ARGV[5], 'max_running', ARGV[6], 'max_bytes', ARGV[7], 'max_entries', ARGV[8], 'told', 0,
  'accepted', tonumber(ARGV[3]) * tonumber(ARGV[4]) + waiting, 'bytes', bytes)
"""
    + TOUCH
)

# reader, version
PUBLISH = FENCED + "redis.call('HSET', control, 'version', ARGV[2])\n" + TOUCH

# With keys of its own. reader, seconds to keep, version, blob, how many versions the pool has, each of
# them, then version and blob of each new one.
PUBLISH_WEIGHTS = """
local control, newest, pool = unpack(KEYS)
if redis.call('HGET', control, 'reader') ~= ARGV[1] then return redis.error_reply('SUPERSEDED') end
redis.call('HSET', newest, 'version', ARGV[3], 'blob', ARGV[4])
local there, past = {}, 5 + tonumber(ARGV[5])
for i = 6, past do there[ARGV[i]] = true end
for i = past + 1, #ARGV, 2 do redis.call('HSET', pool, ARGV[i], ARGV[i + 1]) end
for _, version in ipairs(redis.call('HKEYS', pool)) do
  if not there[version] then redis.call('HDEL', pool, version) end
end
for _, key in ipairs({newest, pool}) do redis.call('EXPIRE', key, ARGV[2]) end
"""

# reader, group, consumer, after, count
READ = (
    FENCED
    + """
local function from(id)
  local reply = redis.call('XREADGROUP', 'GROUP', ARGV[2], ARGV[3], 'COUNT', ARGV[5], 'STREAMS', stream, id)
  return reply and reply[1][2] or {}
end
local given = from(ARGV[4])
if #given > 0 then return given end
return from('>')
"""
)

# reader, group, number, dropped, how many counts, name and number of each, then id and size of each done
SETTLE = (
    FENCED
    + """
local at = 6 + 2 * tonumber(ARGV[5])
if tonumber(ARGV[3]) > tonumber(redis.call('HGET', control, 'told')) then
  redis.call('HSET', control, 'told', ARGV[3])
  redis.call('HINCRBY', control, 'accepted', 0 - tonumber(ARGV[4]))
  for i = 6, at - 1, 2 do redis.call('HINCRBY', counts, ARGV[i], ARGV[i + 1]) end
end
for i = at, #ARGV, 2 do
  redis.call('XACK', stream, ARGV[2], ARGV[i])
  local gone = redis.call('XDEL', stream, ARGV[i])
  redis.call('HINCRBY', control, 'bytes', 0 - gone * tonumber(ARGV[i + 1]))
end
return 1
"""
)

# reader, group, id, size, count to give back, reason, head, how many to keep, producer, number after its last.
# Room is given back for what was appended; what somebody wrote past the arena never took any.
PARK = (
    FENCED
    + """
redis.call('XACK', stream, ARGV[2], ARGV[3])
if redis.call('XDEL', stream, ARGV[3]) == 0 then return 0 end
redis.call('XADD', park, 'MAXLEN', ARGV[8], '*', 'reason', ARGV[6], 'bytes', ARGV[4], 'head', ARGV[7])
redis.call('HINCRBY', counts, 'parked', 1)
redis.call('HINCRBY', control, 'bytes', 0 - tonumber(ARGV[4]))
if tonumber(ARGV[10]) <= tonumber(redis.call('HGET', nexts, ARGV[9]) or '-1') then
  redis.call('HINCRBY', control, 'accepted', 0 - tonumber(ARGV[5]))
end
return 1
"""
)

HEARD = """
local function heard(producer, under_way, lease_ms)
  local t = redis.call('TIME')
  local now = t[1] * 1000 + math.floor(t[2] / 1000)
  for _, gone in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now)) do
    redis.call('HDEL', running, gone)
    redis.call('ZREM', leases, gone)
  end
  redis.call('HSET', running, producer, under_way)
  redis.call('ZADD', leases, now + lease_ms, producer)
end
"""

# producer, wanted, running, lease in ms
ADMIT = (
    HEARD
    + """
local c = redis.call('HMGET', control, 'generation', 'version', 'accepted', 'batch', 'max_staleness', 'max_running')
if not c[1] then return {-1, 0, 0} end
heard(ARGV[1], ARGV[3], ARGV[4])
"""
    + TOUCH
    + """
local under_way = 0
for _, n in ipairs(redis.call('HVALS', running)) do under_way = under_way + n end
local fresh = (c[5] + c[2] + 1) * c[4] - (c[3] + under_way)
local granted = math.max(0, math.min(tonumber(ARGV[2]), fresh, c[6] - under_way))
redis.call('HINCRBY', running, ARGV[1], granted)
return {tonumber(c[1]), tonumber(c[2]), granted}
"""
)

# producer, generation, first, count, blob, running, lease in ms
APPEND = (
    HEARD
    + """
local c = redis.call('HMGET', control, 'generation', 'bytes', 'max_bytes', 'max_entries')
if c[1] ~= ARGV[2] then return 'dead' end
local first, count, due = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(redis.call('HGET', nexts, ARGV[1]) or '0')
if first + count <= due then
  heard(ARGV[1], ARGV[6], ARGV[7])
  return 'duplicate'
end
local entries = redis.call('XLEN', stream)
if entries >= tonumber(c[4]) or c[2] + #ARGV[5] > tonumber(c[3]) then
  heard(ARGV[1], ARGV[6] + count, ARGV[7])
  return 'full'
end
heard(ARGV[1], ARGV[6], ARGV[7])
redis.call('XADD', stream, '*', 'producer', ARGV[1], 'generation', ARGV[2], 'first', ARGV[3], 'count', ARGV[4],
  'blob', ARGV[5])
redis.call('HSET', nexts, ARGV[1], string.format('%.0f', first + count))
redis.call('HINCRBY', control, 'bytes', #ARGV[5])
redis.call('HINCRBY', control, 'accepted', first + count - math.max(first, due))
"""
    + TOUCH
    + "return 'taken'\n"
)
