/** The benchmarks. `npm run bench` is the way to run them. */
export { type BenchOptions, parseOptions } from "./options.js";
export type { Results } from "./results.js";
export { runBench } from "./run-bench.js";
export { textReport, withResults } from "./report/document.js";
