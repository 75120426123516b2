/** What must not be said before it is on the disk, and until when. */
import { expect, test } from "vitest";
import { needsSilence, Silence } from "./silence.js";
import { proposed, seedOf, type Proposal } from "./table.js";

const seed = seedOf(["us", "eu"].map((name) => ({ name, link: "h:1" })));
const add = (by: string): Proposal => {
  return { id: `${by}-1-2`, epoch: 1, by, atMs: 1, change: { kind: "add", name: "sa", link: "h:2" } };
};

test("a list of its own, and a proposal of its own given up; nothing else", () => {
  const mine = proposed(seed, add("us"));
  const made = { table: { epoch: 1, id: "us-1-2", places: seed.table.places }, pending: null };
  expect(needsSilence("us", mine, made)).toBe(true);
  expect(needsSilence("eu", proposed(seed, add("us")), made)).toBe(false);
  expect(needsSilence("us", mine, proposed(seed, add("eu")))).toBe(true);
  expect(needsSilence("us", seed, mine)).toBe(false);
  expect(needsSilence("us", made, made)).toBe(false);
});

test("silent until the disk has it and what it has was read", async () => {
  const steps: string[] = [];
  let sync = (): void => undefined;
  const synced = new Promise<true>((resolve) => (sync = () => resolve(true)));
  const silence = new Silence(
    () => synced,
    () => {
      steps.push("read");
      return Promise.resolve();
    },
  );
  const over = new Promise<void>((resolve) => silence.begin(resolve));
  expect(silence.isKept).toBe(true);
  expect(steps).toEqual([]);
  sync();
  await over;
  expect(silence.isKept).toBe(false);
  expect(steps).toEqual(["read"]);
});
