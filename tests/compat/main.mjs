/**
 * The command line of `npm run test:compat`: each unit of Redis's suite against a server alone, then against one like it
 * behind Meridian's gateway; what differs, and the document. Exit code 1 where a test differs for which no reason is known,
 * or a known difference is gone.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findServerBinary } from "@meridian/engine";
import { compareUnit } from "./compare.mjs";
import { differences } from "./differences.mjs";
import { totals, withResults } from "./document.mjs";
import { runUnit, suiteProblem, SUITE_VERSION, UNITS } from "./suite.mjs";
import { startMeridian, startPlain } from "./targets.mjs";

const HELP = `npm run test:compat -- --suite FOLDER [options]   Redis's own tests, through the gateway

  --suite FOLDER   a checkout of Redis ${SUITE_VERSION} (default: the variable MERIDIAN_REDIS_SUITE)
  --unit NAME      only this unit, such as unit/type/string; may be given again; writes no document
  --logs FOLDER    keep what the suite prints there
`;
const DOCUMENT = fileURLToPath(new URL("../../docs/reference/compatibility.md", import.meta.url));

function options(args) {
  const { values } = parseArgs({
    args,
    options: {
      suite: { type: "string" },
      unit: { type: "string", multiple: true },
      logs: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const suite = values.suite ?? process.env["MERIDIAN_REDIS_SUITE"];
  const wrong = (values.unit ?? []).find((unit) => !UNITS.includes(unit));
  if (wrong !== undefined) throw new Error(`${wrong} is no unit of these: ${UNITS.join(", ")}`);
  return { ...values, suite, units: values.unit ?? UNITS };
}

async function main(args) {
  const given = options(args);
  if (given.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const problem = suiteProblem(given.suite);
  if (problem !== undefined) throw new Error(problem);
  const binary = await findServerBinary();
  if (binary === undefined)
    throw new Error("neither valkey-server nor redis-server 7.0 or newer is on the PATH: install one");
  if (given.logs !== undefined) mkdirSync(given.logs, { recursive: true });
  const results = [];
  for (const unit of given.units) {
    const result = await compareOn(unit, given);
    results.push(result);
    report(result);
  }
  const { plain, passed, share } = totals(results);
  process.stdout.write(`\n${passed} of ${plain} tests that ${binary.kind} ${binary.version} alone passes, ${share}\n`);
  if (given.unit === undefined) {
    const conditions = {
      date: new Date().toISOString().slice(0, 10),
      server: `${binary.kind} ${binary.version}`,
      node: process.versions.node,
      suite: SUITE_VERSION,
    };
    writeFileSync(DOCUMENT, withResults(readFileSync(DOCUMENT, "utf8"), results, conditions));
    process.stderr.write("written: docs/reference/compatibility.md\n");
  }
  return results.every(({ unknown, vanished }) => unknown.length === 0 && vanished.length === 0) ? 0 : 1;
}

async function compareOn(unit, given) {
  const skipped = differences.filter((one) => one.unit === unit && one.skipped).map(({ test }) => test);
  const plain = await onTarget("plain", startPlain, unit, given, []);
  const meridian = await onTarget("meridian", startMeridian, unit, given, skipped);
  return compareUnit(unit, plain, meridian, differences);
}

async function onTarget(name, start, unit, { suite, logs }, skipped) {
  const target = await start();
  try {
    const text = [];
    const onOutput = (output) => text.push(output);
    const results = await runUnit({ suite, unit, port: target.port, skipped, onOutput });
    if (logs !== undefined)
      writeFileSync(join(logs, `${unit.replaceAll("/", "-")}.${name}.log`), text.join("\n"), "latin1");
    return results;
  } finally {
    await target.stop();
  }
}

function report({ unit, passedPlain, failedPlain, passed, differences: known, unknown, vanished }) {
  process.stdout.write(`${unit}: ${passed} of ${passedPlain}, ${known.length} known to differ\n`);
  for (const test of failedPlain) process.stdout.write(`  the server alone fails: ${test}\n`);
  for (const { test, detail } of unknown) {
    process.stdout.write(`  differs, no reason known: ${test}\n    ${detail.split("\n")[0]}\n`);
  }
  for (const { test } of vanished) process.stdout.write(`  differs no more, take it off differences.mjs: ${test}\n`);
}

/** Servers and the suite end with this process: each has a watchdog, or is ended by its exit. */
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`test:compat: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
