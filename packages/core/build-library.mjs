/**
 * Builds the function library: the core's TypeScript, through TypeScriptToLua, into one Lua file and its source map.
 *
 *     dist/library/meridian.lua       #!lua name=meridian / -- meridian <version> <digest> / the code
 *     dist/library/meridian.lua.map   from its lines to packages/core/src
 *
 * While a library loads, Redis shows it nothing but `redis.register_function`: no `redis.call`, no `pairs`, no
 * `string`. So the code is one function, run inside the first call (docs/decisions/0004-library-build.md).
 *
 * Nothing is done where the sources, this script and the compiler are those of the last build.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { LUA_IDIOM_LOCALS, luaIdioms } from "./build/lua-idioms.mjs";

const PACKAGE = dirname(fileURLToPath(import.meta.url));
const load = createRequire(import.meta.url);
const DIAGNOSTICS_SHOWN_MAX = 20;

/** Lua that goes before and after the bundle. `require` is a local, for Redis refuses to read an unknown global. */
const PROLOGUE = `local library
local function boot()
local require = nil
${LUA_IDIOM_LOCALS}
library = (function(...)
`;
const EPILOGUE = `end)()
return library
end
redis.register_function("mer", function(keys, args) return (library or boot()).mer(keys[1], args) end)
redis.register_function{
  function_name = "mer_free",
  callback = function(keys, args) return (library or boot()).merFree(keys[1], args) end,
  flags = {"allow-oom"},
}
redis.register_function{
  function_name = "mer_show",
  callback = function(keys, args) return (library or boot()).merShow(args) end,
  flags = {"no-writes", "allow-cross-slot-keys"},
}
redis.register_function{
  function_name = "mer_agents",
  callback = function(keys, args) return (library or boot()).merAgents(keys[1], args) end,
  flags = {"no-writes"},
}
redis.register_function{
  function_name = "mer_fresh",
  callback = function(keys, args) return (library or boot()).merFresh(args) end,
  flags = {"no-writes"},
}
`;

/**
 * @param {{ entry?: string, rootDir?: string, outDir?: string, epilogue?: string }} [options] other entries are for tests
 * @returns {boolean} whether anything was built
 */
export function buildLibrary(options = {}) {
  const rootDir = options.rootDir ?? join(PACKAGE, "src");
  const entry = options.entry ?? join(PACKAGE, "src/lua/main.ts");
  const outDir = options.outDir ?? join(PACKAGE, "dist/library");
  const out = join(outDir, "meridian.lua");
  const epilogue = options.epilogue ?? EPILOGUE;
  const inputs = digestOfInputs(entry, epilogue);
  if (readOr(join(outDir, "inputs.sha1")) === inputs && readOr(out) !== "") return false;
  const { code, map } = compile({ entry, rootDir, outDir });
  const body = PROLOGUE + code + epilogue;
  const header = `#!lua name=meridian\n-- meridian ${version()} ${sha1(body)}\n`;
  mkdirSync(outDir, { recursive: true });
  replaceFile(`${out}.map`, shiftedMap(map, entry, outDir, rootDir, lineCount(header + PROLOGUE)));
  replaceFile(out, header + body);
  replaceFile(join(outDir, "inputs.sha1"), inputs);
  return true;
}

function compile({ entry, rootDir, outDir }) {
  const ts = load("typescript");
  const tstl = load("typescript-to-lua");
  const written = new Map();
  const config = tstl.parseConfigFileWithSystem(join(PACKAGE, "tsconfig.lua.json"));
  const { diagnostics } = tstl.transpileFiles(
    [entry],
    {
      ...config.options,
      rootDir,
      outDir,
      luaBundle: "meridian.lua",
      luaBundleEntry: entry,
      luaPlugins: [{ plugin: { moduleResolution: (path) => path.replace(/\.js$/, ".ts"), ...luaIdioms() } }],
    },
    (path, text) => written.set(path.endsWith(".map") ? "map" : "code", text),
  );
  const errors = diagnostics.filter(({ category }) => category === ts.DiagnosticCategory.Error);
  if (errors.length > 0 || !written.has("code")) {
    const host = { getCurrentDirectory: () => PACKAGE, getCanonicalFileName: (name) => name, getNewLine: () => "\n" };
    throw new Error(
      `the core does not compile to Lua:\n${ts.formatDiagnostics(diagnostics.slice(0, DIAGNOSTICS_SHOWN_MAX), host)}`,
    );
  }
  // Unindented, a fifth smaller: the code is kept in memory, in snapshots and in the append-only file.
  const code = written
    .get("code")
    .replace(/\n--# sourceMappingURL=.*\n?$/, "\n")
    .replace(/^ +/gm, "");
  return { code, map: written.get("map") };
}

/** The map moved down by `lines`, its sources as paths from the map's folder. */
function shiftedMap(text, entry, outDir, rootDir, lines) {
  const map = JSON.parse(text);
  map.file = "meridian.lua";
  map.mappings = ";".repeat(lines) + map.mappings;
  // The compiler names a source as seen from where that module's own Lua file would be.
  const files = new Map();
  for (const file of sourceFiles(entry)) {
    files.set(posix(relative(join(outDir, dirname(relative(rootDir, file))), file)), file);
  }
  map.sources = map.sources.map((source) => posix(relative(outDir, files.get(source) ?? source)));
  return JSON.stringify(map);
}

function posix(path) {
  return path.split(sep).join("/");
}

/** The core's sources, and those beside the entry. */
function sourceFiles(entry) {
  const folders = [...new Set([join(PACKAGE, "src"), dirname(entry)])];
  const files = folders.flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name)));
  return [...new Set(files)]
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
    .sort((left, right) => (left < right ? -1 : 1));
}

function digestOfInputs(entry, epilogue) {
  const hash = createHash("sha1").update(`${process.version} ${version()} ${entry} ${epilogue}`);
  const tools = [
    fileURLToPath(import.meta.url),
    join(PACKAGE, "build/lua-idioms.mjs"),
    join(PACKAGE, "tsconfig.lua.json"),
    load.resolve("typescript-to-lua/package.json"),
  ];
  for (const path of [...tools, ...sourceFiles(entry)]) hash.update(`\0${path}\0`).update(readFileSync(path));
  return hash.digest("hex");
}

function version() {
  return JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")).version;
}

function readOr(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** In one step, for builds may run side by side. */
function replaceFile(path, text) {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, text);
  renameSync(beside, path);
}

function sha1(text) {
  return createHash("sha1").update(text).digest("hex");
}

function lineCount(text) {
  return text.split("\n").length - 1;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) buildLibrary();
