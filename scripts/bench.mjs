/** `npm run bench`: measures Meridian beside plain Redis in one run; see docs/benchmarks.md. */
import { inRoot } from "./lib/paths.mjs";
import { prepare } from "./lib/prepare.mjs";
import { run } from "./lib/run.mjs";

await prepare();
process.exitCode = (await run(process.execPath, [inRoot("bench", "dist", "main.js"), ...process.argv.slice(2)])).code;
