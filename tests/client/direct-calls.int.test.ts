/** The example of docs/reference/direct-calls.md, in another language, does what the page says. */
import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { read } from "../repository.js";
import { type Pair, startPair } from "./servers.js";

const PAGE = "docs/reference/direct-calls.md";
const hasPython = ((): boolean => {
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    console.log("skipped: python3 is not on the PATH, so the example of another language is not run");
    return false;
  }
})();

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair.stop());

test.skipIf(!hasPython)("the Python of the page writes by the function", async () => {
  const code = /```python\n([\s\S]*?)```/.exec(read(PAGE))?.[1] ?? "";
  const before = await pair.logLength();
  const { stdout } = await promisify(execFile)("python3", ["-c", code, String(pair.regionServer.port)]);
  expect(stdout.split("\n")).toEqual([
    "hello",
    "[b'OK', 3]",
    "WRONGTYPE Operation against a key holding the wrong kind of value",
    "",
  ]);
  expect(await pair.logLength()).toBe(before + 2);
});

test("the lines of the page are taken as they stand", async () => {
  const plain = pair.plain().duplicate({ port: pair.regionServer.port });
  const lines = [...read(PAGE).matchAll(/FCALL mer[a-z_]* [01] mer:\{0\} [^\n`"]+/g)].map(([line]) => line);
  expect(lines.length).toBeGreaterThan(6);
  for (const line of lines) {
    const [name = "", ...rest] = line.trim().split(" ");
    if (rest.includes("resp3") || rest.includes("EVAL")) continue; // of another protocol; with quotes
    await plain.call(name, ...rest);
  }
  expect(await plain.get("greeting")).toBe("hello");
  plain.disconnect();
});
