/**
 * `npm start`: prepares, then is `meridian start` in this same process. Signals reach it without forwarding, because the
 * npm script says `exec node`: the shell that npm starts would otherwise take a SIGTERM for itself and leave us behind.
 * And when npm is killed so hard that it can pass nothing on, we see that our parent is another one, and stop.
 */
import { pathToFileURL } from "node:url";
import { inRoot } from "./lib/paths.mjs";
import { prepare } from "./lib/prepare.mjs";

const PARENT_CHECK_MS = 500;

if (process.env.npm_lifecycle_event === "start") {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, PARENT_CHECK_MS);
  timer.unref();
}

await prepare();
const { main } = await import(pathToFileURL(inRoot("packages", "cli", "dist", "index.js")).href);
process.exit(await main(["start", ...process.argv.slice(2)])); // at once, as packages/cli/bin/meridian.mjs
