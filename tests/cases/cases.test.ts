/**
 * The worked cases and the examples of docs/reference/semantics.md over model regions: all of them, those that need a clock
 * of their own too.
 */
import { commands } from "@meridian/core";
import { expect, test } from "vitest";
import { readCases } from "./case.js";
import { clashCases } from "./clash-cases.js";
import { ModelRegions } from "./model-regions.js";
import { play } from "./play.js";
import { caseOf, needsLua, readRows } from "./semantics-table.js";

test.each([...readCases(), ...clashCases()])("$id: $rule", async (worked) => {
  const outcome = (await play(new ModelRegions(), [worked])).get(worked.id);
  expect(outcome?.problems, `\n${outcome?.lines.join("\n")}\n`).toEqual([]);
});

const rows = readRows();

test.each(rows.filter((row) => !needsLua(row)).map(caseOf))("semantics.md, $id: $rule", async (worked) => {
  const outcome = (await play(new ModelRegions(), [worked])).get(worked.id);
  expect(outcome?.problems, `\n${outcome?.lines.join("\n")}\n`).toEqual([]);
});

test("semantics.md has a row for every command that the core knows, and for no other", () => {
  expect(rows.map(({ command }) => command).toSorted()).toEqual(Object.keys(commands).toSorted());
});

test("each example of semantics.md runs the command of its row", () => {
  for (const { command, example } of rows) expect(example.toUpperCase(), command).toContain(command);
});
