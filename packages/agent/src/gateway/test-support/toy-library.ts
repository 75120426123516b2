/** A stand-in for the function library where only the gateway is of interest: runs each command as plain Redis would. */
export const TOY_LIBRARY = `#!lua name=meridiantoy
local function mer(keys, args)
  if args[1] ~= 'pipeline' and args[1] ~= 'transaction' then return redis.pcall(unpack(args)) end
  local replies, at = {}, 2
  while at <= #args do
    local count = tonumber(args[at])
    local call = {}
    for index = 1, count do call[index] = args[at + index] end
    at = at + count + 1
    replies[#replies + 1] = redis.pcall(unpack(call))
  end
  return replies
end
redis.register_function('mer', mer)
redis.register_function('mer_free', mer)
local function show(keys, args)
  table.remove(args, 1)
  return redis.pcall(unpack(args))
end
redis.register_function('mer_show', show)
`;
