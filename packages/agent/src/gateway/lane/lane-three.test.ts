/** Nil, and nothing else, is put in the form of RESP3. */
import { expect, test } from "vitest";
import { withNullsOfThree } from "./lane-three.js";

test.each([
  ["$-1\r\n", "_\r\n"],
  ["*-1\r\n", "_\r\n"],
  ["*3\r\n$1\r\na\r\n$-1\r\n$-1\r\n:1\r\n", "*3\r\n$1\r\na\r\n_\r\n_\r\n:1\r\n"],
  ["+OK\r\n:-1\r\n-ERR $-1\r\n", "+OK\r\n:-1\r\n-ERR $-1\r\n"],
  ["$7\r\n\r\n$-1\r\n\r\n$-1\r\n", "$7\r\n\r\n$-1\r\n\r\n_\r\n"],
  ["", ""],
])("%j becomes %j", (bytes, expected) => {
  expect(withNullsOfThree(Buffer.from(bytes)).toString()).toBe(expected);
});
