/** `npm run simulate -- --seed N --steps M`: the deterministic simulator. */
import { inRoot } from "./lib/paths.mjs";
import { prepare } from "./lib/prepare.mjs";
import { run } from "./lib/run.mjs";

await prepare();
process.exitCode = (await run(process.execPath, [inRoot("sim", "dist", "main.js"), ...process.argv.slice(2)])).code;
