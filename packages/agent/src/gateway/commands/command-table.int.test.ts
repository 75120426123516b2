/** Is every command of a real server in the table, and does none that writes get through as it came? */
import { findServerBinary } from "@meridian/engine";
import { spawnRedis, type SpawnedRedis } from "@meridian/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { arities, commandTable } from "@meridian/core";

const native = await findServerBinary();

type Info = [name: string, arity: number, flags: string[], first: number, last: number, step: number, ...unknown[]];

let server: SpawnedRedis;
let infos: Info[];
const entries = new Map(commandTable.map((entry) => [entry.name, entry]));

beforeAll(async () => {
  server = await spawnRedis();
  infos = (await server.client().call("COMMAND")) as Info[];
});

afterAll(() => server.stop());

describe("the command table", () => {
  // Valkey 9 in WebAssembly has commands that Redis 7.0 lacks; the gateway answers those as unknown.
  test.skipIf(native === undefined)("has every command of the server, once", () => {
    expect(infos.length).toBeGreaterThan(200);
    expect(infos.map(([name]) => name).filter((name) => !entries.has(name))).toEqual([]);
    expect(commandTable.length).toBe(entries.size);
  });

  test("forwards no command that writes, or may write", () => {
    const forwarded = infos.filter(([name, , flags]) => {
      const kind = entries.get(name)?.kind;
      const writes = flags.some((flag) => ["write", "may_replicate"].includes(flag));
      // PFCOUNT may keep what it counted in the value, which then counts as before.
      return writes && kind !== "write" && kind !== "refused" && kind !== "checked" && name !== "pfcount";
    });
    expect(forwarded).toEqual([]);
    const checkedWrites = infos.filter(
      ([name, , flags]) => flags.includes("write") && entries.get(name)?.kind === "checked",
    );
    expect(checkedWrites.map(([name]) => name).toSorted()).toEqual([
      "bitfield",
      "georadius",
      "georadiusbymember",
      "pfdebug",
      "sort",
    ]);
  });

  test("forwards no subcommand that writes", () => {
    const forwarded: string[] = [];
    for (const [container, , , , , , , , , subcommands] of infos as unknown as [string, ...unknown[]][]) {
      for (const [full, , flags] of (subcommands as Info[] | undefined) ?? []) {
        const entry = entries.get(container);
        const passes = entry?.forwarded?.includes(full.split("|")[1] ?? "") ?? entry?.kind !== "refused";
        if (passes && flags.includes("write")) forwarded.push(full);
      }
    }
    expect(forwarded).toEqual([]);
  });

  test("knows where the keys of reads are", () => {
    for (const [name, , flags, first, last, step] of infos) {
      const keys = entries.get(name)?.keys;
      if (entries.get(name)?.kind !== "read" || flags.includes("movablekeys") || keys === "any") continue;
      expect([name, keys]).toEqual([name, first === 0 ? "none" : { first, last, step }]);
    }
  });

  test.skipIf(native?.kind !== "redis")("knows how many arguments each command takes", () => {
    const theirs = infos.flatMap((info) => [info, ...((info[9] as Info[] | undefined) ?? [])]);
    const taken = new Map(theirs.map(([name, arity]) => [name, arity]));
    expect([...arities].filter(([name, arity]) => (taken.get(name) ?? arity) !== arity)).toEqual([]);
    const unknown = theirs.filter(([name]) => {
      const [container = "", subcommand = ""] = name.split("|");
      const entry = entries.get(container);
      const passes = entry?.check === "writing" || entry?.forwarded?.includes(subcommand) !== false;
      return !arities.has(name) && entry?.kind !== "refused" && passes;
    });
    expect(unknown.map(([name]) => name)).toEqual([]);
  });

  test("says what to use instead of each refused command", () => {
    const silent = commandTable.filter(({ kind, instead }) => kind === "refused" && (instead ?? "").length < 10);
    expect(silent).toEqual([]);
  });
});
