/** The files to start with: meridian.yaml is one that an agent takes, and a cache never shares a server that may not evict. */
import { parseConfig } from "@meridian/agent";
import { expect, test } from "vitest";
import { advise, type Setup } from "./advise.js";
import type { DataKind } from "./needs.js";
import { someNeeds, type Changes } from "./test-support/some-needs.js";

function setups(kinds: readonly DataKind[], changes: Changes = {}): Setup[] {
  const all = kinds.map((kind) => someNeeds(kind, changes));
  const [first] = all;
  if (first === undefined) return [];
  return advise({ ...first, data: all.flatMap(({ data }) => data) }).setups;
}

test("an agent takes the meridian.yaml of active-active, which owned keys share", () => {
  const session = someNeeds("session");
  const { data } = someNeeds("stock", { stalenessMs: 0 });
  const [setup, ...others] = advise({ ...session, data: [...session.data, ...data] }).setups;
  expect(others).toEqual([]);
  expect(setup).toMatchObject({ architectures: ["active-active", "owned-keys"], for: ["session", "stock"] });
  const yaml = setup?.files.find(({ name }) => name.startsWith("meridian.yaml"));
  const config = parseConfig(yaml?.lines.join("\n") ?? "", "meridian.yaml");
  expect(config.regions.map(({ name }) => name)).toEqual(["us", "eu", "ap"]);
  expect(config.link.tls).toBeDefined();
});

test("a server that may evict is one of its own", () => {
  const [cache, kept] = setups(["cache", "counter"], { stalenessMs: 0 });
  const lines = cache?.files.map((file) => file.lines.join(" "));
  expect(kept).toBeUndefined();
  expect(cache).toMatchObject({ architectures: ["one-region"], for: ["cache", "counter"] });
  expect(lines?.filter((text) => text.includes("allkeys-lru")).every((text) => !text.includes("appendonly"))).toBe(
    true,
  );
  expect(lines?.filter((text) => text.includes("noeviction"))).toHaveLength(2);
});

test("no write may be lost: each is synced", () => {
  const text = (changes: Changes): string => JSON.stringify(setups(["counter"], changes));
  expect(text({ lostWrites: "none" })).toContain("appendfsync always");
  expect(text({})).toContain("appendfsync everysec");
});

test("an agent takes the meridian.yaml of active-passive: the region in the middle writes; a database needs no files of ours", () => {
  const [passive] = setups(["flag"]);
  const [yaml, server] = passive?.files ?? [];
  const config = parseConfig(yaml?.lines.join("\n") ?? "", "meridian.yaml");
  expect(config).toMatchObject({ mode: "active-passive", activePassive: { primary: "eu" } });
  expect(server?.lines).toContain("tls-replication yes");
  expect(setups(["balance"])).toEqual([]);
});
