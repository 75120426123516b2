/**
 * The examples of docs/reference/semantics.md as worked cases: the page says how to read them. Every row of a table whose
 * last column is `example` is one case, named by its command.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Check, Expected, RunStep, Step, WorkedCase } from "./case.js";

export interface Row {
  command: string;
  rule: string;
  example: string;
}

const PAGE = fileURLToPath(new URL("../../docs/reference/semantics.md", import.meta.url));
const REGION_NAMES = ["us", "eu", "ap"];
const COLUMNS = 5;

export function readRows(): Row[] {
  const rows: Row[] = [];
  let isTable = false;
  for (const line of readFileSync(PAGE, "utf8").split("\n")) {
    const cells = line
      .replace(/^\||\|$/g, "")
      .split("|")
      .map((cell) => cell.trim());
    if (!line.startsWith("|")) isTable = false;
    else if (cells.length === COLUMNS && cells.at(-1) === "example") isTable = true;
    else if (isTable && !line.startsWith("| ---")) rows.push(rowOf(line, cells));
  }
  return rows;
}

function rowOf(line: string, cells: string[]): Row {
  const [command = "", rule = "", , , example = ""] = cells;
  if (cells.length !== COLUMNS || command === "" || rule === "" || !/^`.+`$/.test(example)) {
    throw new Error(`semantics.md: not a row of ${COLUMNS} columns with an example: ${line}`);
  }
  return { command, rule, example: example.slice(1, -1) };
}

/** True where a row's example runs Lua, which the model can't. */
export function needsLua({ command }: Row): boolean {
  return /^(EVAL|SCRIPT|FCALL|FUNCTION)/.test(command);
}

/** The example of a row, to be played. */
export function caseOf({ command, rule, example }: Row): WorkedCase {
  const [before = "", ...checks] = example.split(" → ");
  const steps = before.split(" · ").flatMap((phase): Step[] => [...phase.split(" ‖ ").map(stepOf), { sync: true }]);
  if (checks.length === 0) throw new Error(`semantics.md, ${command}: the example expects nothing`);
  const id = `table-${command.toLowerCase().replaceAll(" ", "-")}`;
  return { id, type: "table", rule, steps, expect: checks.map((check) => checkOf(command, check)) };
}

function stepOf(text: string): RunStep {
  const [first = "", ...rest] = text.split(" ");
  const at = REGION_NAMES.indexOf(first);
  return at < 0 ? { at: 1, run: text } : { at: at + 1, run: rest.join(" ") };
}

function checkOf(command: string, text: string): Check {
  const [run = "", mark = "", reply] = text.split(/ (=|≈) /);
  if (reply === undefined) throw new Error(`semantics.md, ${command}: no reply in ${text}`);
  const expected = JSON.parse(reply) as Expected;
  return mark === "≈" ? { run, reply: expected, order: "any" } : { run, reply: expected };
}
