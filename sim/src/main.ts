/** The command line: `npm run simulate -- --seed N --steps M --regions N --runs K --state-sync --hardships
 * --coalesces --folds --folds-forgotten --membership --bounded`. Exit code 1 where a run failed. */
import { parseArgs } from "node:util";
import { failureReport, summaryLine } from "./report.js";
import { beside } from "./bounded.js";
import { runSeed } from "./run.js";
import type { RunOptions } from "./swarm.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    steps: { type: "string", default: "400" },
    regions: { type: "string" },
    "state-sync": { type: "boolean", default: false },
    hardships: { type: "boolean", default: false },
    coalesces: { type: "boolean", default: false },
    folds: { type: "boolean", default: false },
    "folds-forgotten": { type: "boolean", default: false },
    membership: { type: "boolean", default: false },
    bounded: { type: "boolean", default: false },
    runs: { type: "string", default: "1" },
  },
});

function positive(name: string, given: string): number {
  const value = Number(given);
  if (Number.isInteger(value) && value > 0) return value;
  process.stderr.write(`--${name} ${given}: give a whole number above 0\n`);
  process.exit(2);
}

const seed = positive("seed", values.seed ?? String(1 + (Date.now() % 1000000)));
const steps = positive("steps", values.steps);
const options: RunOptions = values.regions === undefined ? {} : { regions: positive("regions", values.regions) };
if (values["state-sync"]) options.stateSync = true;
if (values.hardships) options.hardships = true;
if (values.coalesces) options.coalesces = true;
if (values.folds) options.folds = true;
if (values["folds-forgotten"]) Object.assign(options, { folds: true, stateSync: true, foldsForgotten: true });
if (values.membership) options.membership = true;
if (values.bounded) Object.assign(options, { bounded: true, weights: beside });
if ((options.regions ?? 2) < 2 || (options.regions ?? 2) > 4) {
  process.stderr.write(`--regions ${options.regions}: give 2, 3 or 4\n`);
  process.exit(2);
}
let failed = 0;
for (let run = 0; run < positive("runs", values.runs); run++) {
  const result = runSeed(seed + run, steps, options);
  process.stdout.write(`${summaryLine(result)}\n`);
  if (!result.failure) continue;
  failed++;
  const given = [
    options.regions === undefined ? "" : ` --regions ${options.regions}`,
    options.stateSync === true ? " --state-sync" : "",
    options.hardships === true ? " --hardships" : "",
    options.coalesces === true ? " --coalesces" : "",
    options.folds === true ? " --folds" : "",
    options.foldsForgotten === true ? " --folds-forgotten" : "",
    options.membership === true ? " --membership" : "",
    options.bounded === true ? " --bounded" : "",
  ].join("");
  process.stdout.write(
    `${failureReport(result, `npm run simulate -- --seed ${seed + run} --steps ${steps}${given}`)}\n`,
  );
}
process.exitCode = failed > 0 ? 1 : 0;
