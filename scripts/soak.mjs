/**
 * `npm run soak -- --minutes N --seed S --engine server|cluster`: storms of a minute each over the same three regions (with
 * `cluster` two of them are clusters), until something is wrong. Prints
 * its seed, a line a storm, and a verdict; exit code 1 where something was wrong, and then the folder with logs and data.
 */
import { parseArgs } from "node:util";
import { inRoot } from "./lib/paths.mjs";
import { prepare } from "./lib/prepare.mjs";
import { fail, tool } from "./lib/run.mjs";

const SEED_MAX = 2 ** 31;
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    engine: { type: "string", default: "server" },
    seed: { type: "string", default: String(1 + Math.floor(Math.random() * SEED_MAX)) },
  },
});
for (const [name, value] of Object.entries({ minutes: values.minutes, seed: values.seed })) {
  if (!/^[1-9]\d{0,9}$/.test(value)) fail(`--${name} ${value}: give a whole number above 0`, 2);
}

if (!["server", "cluster"].includes(values.engine)) fail(`--engine ${values.engine}: give server or cluster`, 2);

await prepare();
process.env["MERIDIAN_SOAK_MINUTES"] = values.minutes;
process.env["MERIDIAN_SOAK_ENGINE"] = values.engine;
process.env["SEED"] = values.seed;
const { code } = await tool("vitest/vitest.mjs", [
  "run",
  "--config",
  inRoot("vitest.soak.config.ts"),
  "--reporter=dot",
]);
process.exitCode = code;
