/** The deterministic simulator: one seed, one run, every property checked. */
export { Failure } from "./failure.js";
export { failureReport, summaryLine } from "./report.js";
export { runSeed, type RunResult } from "./run.js";
export type { Mutant, RunOptions } from "./swarm.js";
export type { Step } from "./world.js";
