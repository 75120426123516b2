/** Does the function run what the gateway takes for writes, and does the gateway send it all that the function runs? */
import { commands, commandTable } from "@meridian/core";
import { expect, test } from "vitest";

/** Some of whose forms are writes. */
const PARTLY = ["bitfield", "georadius", "georadiusbymember", "sort", "xgroup", "script", "function"];

test("the gateway's writes are the function's commands", () => {
  const writes = commandTable.filter(({ kind }) => kind === "write").map(({ name }) => name);
  const theirs = Object.keys(commands).map((name) => name.toLowerCase());
  expect([...writes, ...PARTLY].toSorted()).toEqual(theirs.toSorted());
});
