/** MONITOR shows what clients sent. */
import { expect, test } from "vitest";
import { monitorLines } from "./monitor-lines.js";

const HEAD = "+1700000000.123456 [0 127.0.0.1:50000] ";

function shown(command: string, head = HEAD): string[] {
  return monitorLines(`${head}${command}\r\n`, "mer:{0}")
    .split("\r\n")
    .slice(0, -1)
    .map((line) => line.slice(head.length));
}

test.each([
  ['"GET" "key"', ['"GET" "key"']],
  ['"FCALL" "mer" "1" "mer:{0}" "SET" "k" "a \\"quoted\\" value"', ['"SET" "k" "a \\"quoted\\" value"']],
  ['"FCALL" "mer_free" "1" "mer:{0}" "resp3" "SPOP" "k"', ['"SPOP" "k"']],
  ['"FCALL" "mer" "1" "mer:{0}" "pipeline" "3" "SET" "k" "v" "2" "INCR" "n"', ['"SET" "k" "v"', '"INCR" "n"']],
  ['"FCALL" "mer" "1" "mer:{0}" "resp3" "transaction" "2" "INCR" "n"', ['"INCR" "n"']],
  ['"FCALL" "other" "1" "k"', ['"FCALL" "other" "1" "k"']],
])("%s is shown as what was sent", (line, expected) => {
  expect(shown(line)).toEqual(expected);
});

test.each([
  '"FCALL" "mer" "1" "mer:{0}" "apply" "x"',
  '"FCALL" "mer_free" "1" "mer:{0}" "sweep"',
  '"XREAD" "STREAMS" "mer:{0}:log" "0"',
])("%s is not", (line) => {
  expect(shown(line)).toEqual([]);
});

test("nor what the function does", () => {
  expect(shown('"set" "k" "v"', "+1700000000.123456 [0 lua] ")).toEqual([]);
});
