/** Which settings a client may set through the gateway. */
import { expect, test } from "vitest";
import { takeApart } from "./command-arguments.js";
import { refusedSettingAt } from "./server-settings.js";

function refusedAt(...words: string[]): number | undefined {
  const given = ["CONFIG", "SET", ...words];
  const bytes = Buffer.from(given.map((word) => `$${word.length}\r\n${word}\r\n`).join(""));
  return refusedSettingAt(takeApart(bytes, 0, given.length));
}

test("what is the server's own business passes, in any case of letters", () => {
  expect(refusedAt("Hash-Max-Listpack-Entries", "8", "SAVE", "", "lua-time-limit", "10")).toBeUndefined();
});

test("one that is not is found among others", () => {
  expect(refusedAt("maxmemory", "1", "requirepass", "x")).toBe(4);
  expect(refusedAt("a-setting-of-later-servers", "1")).toBe(2);
});

test("some pass with the value that Meridian needs only", () => {
  expect(refusedAt("maxmemory-policy", "NoEviction", "appendonly", "yes")).toBeUndefined();
  expect(refusedAt("maxmemory-policy", "allkeys-lru")).toBe(2);
  expect(refusedAt("appendonly", "no")).toBe(2);
  expect(refusedAt("appendonly")).toBe(2);
});
