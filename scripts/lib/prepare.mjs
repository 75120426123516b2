/**
 * What every command needs first: installed dependencies and an up-to-date build, and nothing done when nothing is
 * stale (`npm start` again costs some 20 ms here).
 *
 * 1. Installed = node_modules was made from this very package-lock.json: its digest is kept inside node_modules.
 * 2. Built = the sources are those that the last good build saw: a digest of their names, sizes and times is kept
 *    beside it. A failed build keeps none, so it is tried again.
 * 3. One preparation at a time (lock.mjs).
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "./lock.mjs";
import { inRoot } from "./paths.mjs";
import { fail, run, tool } from "./run.mjs";

const OLDEST_NODE = [20, 20];
const INSTALLED = inRoot("node_modules", ".meridian-installed");
const BUILT = inRoot("node_modules", ".meridian-built");
const LIBRARY = inRoot("packages", "core", "dist", "library", "meridian.lua");
const PAGE = inRoot("packages", "console", "dist", "page", "index.html");
/** Written last by tsc, inside dist: whoever deletes dist deletes it too, and tsc builds anew. */
const BUILD_RECORD = join("dist", "tsconfig.tsbuildinfo");

export async function prepare({ build = true } = {}) {
  checkNode();
  if (isInstalled() && (!build || isBuilt())) return;
  await withLock(async () => {
    if (!isInstalled()) await install();
    if (build && !isBuilt()) await buildAll();
  });
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  fail(`meridian: this is Node ${process.versions.node}, and it needs ${OLDEST_NODE.join(".")} or newer`);
}

function isInstalled() {
  if (!existsSync(inRoot("node_modules", ".package-lock.json"))) return false;
  if (existsSync(INSTALLED)) return readFileSync(INSTALLED, "utf8") === lockDigest();
  // Installed by hand: npm wrote its own record after the lock file.
  const byHand = statSync(inRoot("node_modules", ".package-lock.json")).mtimeMs;
  return byHand >= statSync(inRoot("package-lock.json")).mtimeMs;
}

async function install() {
  process.stderr.write("meridian: installing dependencies (once; npm ci)\n");
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--no-progress"];
  const npm = process.env.npm_execpath;
  const { code, output } = await (npm?.endsWith(".js")
    ? run(process.execPath, [npm, "ci", ...quiet], { quiet: true })
    : run("npm", ["ci", ...quiet], { quiet: true }));
  if (code !== 0) {
    fail(`${output}\nmeridian: npm ci failed (above); it needs a network or a filled npm cache, then try again`);
  }
  writeFileSync(INSTALLED, lockDigest());
}

function lockDigest() {
  return createHash("sha256")
    .update(readFileSync(inRoot("package-lock.json")))
    .digest("hex");
}

function isBuilt() {
  const sources = projectFolders().filter((folder) => existsSync(join(folder, "src")));
  const records = sources.map((folder) => join(folder, BUILD_RECORD));
  if (![LIBRARY, PAGE, BUILT, ...records].every((path) => existsSync(path))) return false;
  return readFileSync(BUILT, "utf8") === sourcesDigest();
}

export async function buildAll() {
  const digest = sourcesDigest();
  process.stderr.write("meridian: building\n");
  const compiled = await tool("typescript/bin/tsc", ["-b"]);
  if (compiled.code !== 0) fail("meridian: the build failed (above)");
  const library = await run(process.execPath, [inRoot("packages", "core", "build-library.mjs")]);
  if (library.code !== 0) fail("meridian: the build of the function library failed (above)");
  const page = await tool("vite/bin/vite.js", ["build", "--logLevel", "warn", inRoot("packages", "console")]);
  if (page.code !== 0) fail("meridian: the build of the console failed (above)");
  writeFileSync(BUILT, digest);
}

/** Everything that a build reads, by name, size and time. */
function sourcesDigest() {
  const hash = createHash("sha256");
  const note = (path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  };
  for (const file of ["package-lock.json", "tsconfig.json", "tsconfig.base.json"]) note(inRoot(file));
  for (const folder of projectFolders()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isFile() && /\.(json|mjs|html|ts)$/.test(entry.name)) note(join(folder, entry.name));
    }
    for (const path of filesUnder(join(folder, "src"))) {
      if (!path.endsWith(".test.ts")) note(path);
    }
  }
  return hash.digest("hex");
}

function projectFolders() {
  const packages = readdirSync(inRoot("packages")).map((name) => inRoot("packages", name));
  return [...packages, inRoot("sim"), inRoot("bench")].filter((folder) => existsSync(join(folder, "package.json")));
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}
