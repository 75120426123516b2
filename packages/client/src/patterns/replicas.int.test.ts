/** Patterns over a primary and plain replicas, each with a region that is lost in the middle. */
import { waitFor } from "@meridian/testkit";
import { afterEach, expect, test, type TestContext } from "vitest";
import { AuthoritativeRegion } from "./authoritative-region.js";
import { RegionalPrimary } from "./regional-primary.js";
import { type PlainRegion, primaryWithReplicas, stopPlainRegions } from "./test-support/plain-regions.js";
import { WriteTags } from "./write-tags.js";

/** Short, so that a region which is gone is told so soon. */
const LIMITS = { operationMsMax: 15_000, tryMsMax: 10_000, readyMsMax: 50 };

afterEach(stopPlainRegions);

async function threeRegions(context: TestContext): Promise<[us: PlainRegion, eu: PlainRegion, ap: PlainRegion]> {
  const regions = await primaryWithReplicas("us", "eu", "ap");
  if (regions === undefined) context.skip();
  return regions as [PlainRegion, PlainRegion, PlainRegion];
}

test("a regional primary: writes go to it, reads are near, and fall back when the near copy is gone", async (context) => {
  const [us, eu, ap] = await threeRegions(context);
  const store = new RegionalPrimary({ primary: us, replicas: [eu, ap], limits: LIMITS });
  await store.write((redis) => redis.set("flag", "on"));
  const read = () => store.read((redis) => redis.get("flag"));
  await waitFor(async () => (await read()).value === "on", { what: "the near replica to show it" });
  expect(await read()).toEqual({ value: "on", region: "eu" });

  await eu.server.kill9();
  await waitFor(() => eu.redis.status !== "ready", { what: "the client to see that eu is gone" });
  await waitFor(async () => (await read()).value === "on", { what: "the next replica to show it" });
  expect((await read()).region).toBe("ap");
  await store.write((redis) => redis.set("flag", "off")); // a lost replica holds nothing up

  await us.server.kill9();
  await expect(store.write((redis) => redis.set("flag", "lost"))).rejects.toMatchObject({
    name: "RegionError",
    code: expect.stringMatching(/^MERIDIAN_REGION(DOWN|LOST)$/),
  });
  await waitFor(async () => (await read()).value === "off", { what: "reads to go on" });
  expect((await read()).region).toBe("ap");
  await expect(store.write((redis) => redis.set("flag", "lost"), { msMax: 100 })).rejects.toMatchObject({
    code: "MERIDIAN_REGIONDOWN",
  });

  await ap.server.kill9();
  await expect(store.read((redis) => redis.get("flag"))).rejects.toMatchObject({ code: "MERIDIAN_NOREGION" });
});

test("an error of the command is the caller's, and no other region is asked", async (context) => {
  const [us, eu] = await threeRegions(context);
  const store = new RegionalPrimary({ primary: us, replicas: [eu], limits: LIMITS });
  await store.write((redis) => redis.set("text", "a"));
  await expect(store.write((redis) => redis.incr("text"))).rejects.toThrow("not an integer");
  await eu.redis.call("REPLICAOF", "NO", "ONE");
  await expect(store.read((redis) => redis.call("NOSUCHCOMMAND"))).rejects.toThrow("unknown command");
});

test("write tags: a tagged read shows the write at once, also from a copy that stands still", async (context) => {
  const [us, eu] = await threeRegions(context);
  let nowMs = 1_000_000;
  const setup = { regions: [eu, us], writeTo: "us", limits: LIMITS, now: () => nowMs };
  const tags = new WriteTags(setup);
  await us.redis.set("name", "old");
  await waitFor(async () => (await eu.redis.get("name")) === "old", { what: "eu to have the old name" });
  await eu.redis.call("REPLICAOF", "NO", "ONE"); // it hears no more
  const { tag } = await tags.write((redis) => redis.set("name", "new"));
  const read = (given?: string) => tags.read((redis) => redis.get("name"), given);
  expect(await read(tag)).toEqual({ value: "new", region: "us", showsOwnWrite: true });
  expect(await read()).toMatchObject({ value: "old", region: "eu" });
  nowMs += 4_999;
  expect((await read(tag)).region).toBe("us");
  nowMs += 1;
  expect((await read(tag)).region).toBe("eu"); // the tag is over
  for (const bad of ["x", "5@nowhere", "@us", "1e9@us"]) {
    await expect(read(bad)).rejects.toMatchObject({ code: "MERIDIAN_BADTAG" });
  }
  expect((await read(`${nowMs + 60_000}@us`)).region).toBe("eu"); // made up

  const later = await tags.write((redis) => redis.set("name", "newest"));
  await us.server.kill9();
  await expect(read(later.tag)).rejects.toMatchObject({ code: "MERIDIAN_WRITTENAWAY" });
  const near = new WriteTags({ ...setup, whenAway: "near" });
  expect(await near.read((redis) => redis.get("name"), later.tag)).toEqual({
    value: "old",
    region: "eu",
    showsOwnWrite: false,
  });
});

test("an authoritative region: a copy's age is told, too old a read goes to it, and is rejected when it is gone", async (context) => {
  const [us, eu] = await threeRegions(context);
  const limits = { ...LIMITS, pulseEveryMs: 20, pulsesKept: 100_000 };
  const store = new AuthoritativeRegion({ authority: us, copies: [eu], limits });
  try {
    await store.write((redis) => redis.set("price", "10"));
    const read = (staleMsMax: number) => store.read((redis) => redis.get("price"), { staleMsMax });
    const found = await waitFor(
      async () => {
        const price = await read(60_000);
        return price.region === "eu" && price.value === "10" && price;
      },
      { what: "eu to show it" },
    );
    expect(found.staleMs).toBeLessThanOrEqual(60_000);
    expect(await read(0)).toEqual({ value: "10", region: "us", staleMs: 0 });

    await eu.redis.call("REPLICAOF", "NO", "ONE");
    await store.write((redis) => redis.set("price", "11"));
    await waitFor(async () => (await read(200)).region === "us", { what: "eu to be too old" });
    expect(await read(200)).toEqual({ value: "11", region: "us", staleMs: 0 });
    expect(await read(600_000)).toMatchObject({ value: "10", region: "eu" });

    await us.server.kill9();
    await expect(read(200)).rejects.toMatchObject({ code: "MERIDIAN_TOOSTALE" });
    expect(await read(600_000)).toMatchObject({ value: "10", region: "eu" });
    await expect(store.write((redis) => redis.set("price", "12"))).rejects.toMatchObject({ name: "RegionError" });
  } finally {
    store.close();
  }
});
