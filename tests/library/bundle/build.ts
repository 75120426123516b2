/** Builds the test bundle, and reads and writes the whole state of a server that runs it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildLibrary } from "../../../packages/core/build-library.mjs";

const ROOT = "mer:{0}";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const OUT = fileURLToPath(new URL("../dist/", import.meta.url));
export const BUNDLE_MAP = join(OUT, "meridian.lua.map");
/** See LATER_MS in main.ts. */
export const LATER_MS = 10_000_000_000_000;

/** `dump`: [key, type, deadline, contents] of every key; of a stream with its last id and its groups. */
const EPILOGUE = `end)()
return library
end
redis.register_function("mer", function(keys, args) return (library or boot()).mer(keys[1], args) end)
redis.register_function("probe", function(keys, args) return (library or boot()).probe(args) end)
local readers = {string = {"GET"}, hash = {"HGETALL"}, set = {"SMEMBERS"}, stream = {"XRANGE", "-", "+"},
  list = {"LRANGE", "0", "-1"}, zset = {"ZRANGE", "0", "-1", "WITHSCORES"}}
local function groups(key)
  local all = {}
  for _, info in ipairs(redis.call("XINFO", "GROUPS", key)) do
    local pending = {}
    for _, row in ipairs(redis.call("XPENDING", key, info[2], "-", "+", 100000)) do
      pending[#pending + 1] = {row[1], row[2], row[4]}
    end
    all[#all + 1] = {info[2], info[8], pending}
  end
  return all
end
redis.register_function("dump", function()
  local all = {}
  for _, key in ipairs(redis.call("KEYS", "*")) do
    local type = redis.call("TYPE", key).ok
    local reader = readers[type]
    local contents = redis.call(reader[1], key, unpack(reader, 2))
    if type == "stream" and string.sub(key, 1, 12) ~= "${ROOT}:log:" then
      contents = {contents, redis.call("XINFO", "STREAM", key)[8], groups(key)}
    end
    local deadline = redis.call("PEXPIRETIME", key)
    all[#all + 1] = {key, type, string.format("%.0f", deadline), contents}
  end
  return all
end)
`;

export function bundleCode(): string {
  buildLibrary({
    rootDir: fileURLToPath(new URL("../../../", import.meta.url)),
    entry: join(HERE, "main.ts"),
    outDir: OUT,
    epilogue: EPILOGUE,
  });
  return readFileSync(join(OUT, "meridian.lua"), "utf8");
}
