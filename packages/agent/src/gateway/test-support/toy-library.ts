/**
 * A stand-in for the function library where only the gateway is of interest: runs each command as plain Redis would, and
 * those that wait in their form that does not.
 */
export const TOY_LIBRARY = `#!lua name=meridiantoy
local function pop(call, name)
  if #call < 3 then return redis.error_reply("ERR wrong number of arguments for '" .. string.lower(call[1]) .. "' command") end
  if not tonumber(call[#call]) then return redis.error_reply('ERR timeout is not a float or out of range') end
  for index = 2, #call - 1 do
    local popped = redis.pcall(name, call[index])
    if type(popped) == 'table' and popped.err then return popped end
    if type(popped) == 'table' and popped[1] then return {call[index], popped[1], popped[2]} end
    if type(popped) == 'string' then return {call[index], popped} end
  end
  return false
end
local pops = {BLPOP = 'LPOP', BRPOP = 'RPOP', BZPOPMIN = 'ZPOPMIN', BZPOPMAX = 'ZPOPMAX'}
local moves = {BLMOVE = 'LMOVE', BRPOPLPUSH = 'RPOPLPUSH'}
local function run(call)
  local name = string.upper(call[1])
  if pops[name] then return pop(call, pops[name]) end
  if moves[name] then return redis.pcall(moves[name], unpack(call, 2, #call - 1)) end
  if name == 'XREADGROUP' and string.upper(call[5] or '') == 'BLOCK' then
    table.remove(call, 5)
    table.remove(call, 5)
  end
  return redis.pcall(unpack(call))
end
local function mer(keys, args)
  if args[1] ~= 'pipeline' then return run(args) end
  local replies, at = {}, 2
  while at <= #args do
    local count = tonumber(args[at])
    local call = {}
    for index = 1, count do call[index] = args[at + index] end
    at = at + count + 1
    replies[#replies + 1] = run(call)
  end
  return replies
end
redis.register_function('mer', mer)
redis.register_function('mer_free', mer)
`;
