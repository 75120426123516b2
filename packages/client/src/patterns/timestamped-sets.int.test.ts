/** Timestamped sets over copies that miss writes, are lost, and come back: all end alike, as one set would be. */
import { seededRandom, testSeed, waitFor } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { type PlainRegion, plainRegions, stopPlainRegions } from "./test-support/plain-regions.js";
import { type Known, isNewer, type ScoredMember } from "./timestamped-merge.js";
import { TimestampedSets } from "./timestamped-sets.js";

/** No copy is left out for being slow. */
const LIMITS = { operationMsMax: 20_000, tryMsMax: 15_000, readyMsMax: 50, avoidMs: 1 };

afterEach(stopPlainRegions);

const contentOf = async ({ redis }: PlainRegion, key: string) => [
  await redis.zrange(`${key}+`, 0, -1, "WITHSCORES"),
  await redis.zrange(`${key}-`, 0, -1, "WITHSCORES"),
];

test("the highest score wins, a delete wins over an insert of its score, and order does not matter", async () => {
  const [us] = (await plainRegions("us")) as [PlainRegion];
  const sets = new TimestampedSets({ copies: [us] });
  await sets.insert("posts", "a", 2);
  await sets.insert("posts", "a", 1);
  await sets.delete("posts", "b", 5);
  await sets.insert("posts", "b", 5);
  await sets.insert("posts", "c", 7);
  await sets.delete("posts", "c", 7);
  await sets.delete("posts", "d", 8);
  await sets.insert("posts", "d", 9.5);
  const found = await sets.select("posts");
  expect(found.members).toEqual([
    { member: "d", score: 9.5 },
    { member: "a", score: 2 },
  ]);
  expect((await sets.select("posts", { offset: 1, limit: 5, from: "near" })).members).toEqual([
    { member: "a", score: 2 },
  ]);
  await us.redis.set("text+", "not a set");
  await expect(sets.insert("text", "a", 1)).rejects.toThrow(/MERIDIAN_TOOFEWCOPIES 0 of 1 .*WRONGTYPE/);
  await expect(sets.insert("posts", "a", Number.NaN)).rejects.toMatchObject({ code: "MERIDIAN_BADPATTERN" });
  await expect(sets.select("posts", { limit: -1 })).rejects.toMatchObject({ code: "MERIDIAN_BADPATTERN" });
});

test("a read merges and repairs copies that missed random writes; pages are those of one set", async () => {
  const copies = await plainRegions("us", "eu", "ap");
  const all = new TimestampedSets({ copies, limits: LIMITS });
  const random = seededRandom(testSeed());
  const truth = new Map<string, Known>();
  const writes: Promise<unknown>[] = [];
  for (let number = 0; number < 400; number++) {
    const kind = random.chance(0.6) ? ("insert" as const) : ("delete" as const);
    const member = `m${random.integer(1, 60)}`;
    const score = random.integer(1, 300);
    const reached = new TimestampedSets({
      copies: random.shuffle(copies).slice(0, random.integer(1, 3)),
      limits: LIMITS,
    });
    writes.push(reached[kind]("posts", member, score), reached.settled());
    if (isNewer({ kind, score }, truth.get(member))) truth.set(member, { kind, score });
  }
  await Promise.all(writes);
  const expected: ScoredMember[] = [...truth]
    .flatMap(([member, state]) => (state?.kind === "insert" ? [{ member, score: state.score }] : []))
    .toSorted((one, other) => other.score - one.score || (one.member < other.member ? 1 : -1));
  for (const [offset, limit] of [
    [0, 1],
    [0, 3],
    [3, 4],
    [7, 10],
    [0, 100],
  ] as const) {
    const page = await all.select("posts", { offset, limit });
    expect(page.members, `${limit} from ${offset}`).toEqual(expected.slice(offset, offset + limit));
  }
  await all.settled();
  const shown = await Promise.all(copies.map((copy) => copy.redis.zrevrange("posts+", 0, -1)));
  for (const members of shown) expect(members).toEqual(expected.map(({ member }) => member));
});

test("with a copy lost the others take writes; with two they are refused; what came back is repaired", async () => {
  const [us, eu, ap] = (await plainRegions("us", "eu", "ap")) as [PlainRegion, PlainRegion, PlainRegion];
  const sets = new TimestampedSets({ copies: [us, eu, ap], limits: LIMITS });
  await sets.insert("posts", "first", 1);
  await sets.settled();
  await ap.server.kill9();
  expect((await sets.insert("posts", "second", 2)).in.toSorted()).toEqual(["eu", "us"]);
  const read = async (): Promise<string[]> => (await sets.select("posts")).members.map(({ member }) => member);
  expect(await read()).toEqual(["second", "first"]);

  await eu.server.kill9();
  await expect(sets.insert("posts", "third", 3)).rejects.toMatchObject({ code: "MERIDIAN_TOOFEWCOPIES" });
  expect(await read()).toEqual(["third", "second", "first"]); // it is in one copy, and no lie

  await Promise.all([eu.server.restart(), ap.server.restart()]); // both empty
  for (const { name, redis } of [eu, ap]) await waitFor(() => redis.status === "ready", { what: `${name} to be back` });
  expect((await sets.select("posts")).from).toEqual(["us", "eu", "ap"]);
  await sets.settled();
  expect(await contentOf(ap, "posts")).toEqual(await contentOf(us, "posts"));
  expect(await contentOf(eu, "posts")).toEqual(await contentOf(us, "posts"));

  await us.server.kill9();
  expect(await read()).toEqual(["third", "second", "first"]);
});

test("a set keeps the members with the highest scores", async () => {
  const copies = await plainRegions("us");
  const sets = new TimestampedSets({ copies, limits: { timestampedMembersMax: 3 } });
  for (let score = 1; score <= 6; score++) await sets.insert("posts", `m${score}`, score);
  expect((await sets.select("posts")).members.map(({ score }) => score)).toEqual([6, 5, 4]);
});
