/**
 * Redis's test suite, which is not part of this tree: where it is, which of its units are about commands, and how one of
 * them is run against a server that is there already.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "@meridian/engine";
import { parseSuiteOutput } from "./suite-output.mjs";

export const SUITE_VERSION = "7.0";

export const UNITS = [
  "unit/type/string",
  "unit/type/incr",
  "unit/type/list",
  "unit/type/list-3",
  "unit/type/set",
  "unit/type/zset",
  "unit/type/hash",
  "unit/type/stream",
  "unit/type/stream-cgroups",
  "unit/bitops",
  "unit/bitfield",
  "unit/hyperloglog",
  "unit/geo",
  "unit/sort",
  "unit/keyspace",
  "unit/scan",
  "unit/expire",
  "unit/dump",
  "unit/multi",
  "unit/scripting",
  "unit/functions",
  "unit/pubsub",
  "unit/protocol",
  "unit/info-command",
  "unit/introspection",
  "unit/introspection-2",
  "unit/latency-monitor",
  "unit/lazyfree",
  "unit/other",
  "unit/pause",
  "unit/quit",
  "unit/slowlog",
  "unit/tracking",
];

/** What needs DEBUG or a replica is about one server; what is slow is left out by the suite itself unless asked for. */
const OPTIONS = ["--singledb", "--ignore-encoding", "--ignore-digest", "--durable"].concat([
  "--tags",
  "-needs:repl -needs:debug -slow",
]);
/** A test that shows no progress for so long hangs. */
const HUNG_AFTER_SECONDS = 120;
const UNIT_MS_MAX = 600_000;
/** A unit is begun again without each test that hung; so often. */
const HANGS_MAX = 8;

/** What is wrong with the folder, and what to do; undefined where it is right. */
export function suiteProblem(folder) {
  const how = `git clone --depth 1 --branch ${SUITE_VERSION} https://github.com/redis/redis.git FOLDER, then npm run test:compat -- --suite FOLDER (or set MERIDIAN_REDIS_SUITE)`;
  if (folder === undefined || folder === "") return `where Redis's test suite is was not said: ${how}`;
  if (existsSync(join(folder, "tests", "test_helper.tcl"))) return undefined;
  return `${folder} does not hold Redis's test suite (tests/test_helper.tcl): ${how}`;
}

/** The results of a unit against the server on this port; `skipped` are names of tests that are not run. */
export async function runUnit({ suite, unit, port, skipped = [], onOutput = () => undefined }) {
  const results = [];
  const hung = [];
  for (let tries = 0; tries <= HANGS_MAX; tries++) {
    const { output, late } = await runOnce({ suite, unit, port, skipped: [...skipped, ...hung] });
    onOutput(output);
    const found = parseSuiteOutput(output);
    const stuck = found.find(({ outcome }) => outcome === "hung");
    if (stuck === undefined) {
      if (late) results.push({ test: "(the rest of the unit)", outcome: "hung", detail: "no end in the time given" });
      return [...results, ...found];
    }
    hung.push(stuck.test);
    results.push(stuck);
  }
  return results;
}

async function runOnce({ suite, unit, port, skipped }) {
  // The suite's driver listens on the first free one of the 32 ports below its base.
  const basePort = (await freePort()) + 32;
  const server = ["--host", "127.0.0.1", "--port", String(port), "--baseport", String(basePort)];
  const what = ["--timeout", String(HUNG_AFTER_SECONDS), "--single", unit];
  const left = skipped.flatMap((name) => ["--skiptest", name]);
  // A group of its own: the suite's driver starts a second process, and both must end.
  const child = spawn("tclsh", ["tests/test_helper.tcl", ...server, ...OPTIONS, ...what, ...left], {
    cwd: suite,
    detached: true,
    env: { ...process.env, TERM: "dumb" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const end = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // it has ended by itself
    }
  };
  process.once("exit", end);
  const chunks = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  child.stderr.on("data", (chunk) => chunks.push(chunk));
  const closed = new Promise((resolve, reject) => {
    child.once("error", ({ message }) =>
      reject(new Error(`tclsh does not start (${message}): install Tcl 8.5 or newer`)),
    );
    child.once("close", () => resolve("closed"));
  });
  const stopped = new AbortController();
  const ending = delay(UNIT_MS_MAX, "late", { signal: stopped.signal }).catch(() => "closed");
  let how;
  try {
    how = await Promise.race([closed, ending]);
  } finally {
    stopped.abort();
    end();
    process.off("exit", end);
  }
  await closed;
  return { output: Buffer.concat(chunks).toString("latin1"), late: how === "late" };
}
