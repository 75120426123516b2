/**
 * Bounded counters, told one command at a time: no region sells what it has no right to, whatever was cut, lost or begun
 * anew (docs/decisions/0038-bounded-counters.md).
 */
import type { Reply } from "@meridian/core";
import { beforeEach, describe, expect, test } from "vitest";
import { WHOLE } from "./names.js";
import type { Region } from "./region.js";
import { deliver, ToldRegions } from "./told-regions.js";

let told: ToldRegions;
let us: Region;
let eu: Region;
let ap: Region;

beforeEach(() => {
  told = new ToldRegions();
  ({ us, eu, ap } = told);
  for (const region of told.regions) region.call("SET", `hello:${region.name}`, "");
  told.sync();
});

const bounded = (region: Region, ...args: string[]): Reply => region.call("MERIDIAN.BOUNDED", ...args);
const soldOut = (here: number, elsewhere: number): unknown => ({
  err: expect.stringContaining(`MERIDIAN_SOLDOUT here ${here} elsewhere ${elsewhere}:`) as string,
});
const refused = (code: string): unknown => ({ err: expect.stringContaining(code) as string });

/** The earlier incarnations of the region can speak no more: as its agent finds when all have been calm together. */
function fold(region: Region): void {
  told.sync();
  for (const one of told.regions) one.sync();
  const ended = [...region.vector()].filter(
    ([origin, stamp]) => origin.startsWith(`${region.name}~`) && origin < region.ownOrigin() && stamp !== WHOLE,
  );
  const ends = ended.flatMap(([origin, stamp]) => [origin, String(stamp)]);
  expect(region.call("fold", ended.at(-1)![0], ...ends)).toBe(1);
  told.sync();
}

describe("a stock", () => {
  test("is sold where its shares are, and nowhere beyond them", () => {
    expect(bounded(us, "CREATE", "s", "10", "eu", "4")).toEqual({ ok: "OK" });
    told.sync();
    expect(bounded(us, "TAKE", "s", "6")).toBe(0);
    expect(bounded(us, "TAKE", "s", "1")).toEqual(soldOut(0, 4));
    expect(bounded(eu, "TAKE", "s", "3")).toBe(1);
    expect(bounded(eu, "TAKE", "s", "2")).toEqual(soldOut(1, 6)); // what us has sold is not known yet
    told.sync();
    for (const region of told.regions)
      expect(bounded(region, "GET", "s").toString()).toMatch(/^1,[01],us,0,eu,1,ap,0$/);
    expect(told.everywhere("HGET", "s", "~left")).toBe("1");
    expect(told.everywhere("TYPE", "s")).toEqual({ ok: "hash" });
  });

  test("counts a share that was given once it has arrived", () => {
    bounded(us, "CREATE", "s", "10");
    told.sync();
    expect(bounded(us, "GIVE", "s", "eu", "7")).toBe(3);
    expect(bounded(us, "TAKE", "s", "4")).toEqual(soldOut(3, 7));
    expect(bounded(eu, "TAKE", "s", "1")).toEqual(soldOut(0, 10));
    told.sync();
    expect(bounded(eu, "TAKE", "s", "7")).toBe(0);
    expect(bounded(eu, "ADD", "s", "2")).toBe(2);
    told.sync();
    expect(bounded(ap, "GET", "s")).toEqual([5, 0, "us", 3, "eu", 2, "ap", 0]);
  });

  test("refuses what is no amount, no region and no stock, and changes nothing", () => {
    bounded(us, "CREATE", "s", "10");
    us.call("SET", "t", "text");
    const before = us.vector();
    for (const amount of ["0", "-1", "x", "1.5", "1000000000001", ""]) {
      expect(bounded(us, "TAKE", "s", amount)).toEqual(refused("MERIDIAN_BADAMOUNT"));
    }
    expect(bounded(us, "CREATE", "s", "10")).toEqual(refused("MERIDIAN_BOUNDEDEXISTS"));
    expect(bounded(us, "CREATE", "u", "10", "eu", "11")).toEqual(refused("MERIDIAN_BADSHARES"));
    expect(bounded(us, "GIVE", "s", "mars", "1")).toEqual(refused("MERIDIAN_UNKNOWNSHARE"));
    expect(bounded(us, "GIVE", "s", "us", "1")).toEqual(refused("MERIDIAN_OWNSHARE"));
    expect(bounded(us, "GIVE", "s", "eu", "11")).toEqual(soldOut(10, 0));
    expect(bounded(us, "TAKE", "none", "1")).toEqual(refused("MERIDIAN_NOTBOUNDED"));
    expect(bounded(us, "GET", "none")).toBe(false);
    expect(bounded(us, "TAKE", "t", "1")).toEqual(refused("WRONGTYPE"));
    expect(bounded(us, "TAKE", "s")).toEqual(refused("ERR wrong number of arguments for 'meridian.bounded|take'"));
    expect(bounded(us, "STEAL", "s")).toEqual(refused("ERR unknown subcommand"));
    for (const command of [
      ["HSET", "s", "~left", "99"],
      ["HSET", "s", "name", "shoe", "~x", "1"],
      ["HSETNX", "s", "~x", "1"],
      ["HDEL", "s", "name", "~left"],
      ["HINCRBY", "s", "~left", "1"],
      ["HINCRBYFLOAT", "s", "~left", "1"],
    ])
      expect(us.call(...command)).toEqual(refused("MERIDIAN_BOUNDEDFIELD"));
    expect(us.vector()).toEqual(before);
    expect(us.call("HSET", "s", "name", "shoe")).toBe(1);
  });

  test("that is renamed is paper: only what is under its own name is sold", () => {
    bounded(us, "CREATE", "s", "10", "eu", "5");
    told.sync();
    us.call("RENAME", "s", "t");
    us.call("COPY", "t", "u");
    expect(bounded(us, "TAKE", "t", "1")).toEqual(refused("MERIDIAN_NOTBOUNDED"));
    expect(bounded(us, "TAKE", "u", "1")).toEqual(refused("MERIDIAN_NOTBOUNDED"));
    expect(bounded(eu, "TAKE", "s", "5")).toBe(0);
    told.sync();
    expect(bounded(eu, "TAKE", "t", "1")).toEqual(refused("MERIDIAN_NOTBOUNDED"));
    expect(bounded(eu, "TAKE", "s", "1")).toEqual(soldOut(-5, 0));
  });

  test("that is deleted while it is sold counts the sale against what is made next", () => {
    bounded(us, "CREATE", "s", "10", "eu", "5");
    told.sync();
    us.call("DEL", "s");
    expect(bounded(eu, "TAKE", "s", "2")).toBe(3);
    told.sync();
    expect(bounded(eu, "TAKE", "s", "1")).toEqual(soldOut(-2, 0));
    expect(told.everywhere("HGET", "s", "~left")).toBe("-2");
    us.call("DEL", "s");
    expect(bounded(us, "CREATE", "s", "3")).toEqual({ ok: "OK" });
    told.sync();
    expect(bounded(us, "TAKE", "s", "3")).toBe(0);
  });

  test("ends with its deadline in every region", () => {
    bounded(us, "CREATE", "s", "10", "eu", "5");
    us.call("PEXPIRE", "s", "1000");
    told.sync();
    expect(bounded(eu, "TAKE", "s", "1")).toBe(4);
    told.nowMs += 2000;
    expect(bounded(eu, "TAKE", "s", "1")).toEqual(refused("MERIDIAN_NOTBOUNDED"));
    told.sync({ sweeps: true });
    expect(told.everywhere("EXISTS", "s")).toBe(0);
  });

  test("and what depends on a sale are one step", () => {
    bounded(us, "CREATE", "s", "1");
    expect(us.call("pipeline", "4", "MERIDIAN.BOUNDED", "TAKE", "s", "1", "3", "RPUSH", "orders", "a")).toEqual([0, 1]);
  });
});

describe("a server that lost the end of its log", () => {
  test("sells nothing of its share until it knows what it had sold", () => {
    bounded(us, "CREATE", "s", "10");
    told.sync();
    us.sync();
    expect(bounded(us, "TAKE", "s", "8")).toBe(2);
    deliver(us, eu);
    us.crash();
    // It has forgotten the sale, and says 10; eu knows better.
    expect(bounded(us, "GET", "s")).toEqual([10, 0, "us", 10, "eu", 0, "ap", 0]);
    expect(bounded(us, "TAKE", "s", "3")).toEqual(soldOut(0, 10));
    fold(us);
    expect(bounded(us, "GET", "s")).toEqual([2, 2, "us", 2, "eu", 0, "ap", 0]);
    expect(bounded(us, "TAKE", "s", "3")).toEqual(soldOut(2, 0));
    expect(bounded(us, "TAKE", "s", "2")).toBe(0);
    told.sync();
    // What held the share of the incarnation before is gone.
    expect(told.everywhere("HLEN", "s")).toBe(2);
  });

  test("does not spend again what it had given away", () => {
    bounded(us, "CREATE", "s", "10");
    told.sync();
    us.sync();
    bounded(us, "GIVE", "s", "eu", "10");
    deliver(us, eu);
    us.crash();
    expect(bounded(us, "TAKE", "s", "1")).toEqual(soldOut(0, 10));
    expect(bounded(eu, "TAKE", "s", "10")).toBe(0);
    fold(us);
    expect(bounded(us, "TAKE", "s", "1")).toEqual(soldOut(0, 0));
    expect(bounded(us, "GET", "s")).toEqual([0, 0, "us", 0, "eu", 0, "ap", 0]);
  });

  test("sells at once what it is given or adds after that", () => {
    bounded(us, "CREATE", "s", "10", "eu", "5");
    told.sync();
    us.crash();
    us.call("SET", "hello:us", "again");
    told.sync();
    bounded(eu, "GIVE", "s", "us", "2");
    expect(bounded(us, "ADD", "s", "1")).toBe(1);
    told.sync();
    expect(bounded(us, "TAKE", "s", "3")).toBe(0);
    expect(bounded(us, "TAKE", "s", "1")).toEqual(soldOut(0, 8));
  });

  test("twice takes up nothing that it took up and lost", () => {
    bounded(us, "CREATE", "s", "10");
    fold3();
    expect(bounded(us, "TAKE", "s", "9")).toBe(1);
    deliver(us, ap);
    us.crash(); // of the fold, the taking up and the sale nothing is left here
    expect(bounded(us, "TAKE", "s", "1")).toEqual(soldOut(0, 10));
    told.sync();
    expect(bounded(us, "TAKE", "s", "1")).toEqual(soldOut(0, 1));
    fold(us);
    expect(bounded(us, "TAKE", "s", "2")).toEqual(soldOut(1, 0));
    expect(bounded(us, "TAKE", "s", "1")).toBe(0);
  });

  function fold3(): void {
    told.sync();
    us.sync();
    us.crash();
    fold(us);
  }
});

describe("a wish", () => {
  test("is made of what sales lacked, and answered with half of what there is", () => {
    bounded(us, "CREATE", "s", "90");
    told.sync();
    bounded(eu, "TAKE", "s", "2");
    expect(eu.call("bounded")).toEqual([["s", "30"], [], [], []]);
    expect(eu.call("bounded")).toEqual([[], [], [], []]);
    expect(bounded(eu, "ASK", "s", "30")).toEqual({ ok: "OK" });
    told.sync();
    expect(us.call("bounded")).toEqual([[], ["s", "eu", 0], [], []]);
    expect(ap.call("bounded")).toEqual([[], [], [], []]);
    expect(bounded(us, "ANSWER", "s", "eu")).toBe(30);
    expect(bounded(us, "ANSWER", "s", "eu")).toBe(0); // another agent was first
    told.sync();
    expect(told.everywhere("EXISTS", "mer:{0}.wishes")).toBe(0);
    expect(bounded(eu, "TAKE", "s", "30")).toBe(0);
    bounded(ap, "ASK", "s", "60");
    told.sync();
    expect(bounded(us, "ANSWER", "s", "ap")).toBe(30);
  });

  test("reaches the largest share first, and is dropped where nobody has anything", () => {
    bounded(us, "CREATE", "s", "30", "eu", "20");
    told.sync();
    bounded(ap, "ASK", "s", "5");
    told.sync();
    expect(us.call("bounded")).toEqual([[], ["s", "ap", 1], [], []]);
    expect(eu.call("bounded")).toEqual([[], ["s", "ap", 0], [], []]);
    expect(ap.call("bounded")).toEqual([[], [], [], []]);
    us.call("DEL", "s");
    told.sync();
    expect(ap.call("bounded")).toEqual([[], [], ["s"], []]);
    expect(bounded(ap, "ASK", "s", "0")).toEqual({ ok: "OK" });
    told.sync();
    expect(told.everywhere("EXISTS", "mer:{0}.wishes")).toBe(0);
  });
});
