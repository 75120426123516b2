/** What an agent does about bounded counters: whom it asks, what it answers, and when. The function is made up here. */
import type { Engine } from "@meridian/engine";
import { rootOfSlot } from "@meridian/core";
import { waitFor } from "@meridian/testkit";
import { afterEach, expect, test } from "vitest";
import { createLogger } from "./logger.js";
import { ShareKeeper } from "./share-keeper.js";

type Work = [string[], (string | number)[], string[], string[]];

const NOTHING: Work = [[], [], [], []];
const open: ShareKeeper[] = [];

afterEach(() => {
  for (const keeper of open.splice(0)) keeper.stop();
});

/** Tells each partition's work, the last of it again and again, and notes what is called. */
class World {
  readonly called: string[] = [];
  readonly logged: string[] = [];

  constructor(private readonly work: Record<string, Work[]>) {}

  run(parts: object): void {
    const log = createLogger("us", { format: "json", sink: { write: (line: string) => this.logged.push(line) > 0 } });
    const keeper = new ShareKeeper(parts as Engine, log, { shareEveryMs: 10, sharePatienceMs: 100 });
    open.push(keeper);
    void keeper.run();
  }

  call(partition: string, [command = "", ...args]: (string | Buffer)[]): Promise<unknown> {
    const words = args.map(String).join(" ");
    this.called.push(`${partition}> ${String(command)} ${words}`.trim());
    if (command !== "bounded") {
      const isGone = words.startsWith("ASK gone");
      return isGone ? Promise.reject(new Error("MERIDIAN_NOTBOUNDED there is none")) : Promise.resolve("OK");
    }
    const left = this.work[partition] ?? [];
    const next = left.length > 1 ? left.shift() : left[0];
    if (next === undefined) return Promise.reject(new Error("ERR it broke"));
    return Promise.resolve(next.map((list) => list.map((one) => (typeof one === "string" ? Buffer.from(one) : one))));
  }

  count(call: string): number {
    return this.called.filter((one) => one === call).length;
  }

  async looks(times: number, partition: string): Promise<void> {
    const what = `${times} looks at ${partition}`;
    await waitFor(() => this.count(`${partition}> bounded`) >= times, { what, timeoutMs: 20_000 });
  }
}

test("asks for what is lacking, answers at once where its share is the largest, and takes back what nobody has", async () => {
  const first: Work = [["gone", "5", "stock", "30"], ["shoe", "eu", 0], ["empty"], []];
  const world = new World({ one: [first, NOTHING] });
  world.run({ callBuffer: (...words: string[]) => world.call("one", words) });
  await world.looks(3, "one");
  expect(world.called.slice(0, 5)).toEqual([
    "one> bounded",
    "one> MERIDIAN.BOUNDED ASK gone 5",
    "one> MERIDIAN.BOUNDED ASK stock 30",
    "one> MERIDIAN.BOUNDED ASK empty 0",
    "one> MERIDIAN.BOUNDED ANSWER shoe eu",
  ]);
  expect(world.called.slice(5).every((one) => one === "one> bounded")).toBe(true);
  expect(world.logged).toEqual([]);
});

test("lets a region with a larger share answer first", async () => {
  const wish: Work = [[], ["shoe", "eu", 1], [], []];
  const world = new World({ one: [wish] });
  world.run({ callBuffer: (...words: string[]) => world.call("one", words) });
  const answer = "one> MERIDIAN.BOUNDED ANSWER shoe eu";
  await waitFor(() => world.count(answer) > 0, { what: "an answer", timeoutMs: 20_000 });
  const looks = world.called.indexOf(answer);
  expect(looks).toBeGreaterThan(1);
});

test("of slots asks those of which a node says that there is something", async () => {
  const node: Work = [[], [], [], [rootOfSlot(4000)]];
  const world = new World({
    "7": [node, NOTHING],
    "4000": [[["stock", "3"], [], [], []], NOTHING],
  });
  const nodes = [
    { isUp: true, slots: [7, 8, 4000] },
    { isUp: false, slots: [9000] },
  ];
  const callBuffer = (slot: number, ...words: string[]) => world.call(String(slot), words);
  world.run({ slots: { nodes, isUp: () => true, callBuffer } });
  await world.looks(4, "7");
  expect(world.called.filter((one) => one.startsWith("4000"))).toEqual([
    "4000> bounded",
    "4000> MERIDIAN.BOUNDED ASK stock 3",
    "4000> bounded",
  ]);
  expect(world.called.some((one) => one.startsWith("9000"))).toBe(false);
});

test("says once that it can't, and goes on", async () => {
  const world = new World({ one: [] });
  world.run({ callBuffer: (...words: string[]) => world.call("one", words) });
  await world.looks(3, "one");
  expect(world.logged.length).toBe(1);
  expect(world.logged[0]).toContain("shares-failed");
});
