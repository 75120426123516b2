/** What the core remembers of a partition stays small: there may be 16,384 of them in one process. */
import { run } from "@meridian/core";
import { ModelHost, ModelKeyspace } from "@meridian/testkit";
import { expect, test } from "vitest";

const ROOT = "mer:{0}";
/** A table of Lua with more fields takes twice the memory. */
const FIELDS_MAX = 32;

test("a partition has so few fields that its table has 32 places", () => {
  const host = new ModelHost(new ModelKeyspace({ nowMs: () => 1_790_000_000_000, random: () => 0.5 }));
  host.restart("us".padEnd(40, "0"));
  run(host, ROOT, ["configure", "us", "us,eu", "", "slots"]);
  expect(run(host, ROOT, ["SET", "{0}k", "v"])).toEqual({ ok: "OK" });
  const partition = host.memory[ROOT] as object;
  expect(Object.keys(partition)).toContain("vector");
  expect(Object.keys(partition).length).toBeLessThanOrEqual(FIELDS_MAX);
});
