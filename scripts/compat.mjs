/** `npm run test:compat -- --suite FOLDER`: Redis's own tests through the gateway; see docs/reference/compatibility.md. */
import { inRoot } from "./lib/paths.mjs";
import { prepare } from "./lib/prepare.mjs";
import { run } from "./lib/run.mjs";

await prepare();
process.exitCode = (
  await run(process.execPath, [inRoot("tests", "compat", "main.mjs"), ...process.argv.slice(2)])
).code;
