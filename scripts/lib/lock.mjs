/**
 * One preparation at a time: `npm start` and `npm test` typed at once must not install or build over each other. The
 * lock is a folder (made in one atomic step) outside of node_modules, which `npm ci` deletes; its file names the
 * holder, and a holder that is no longer alive doesn't count.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ROOT } from "./paths.mjs";

const POLL_MS = 200;
/** A lock without a name in it, for so long, was left by a process that was killed in between. */
const NAMELESS_MS_MAX = 5_000;
const digest = createHash("sha1").update(ROOT).digest("hex").slice(0, 12);
const LOCK = join(tmpdir(), `meridian-prepare-${process.getuid?.() ?? 0}-${digest}`);

export async function withLock(work) {
  let told = false;
  while (!take()) {
    if (isAbandoned()) {
      rmSync(LOCK, { recursive: true, force: true });
      continue;
    }
    if (!told) process.stderr.write("meridian: waiting for another install or build of this checkout to end\n");
    told = true;
    await delay(POLL_MS);
  }
  const release = () => rmSync(LOCK, { recursive: true, force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

function take() {
  try {
    mkdirSync(LOCK);
    writeFileSync(join(LOCK, "pid"), String(process.pid));
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function isAbandoned() {
  let holder;
  try {
    holder = Number(readFileSync(join(LOCK, "pid"), "utf8"));
  } catch {
    const age = Date.now() - (statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    return age > NAMELESS_MS_MAX;
  }
  try {
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}
