/** The command line of `npm run bench`: tables to stdout, progress to stderr, and docs/ after a full run. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { BenchError, textOf } from "./errors.js";
import { HELP, parseOptions } from "./options.js";
import { textReport, withResults } from "./report/document.js";
import type { Results } from "./results.js";
import { runBench } from "./run-bench.js";

const DOCUMENT = new URL("../../docs/benchmarks.md", import.meta.url);
const RAW_FOLDER = new URL("../../docs/benchmarks/", import.meta.url);
const RAW = new URL("results.json", RAW_FOLDER);

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  const startedMs = performance.now();
  const results = await runBench(options, (text) => {
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    process.stderr.write(`${String(seconds).padStart(4)} s  ${text}\n`);
  });
  process.stdout.write(options.json ? `${rawText(results)}\n` : textReport(results));
  if (options.writesDocs) await writeDocs(results);
}

async function writeDocs(results: Results): Promise<void> {
  const document = withResults(await readFile(DOCUMENT, "utf8"), "docs/benchmarks.md", results);
  await mkdir(RAW_FOLDER, { recursive: true });
  await writeFile(RAW, `${rawText(results)}\n`);
  await writeFile(DOCUMENT, document);
  process.stderr.write(`written: docs/benchmarks.md, ${fileURLToPath(RAW).split("/").slice(-3).join("/")}\n`);
}

/** One measurement a line: short enough to read, and to compare by `git diff`. */
function rawText(results: Results): string {
  const lines = Object.entries(results).map(([name, value]) => {
    const text = Array.isArray(value)
      ? `[\n${value.map((item) => `    ${JSON.stringify(item)}`).join(",\n")}\n  ]`
      : JSON.stringify(value);
    return `  ${JSON.stringify(name)}: ${text}`;
  });
  return `{\n${lines.join(",\n")}\n}`;
}

/** Servers and agents end with this process: each has a watchdog or a channel to it. */
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof BenchError ? `${error.code} ` : ""}${textOf(error)}\n`);
  process.exitCode = error instanceof BenchError && error.code === "BENCH_BADOPTION" ? 2 : 1;
}
