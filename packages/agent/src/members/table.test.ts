/** Regions that come to agree upon who they are: any order of telling, lost answers, several changes at once. */
import { seededRandom, testSeed } from "@meridian/testkit";
import { expect, test } from "vitest";
import {
  committed,
  isContradiction,
  livingOf,
  merged,
  placeOf,
  proposed,
  seedOf,
  type Change,
  type Members,
  type Table,
} from "./table.js";

const NAMES = ["us", "eu", "ap", "sa"];
const RUNS = 300;
const STEPS = 120;

interface Region {
  mine: Members;
  heard: Map<string, Members>;
}

/** One run: who proposes, who tells whom, and whose server loses what it kept last, are drawn. */
function play(seed: number): { tables: Map<number, Set<string>>; regions: Map<string, Region> } {
  const random = seededRandom(seed);
  const regions = new Map<string, Region>(
    NAMES.slice(0, 3).map((name) => [
      name,
      { mine: seedOf(NAMES.slice(0, 3).map((one) => ({ name: one, link: "h:1" }))), heard: new Map() },
    ]),
  );
  const tables = new Map<number, Set<string>>();
  const note = ({ epoch, id }: Table): void => void tables.set(epoch, (tables.get(epoch) ?? new Set()).add(id));
  let added = 0;
  const tell = (from: string, to: string): void => {
    const [sender, receiver] = [regions.get(from)!, regions.get(to)!];
    receiver.heard.set(from, sender.mine);
    if (isContradiction(sender.mine.table, receiver.mine.table)) throw new Error(`two tables: ${from} and ${to}`);
    receiver.mine = merged(to, receiver.mine, sender.mine);
  };
  const commit = (name: string): void => {
    const region = regions.get(name)!;
    const { pending } = region.mine;
    const voted = new Set([...region.heard].filter(([, one]) => one.pending?.id === pending?.id).map(([one]) => one));
    const next = pending === null ? undefined : committed(name, region.mine, voted);
    if (next === undefined) return;
    region.mine = next;
    note(next.table);
  };
  for (let step = 0; step < STEPS; step++) {
    const names = [...regions.keys()];
    const [a, b] = [random.pick(names), random.pick(names)];
    if (a !== b) tell(a, b);
    commit(b);
    const { mine } = regions.get(a)!;
    if (mine.pending !== null || random.real() > 0.15) continue;
    const change: Change =
      random.real() < 0.7
        ? { kind: "add", name: `n${added++}`, link: "h:2" }
        : { kind: "joined", name: mine.table.places.find(({ status }) => status === "joining")?.name ?? "" };
    if (change.name === "") continue;
    const id = `${a}-${step}`;
    regions.get(a)!.mine = proposed(mine, { id, epoch: mine.table.epoch + 1, by: a, atMs: step, change });
  }
  return { tables, regions };
}

test("one table an epoch, and places that only grow, whatever is told in whichever order", () => {
  const seed = testSeed();
  for (let run = 0; run < RUNS; run++) {
    const { tables, regions } = play(seed + run);
    for (const [epoch, ids] of tables) expect([...ids], `seed ${seed + run}, epoch ${epoch}`).toHaveLength(1);
    const lists = [...regions.values()].map(({ mine }) => mine.table.places.map(({ name }) => name).join(","));
    const longest = lists.toSorted((x, y) => y.length - x.length)[0]!;
    for (const list of lists) expect(longest.startsWith(list), `seed ${seed + run}`).toBe(true);
  }
});

test("a region is forgotten without being asked, whatever was under way with it", () => {
  const seed = seedOf(["us", "eu", "ap"].map((name) => ({ name, link: "h:1" })));
  const stuck = proposed(seed, {
    id: "us-1",
    epoch: 1,
    by: "us",
    atMs: 1,
    change: { kind: "add", name: "sa", link: "h:2" },
  });
  expect(committed("us", stuck, new Set(["eu"]))).toBeUndefined();
  const forgetting = proposed(stuck, {
    id: "us-2",
    epoch: 1,
    by: "us",
    atMs: 2,
    change: { kind: "forget", names: ["ap"] },
  });
  const heard = merged("eu", merged("eu", seed, stuck), forgetting);
  expect(heard.pending?.id).toBe("us-2");
  const { table } = committed("us", forgetting, new Set(["eu"]))!;
  expect(livingOf(table)).toEqual(["us", "eu"]);
  expect(placeOf(table, "ap")?.status).toBe("forgotten");
  expect(placeOf(table, "sa")).toBeUndefined();
});
