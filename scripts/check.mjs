/** `npm run lint`, `format`, `format:check`, `types`, `layers`: one check, with what it needs installed and built first. */
import { checks } from "./lib/checks.mjs";
import { prepare } from "./lib/prepare.mjs";
import { fail } from "./lib/run.mjs";

const name = process.argv[2] ?? "";
const check = checks[name];
if (check === undefined) fail(`no check '${name}'; there are: ${Object.keys(checks).join(", ")}`, 2);
await prepare({ build: check.built });
process.exitCode = (await check.run()).code;
