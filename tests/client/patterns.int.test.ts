/** The patterns that live on replication between regions, in three of them, of which one is cut off or lost in the middle. */
import { type ClientError, OwnedKeys, Quotas, RateLimits, StickyHomes, UniqueClaims } from "@meridian/client";
import { waitFor } from "@meridian/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Name, NAMES, ThreeRegions } from "../three-regions.js";

const LIMITS = { operationMsMax: 15_000, readyMsMax: 50 };

let three: ThreeRegions;
beforeAll(async () => {
  three = await ThreeRegions.start();
}, 60_000);
afterEach(() => three.mend());
afterAll(() => three.stop());

const inEach = <T>(make: (local: Name) => T): Record<Name, T> =>
  Object.fromEntries(NAMES.map((name) => [name, make(name)])) as Record<Name, T>;

test("sticky homes: writes from all regions go home, through moves and a cut, each once and in order", async () => {
  const homes = inEach((local) => new StickyHomes({ regions: three.regions, local, limits: LIMITS }));
  const written: string[] = [];
  let isOver = false;
  // Two regions that append at once would lose one of the two: the later value shows.
  const writer = async (from: Name): Promise<void> => {
    for (let number = 0; !isOver; number++) {
      const { replies } = await homes[from].write("ann", [["APPEND", "log:ann", `${from}${number} `]]);
      expect(replies[0]).toBeTypeOf("number");
      written.push(`${from}${number}`);
    }
  };
  const writers = NAMES.map(writer);
  try {
    for (const to of ["eu", "us", "ap", "eu", "ap", "us", "eu"] as const) await homes.ap.move("ann", to);
  } finally {
    isOver = true;
  }
  await Promise.all(writers);
  expect(await homes.us.home("ann")).toBe("eu");
  const { value, region } = await homes.us.read("ann", (redis) => redis.get("log:ann"));
  expect(region).toBe("eu");
  const log = value?.trimEnd().split(" ") ?? [];
  expect(log.toSorted()).toEqual(written.toSorted());
  for (const from of NAMES) {
    const numbers = log.filter((item) => item.startsWith(from)).map((item) => Number(item.slice(2)));
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  }
  for (const { name, redis } of three.regions) {
    const isAlike = async (): Promise<boolean> => (await redis.get("log:ann")) === value;
    await waitFor(isAlike, { what: `${name} to show the same`, timeoutMs: 20_000 });
  }
});

test("sticky homes: a move over a cut link takes no writes until it is mended; a lost home is taken over", async () => {
  const homes = new StickyHomes({ regions: three.regions, local: "us", limits: LIMITS });
  await homes.takeOver("bob", "us");
  const write = (value: string, msMax?: number) =>
    homes.write(
      "bob",
      [
        ["SET", "name:bob", value],
        ["INCR", "name:bob"],
      ],
      msMax === undefined ? {} : { msMax },
    );
  const { region, replies } = await write("a");
  expect(region).toBe("us");
  expect(replies).toEqual(["OK", expect.objectContaining({ message: expect.stringContaining("not an integer") })]);
  await waitFor(async () => (await three.named("eu").redis.get("home:bob")) === "us", { what: "eu to know the home" });

  await three.link(false, "us");
  const ends = async (what: () => Promise<unknown>): Promise<string> => {
    return what().then(
      () => "done",
      (error: ClientError) => error.code,
    );
  };
  const isMoving = (what: () => Promise<unknown>) =>
    waitFor(
      async () => {
        const end = await ends(what); // on a slow machine the time may be over before it has begun
        expect(end).not.toBe("done");
        return end === "MERIDIAN_MOVING";
      },
      { what: "a home on its way" },
    );
  await isMoving(() => homes.move("bob", "eu", { msMax: 200 }));
  await isMoving(() => write("b", 200));
  await three.link(true);
  await homes.move("bob", "eu");
  expect((await write("b")).region).toBe("eu");

  three.named("eu").line.cut();
  await expect(write("c")).rejects.toMatchObject({ code: expect.stringMatching(/^MERIDIAN_REGION(DOWN|LOST)$/) });
  expect(await homes.read("bob", (redis) => redis.type("name:bob"))).toMatchObject({ value: "string" });
  await homes.takeOver("bob", "ap");
  await waitFor(async () => (await homes.home("bob")) === "ap", { what: "us to hear of it" });
  expect((await write("d")).region).toBe("ap");
});

test("owned keys: a write goes to the owner, is refused while that is away, and then done by the next if so asked", async () => {
  const keys = new OwnedKeys({ regions: three.regions, local: "us", limits: LIMITS });
  const key = ["k1", "k2", "k3", "k4", "k5", "k6", "k7"].find((name) => keys.ownerOf(name) === "ap") ?? "";
  expect((await keys.write(key, (redis) => redis.incr(key))).region).toBe("ap");
  const local = () => keys.read(key, (redis) => redis.get(key));
  await waitFor(async () => (await local()).value === "1", { what: "the copy in us" });
  expect(await local()).toEqual({ value: "1", region: "us" });

  three.named("ap").line.cut();
  await waitFor(() => three.named("ap").redis.status !== "ready", { what: "the client to see that ap is gone" });
  await expect(keys.write(key, (redis) => redis.incr(key))).rejects.toMatchObject({ code: "MERIDIAN_OWNERAWAY" });
  await expect(keys.readOwner(key, (redis) => redis.get(key))).rejects.toMatchObject({ code: "MERIDIAN_OWNERAWAY" });
  expect((await local()).value).toBe("1");
  const next = new OwnedKeys({ regions: three.regions, local: "us", whenAway: "next", limits: LIMITS });
  expect((await next.write(key, (redis) => redis.incr(key))).region).not.toBe("ap");
  three.named("ap").line.mend();
  await waitFor(async () => (await keys.readOwner(key, (redis) => redis.get(key))) === "2", { what: "ap to be back" });
});

test("unique claims: of all who claim at once one wins, also while regions are cut off; an owner away refuses", async () => {
  const claims = inEach((local) => new UniqueClaims({ regions: three.regions, local, limits: LIMITS }));
  await three.link(false);
  for (let number = 0; number < 6; number++) {
    const results = await Promise.all(NAMES.map((name) => claims[name].claim(`name${number}`, name)));
    expect(results.filter(({ won }) => won).length).toBe(1);
    expect(new Set(results.map(({ holder }) => holder)).size).toBe(1);
  }
  await three.link(true);
  const { holder } = await claims.us.claim("name0", "late");
  for (const name of NAMES) {
    await waitFor(async () => (await claims[name].holder("name0")) === holder, { what: `${name} to show the holder` });
  }
  expect(await claims.us.release("name0", "late")).toBe(false);
  expect(await claims.us.release("name0", holder)).toBe(true);
  expect(await claims.eu.claim("name0", "late")).toEqual({ won: true, holder: "late" });

  const owned = ["n1", "n2", "n3", "n4", "n5", "n6"].find((name) => claims.us.ownerOf(name) === "eu") ?? "";
  three.named("eu").line.cut();
  await waitFor(() => three.named("eu").redis.status !== "ready", { what: "the client to see that eu is gone" });
  await expect(claims.us.claim(owned, "ann")).rejects.toMatchObject({ code: "MERIDIAN_OWNERAWAY" });
});

test("rate limits: shares never let more pass; a merged counter lets the limit pass in each part that is cut off", async () => {
  const windowMs = 86_400_000; // the test is over before it is, but for midnight: then a count begins anew
  const day = (): number => Math.floor(Date.now() / windowMs);
  const allowed = async (limits: RateLimits, id: string): Promise<number> => {
    const verdicts = await Promise.all(Array.from({ length: 12 }, () => limits.take(id)));
    return verdicts.filter((verdict) => verdict.allowed).length;
  };
  const limitsOf = (by: "merged" | Record<string, number>) =>
    inEach((name) => new RateLimits({ local: three.named(name), limit: 10, windowMs, by, limits: LIMITS }));
  const today = day();
  const shares = limitsOf({ us: 5, eu: 3, ap: 2 });
  const merged = limitsOf("merged");
  await three.link(false);
  const passed = await Promise.all(NAMES.map((name) => allowed(shares[name], "s")));
  const passedMerged = await Promise.all(NAMES.map((name) => allowed(merged[name], "m")));
  if (day() === today)
    expect([passed, passedMerged]).toEqual([
      [5, 3, 2],
      [10, 10, 10],
    ]);
  await three.link(true);
  await merged.us.take("n", 10);
  await waitFor(async () => !(await merged.eu.take("n")).allowed || day() !== today, {
    what: "eu to hear of what passed",
  });

  three.named("ap").line.cut();
  await expect(shares.ap.take("s")).rejects.toMatchObject({
    code: expect.stringMatching(/^MERIDIAN_REGION(DOWN|LOST)$/),
  });
});

test("quotas: what is taken in all regions, cut off or not, is never more than the limit; an owner away begins no window", async () => {
  const windowMs = 86_400_000; // as above: only midnight begins another one
  const day = (): number => Math.floor(Date.now() / windowMs);
  const today = day();
  for (const { name, redis } of three.regions) {
    await redis.set(`wrote:${name}`, "1"); // a share is for who has written
    for (const other of three.regions) {
      await waitFor(async () => (await other.redis.exists(`wrote:${name}`)) === 1, {
        what: `${other.name} to know ${name}`,
      });
    }
  }
  const quotas = inEach((local) => new Quotas({ regions: three.regions, local, limit: 30, windowMs, limits: LIMITS }));
  const taken = async (name: Name, times: number): Promise<number> => {
    const verdicts = await Promise.all(Array.from({ length: times }, () => quotas[name].take("ann")));
    return verdicts.filter(({ allowed }) => allowed).length;
  };
  let sum = (await Promise.all(NAMES.map((name) => taken(name, 3)))).reduce((one, other) => one + other);
  expect(sum).toBe(9); // the owner's share is enough for all of them
  for (const name of NAMES)
    await waitFor(
      async () => {
        const isHere = (await three.named(name).redis.hget(`quota:ann:${today}`, "~left")) === "21";
        return isHere || day() !== today;
      },
      { what: `the window in ${name}` },
    );
  await three.link(false);
  const cut = await Promise.all(NAMES.map((name) => taken(name, 20)));
  sum += cut.reduce((one, other) => one + other);
  if (day() === today) expect(sum).toBeLessThanOrEqual(30);
  expect(cut.every((count) => count > 0)).toBe(true);
  expect(await quotas.us.take("ann", 30)).toMatchObject({ allowed: false });
  await three.link(true);
  expect(sum + (await taken("us", 30)) + (await taken("eu", 30))).toBeLessThanOrEqual(day() === today ? 30 : 60);

  const owned = ["q1", "q2", "q3", "q4", "q5", "q6"].find((id) => quotas.us.ownerOf(id) === "eu") ?? "";
  three.named("eu").line.cut();
  await waitFor(() => three.named("eu").redis.status !== "ready", { what: "the client to see that eu is gone" });
  await expect(quotas.us.take(owned)).rejects.toMatchObject({ code: "MERIDIAN_OWNERAWAY" });
});
