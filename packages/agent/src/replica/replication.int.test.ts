/** Replication between real servers, with the real library. */
import { findServerBinary } from "@meridian/engine";
import { waitFor } from "@meridian/testkit";
import { afterEach, beforeAll, expect, test } from "vitest";
import { Regions } from "./test-support/regions.js";

const native = await findServerBinary();
let regions: Regions | undefined;

beforeAll(() => {
  if (native === undefined) console.warn("SKIPPED: no valkey-server or redis-server on the PATH");
});

afterEach(async () => {
  await regions?.stop();
  regions = undefined;
});

async function start(...names: string[]): Promise<Regions> {
  regions = await Regions.start(names);
  await regions.linksUp();
  return regions;
}

test.skipIf(native === undefined)("two regions: what is written in one is read in the other", async () => {
  const { get, converged } = bound(await start("a", "b"));
  await get("a").engine.call("SET", "k", "v");
  await waitFor(async () => (await get("b").engine.redis.get("k")) === "v", { what: "k in b" });
  await get("b").engine.call("SET", "k", Buffer.from([0, 255, 10]));
  await get("b").engine.call("INCRBY", "n", "5");
  await get("a").engine.call("INCRBY", "n", "7");
  await converged();
  expect(await get("a").engine.redis.getBuffer("k")).toEqual(Buffer.from([0, 255, 10]));
  expect(await get("a").engine.redis.get("n")).toBe("12");
  expect(await get("b").engine.redis.get("n")).toBe("12");
});

function bound(all: Regions) {
  return { get: (name: string) => all.get(name), converged: () => all.converged() };
}
