/** Comparing regions that are told by hand: what is called different, and what is not, whatever the order of things. */
import { BUCKETS, SLOTS, slotOfKey } from "@meridian/core";
import { expect, test } from "vitest";
import type { KeyProblem, KeyReading, StampVector, VerifyAnswer, VerifyDocument, VerifyQuestion } from "./documents.js";
import { bucketOfKey, bucketsIn } from "./layout.js";
import { verifyLimits } from "./limits.js";
import type { VerifySource } from "./sources.js";
import { verifyRegions } from "./verification.js";

interface Shown {
  value: string;
  problem?: KeyProblem;
  deadlineMs?: number;
}

/** A region whose keys and vector change as it is asked; `onRead` runs before each look at its keys. */
class FakeRegion implements VerifySource {
  keys: Record<string, Shown> = {};
  vector: StampVector = { "us~1": 1 };
  layout = { partitions: 1, buckets: BUCKETS };
  looks = 0;
  onRead: (look: number) => void = () => undefined;

  constructor(readonly region: string) {}

  ask<Q extends VerifyQuestion>(question: Q): Promise<never> {
    return Promise.resolve(this.answer(question) as never);
  }

  private answer(question: VerifyQuestion): VerifyAnswer {
    switch (question.kind) {
      case "layout":
        return this.layout;
      case "tallies":
        return this.tallies();
      case "strays":
        return { next: "0", keys: 0, straysBase64: [] };
      case "buckets": {
        this.onRead(++this.looks);
        const keys = Object.keys(this.keys).filter((key) => question.buckets.includes(this.bucketOf(key)));
        return { keys: keys.map((key) => this.reading(key)), largeBase64: [] };
      }
      case "key":
        this.onRead(++this.looks);
        return { ...this.reading(textOf(question.keyBase64)), vector: this.vector, next: "" };
      case "vectors":
        return { vectors: Object.fromEntries(question.partitions.map((one) => [one, this.vectorOf(one)])) };
      default:
        throw new Error("not asked here");
    }
  }

  vectorOf = (_partition: number): StampVector => ({ ...this.vector });

  private tallies(): VerifyAnswer {
    const tallies = Buffer.alloc(bucketsIn(this.layout) * verifyLimits.tallyBytes);
    const problems = [];
    for (const [key, { value, problem }] of Object.entries(this.keys)) {
      tallies.write(value.padEnd(verifyLimits.tallyBytes, "."), this.bucketOf(key) * verifyLimits.tallyBytes, "latin1");
      if (problem !== undefined) problems.push({ keyBase64: base64(key), problem });
    }
    const keys = Object.keys(this.keys).length;
    return {
      next: bucketsIn(this.layout),
      keys,
      talliesBase64: tallies.toString("base64"),
      problems,
      largeBase64: [],
    };
  }

  private bucketOf(key: string): number {
    return bucketOfKey(this.layout, Buffer.from(key));
  }

  private reading(key: string): KeyReading {
    const shown = this.keys[key];
    if (shown === undefined) return { keyBase64: base64(key), tally: null, kept: "", problem: null, deadlineMs: 0 };
    const { value, problem = null, deadlineMs = 0 } = shown;
    return { keyBase64: base64(key), tally: value, kept: "the same", problem, deadlineMs };
  }
}

function base64(key: string): string {
  return Buffer.from(key).toString("base64");
}

function textOf(keyBase64: string): string {
  return Buffer.from(keyBase64, "base64").toString();
}

function three(): [FakeRegion, FakeRegion, FakeRegion] {
  return [new FakeRegion("us"), new FakeRegion("eu"), new FakeRegion("ap")];
}

/** In the order of their keys. */
function listed(document: VerifyDocument): [string, string][] {
  const found = document.differences.map(({ key, kind }): [string, string] => [String(key), kind]);
  return found.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

async function differences(regions: FakeRegion[], waitMs = 200): Promise<[string, string][]> {
  const document = await verifyRegions(regions, { waitMs });
  return listed(document);
}

test("what is the same in two rounds and not in all regions differs; a region alone with its value is named", async () => {
  const [us, eu, ap] = three();
  for (const region of [us, eu, ap]) region.keys = { same: { value: "1" }, key: { value: region === eu ? "b" : "a" } };
  const document = await verifyRegions([us, eu, ap], { waitMs: 200 });
  expect(document.differences).toMatchObject([{ key: "key", kind: "differs" }]);
  expect(document.differences[0]?.explanation).toContain("in eu it was overwritten past the function");
  expect(document.equal).toBe(false);
  expect(us.looks).toBe(2);
});

test("a write on its way is no difference: the next region is not read before it has it", async () => {
  const [us, eu, ap] = three();
  us.keys = { key: { value: "new" } };
  us.vector = { "us~1": 9 };
  const arrive = setTimeout(() => {
    for (const region of [eu, ap]) {
      region.keys = { key: { value: "new" } };
      region.vector = { "us~1": 9 };
    }
  }, 100);
  expect(await differences([us, eu, ap], 5000)).toEqual([]);
  expect([us.looks, eu.looks, ap.looks]).toEqual([1, 1, 1]);
  clearTimeout(arrive);
});

test("a key that changes in each round is busy, and no difference", async () => {
  const [us, eu, ap] = three();
  for (const region of [us, eu, ap]) {
    region.onRead = (look) => (region.keys = { key: { value: `${look} ${region.region}` } });
    region.onRead(0);
  }
  const document = await verifyRegions([us, eu, ap], { waitMs: 50 });
  expect(document).toMatchObject({ equal: true, differences: [{ kind: "busy" }] });
});

test("what one region shows the same each time, and another one not, is not proven", async () => {
  const [us, eu] = three();
  us.keys = { key: { value: "still" } };
  eu.onRead = (look) => (eu.keys = { key: { value: `${look}` } });
  expect(await differences([us, eu], 50)).toEqual([["key", "busy"]]);
});

test("a region that never gets what another has is behind, and named; what is wrong by itself is certain all the same", async () => {
  const [us, eu, ap] = three();
  us.keys = { key: { value: "new" }, broken: { value: "x", problem: "parts" } };
  us.vector = { "us~1": 9 };
  ap.vector = { "us~1": 9 };
  const document = await verifyRegions([us, eu, ap], { waitMs: 100 });
  expect(document.behind).toEqual([{ region: "eu", of: "us" }]);
  expect(listed(document)).toEqual([
    ["broken", "differs"],
    ["key", "behind"],
  ]);
  expect(document.equal).toBe(false);
});

test("the same problem in all regions is told, though their tallies are the same", async () => {
  const regions = three();
  for (const region of regions) region.keys = { key: { value: "x", problem: "value" } };
  expect(await differences(regions)).toEqual([["key", "differs"]]);
});

test("a key that one region let expire a moment earlier is not called different; one that has long to live is", async () => {
  const [us, eu] = three();
  us.keys = {
    soon: { value: "1", deadlineMs: Date.now() + 5000 },
    late: { value: "1", deadlineMs: Date.now() + 3_600_000 },
  };
  expect(await differences([us, eu], 50)).toEqual([
    ["late", "differs"],
    ["soon", "busy"],
  ]);
});

test("a region that can't be read is named, and the others are compared", async () => {
  const [us, eu, ap] = three();
  eu.ask = () => Promise.reject(new Error("the server is away"));
  us.keys = { key: { value: "1" } };
  const document = await verifyRegions([us, eu, ap], { waitMs: 100 });
  expect(document.regions[1]).toMatchObject({ region: "eu", problem: "the server is away" });
  expect(document.differences).toMatchObject([{ key: "key", kind: "differs" }]);
  ap.keys = { key: { value: "1" } };
  expect(await verifyRegions([us, eu, ap], { waitMs: 100 })).toMatchObject({ equal: false, differences: [] });
});

test("of slots only those are behind that lack something; what differs in another one is proven all the same", async () => {
  const [us, eu] = three();
  const [late, other] = ["late", "other"].map((key) => slotOfKey(key));
  for (const region of [us, eu]) region.layout = { partitions: SLOTS, buckets: 16 };
  us.vectorOf = (slot) => ({ "us~1": slot === late ? 9 : 1 });
  us.keys = { late: { value: "new" }, other: { value: "a" }, same: { value: "1" } };
  eu.keys = { other: { value: "b" }, same: { value: "1" } };
  const document = await verifyRegions([us, eu], { waitMs: 100 });
  expect(listed(document)).toEqual([
    ["late", "behind"],
    ["other", "differs"],
  ]);
  expect(document.behind).toEqual([{ region: "eu", of: "us" }]);
  expect(late).not.toBe(other);
});

test("a region of slots and one that is whole are not compared", async () => {
  const [us, eu] = three();
  eu.layout = { partitions: SLOTS, buckets: 16 };
  const document = await verifyRegions([us, eu], { waitMs: 100 });
  expect(document.equal).toBe(false);
  expect(document.regions[1]?.problem).toContain("16384 partitions of 16 buckets, us has 1 of 65536");
});
