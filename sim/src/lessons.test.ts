/**
 * Histories worth telling: each is a surprise that a plausible rule would have in store for users, and the rule that
 * spares them (docs/reference/semantics.md). Two or three told.regions over model servers, one command at a time.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { ROOT } from "./names.js";
import type { Region } from "./region.js";
import { deliver, ToldRegions } from "./told-regions.js";

let told: ToldRegions;
let us: Region;
let eu: Region;
let ap: Region;

beforeEach(() => {
  told = new ToldRegions();
  ({ us, eu, ap } = told);
});

const sync = (): void => told.sync({ sweeps: true });
const everywhere = (name: string, ...args: string[]): unknown => told.everywhere(name, ...args);

function leftovers(): string[] {
  const isMeta = (key: string) =>
    key.startsWith(`${ROOT}:m:`) || key.startsWith(`${ROOT}:h:`) || key.startsWith(`${ROOT}:e:`);
  return told.regions.flatMap((region) => region.keyspace.keys().filter(isMeta));
}

describe("expiry", () => {
  test("a session touched again and again during a cut longer than its TTL lives on", () => {
    eu.call("SET", "session", "cart", "PX", "1000");
    sync();
    for (let touch = 0; touch < 5; touch++) {
      told.nowMs += 600;
      eu.call("PEXPIRE", "session", "1000");
    }
    us.sweep();
    ap.sweep();
    expect(us.keyspace.call("EXISTS", "session")).toBe(0);
    sync();
    expect(everywhere("GET", "session")).toBe("cart");
    told.nowMs += 2000;
    sync();
    expect(everywhere("EXISTS", "session")).toBe(0);
    expect(leftovers()).toEqual([]);
  });

  test("a counter that lives on is not counted twice", () => {
    eu.call("INCRBY", "hits", "5");
    eu.call("PEXPIRE", "hits", "1000");
    sync();
    us.call("INCRBY", "hits", "2");
    sync();
    told.nowMs += 600;
    eu.call("PEXPIRE", "hits", "5000");
    told.nowMs += 600;
    us.sweep();
    sync();
    expect(everywhere("GET", "hits")).toBe("7");
  });

  test("a write in the last moment elsewhere ends the same way everywhere", () => {
    us.call("SET", "k", "v", "PX", "1000");
    sync();
    told.nowMs += 996;
    eu.call("APPEND", "k", "+");
    told.nowMs += 10;
    us.sweep();
    sync();
    expect(everywhere("EXISTS", "k")).toBe(0);
    expect(leftovers()).toEqual([]);
  });

  test("a delete concurrent with an increment leaves no rate limiter that never expires", () => {
    us.call("INCR", "limit");
    us.call("PEXPIRE", "limit", "1000");
    sync();
    us.call("DEL", "limit");
    eu.call("INCR", "limit");
    sync();
    expect(everywhere("GET", "limit")).toBe("1");
    told.nowMs += 2000;
    sync();
    expect(everywhere("EXISTS", "limit")).toBe(0);
  });

  test("a deadline that passes on the way takes nothing from the rest of its unit", () => {
    us.call("pipeline", "5", "SET", "k", "v", "PX", "100", "3", "EXPIRE", "k", "3600");
    us.call("SADD", "s", "m");
    us.call("pipeline", "3", "PEXPIRE", "s", "100", "2", "PERSIST", "s");
    told.nowMs += 300;
    sync();
    expect(everywhere("GET", "k")).toBe("v");
    expect(everywhere("SMEMBERS", "s")).toEqual(["m"]);
  });

  test("what was written after a key's end is not overwritten by what is brought back", () => {
    us.call("SET", "k", "old", "PX", "1000");
    sync();
    eu.call("EXPIRE", "k", "100");
    told.nowMs += 2000;
    us.call("SET", "k", "new");
    us.call("SET", "k", "newer");
    sync();
    expect(everywhere("GET", "k")).toBe("newer");
  });

  test("the longest TTL wins, and for ever is the longest", () => {
    us.call("SADD", "s", "m");
    sync();
    us.call("EXPIRE", "s", "10");
    eu.call("EXPIRE", "s", "50");
    sync();
    expect(everywhere("TTL", "s")).toBe(50);
    us.call("EXPIRE", "s", "5");
    eu.call("PERSIST", "s");
    sync();
    expect(everywhere("TTL", "s")).toBe(-1);
  });

  test("a PERSIST concurrent with a DEL leaves nothing behind", () => {
    us.call("SET", "k", "v", "EX", "500");
    sync();
    us.call("DEL", "k");
    eu.call("PERSIST", "k");
    sync();
    told.nowMs += 120_000;
    sync();
    expect(everywhere("EXISTS", "k")).toBe(0);
    expect(leftovers()).toEqual([]);
  });

  test("a SET's expiry belongs to its value", () => {
    us.call("SET", "k", "old", "EX", "3600");
    told.nowMs += 5;
    eu.call("SET", "k", "new", "EX", "60");
    sync();
    expect(everywhere("GET", "k")).toBe("new");
    expect(everywhere("TTL", "k")).toBe(60);
  });
});

describe("losers", () => {
  test("a delete that saw only the winner uncovers the loser, the same way everywhere", () => {
    us.call("SET", "k", "one");
    told.nowMs += 1;
    eu.call("SET", "k", "two");
    eu.call("DEL", "k");
    sync();
    expect(everywhere("GET", "k")).toBe("one");
  });

  test("the loser is kept until somebody writes having seen it", () => {
    us.call("SET", "k", "one");
    told.nowMs += 1;
    eu.call("SET", "k", "two");
    sync();
    expect(everywhere("GET", "k")).toBe("two");
    expect(String(ap.call("inspect", "k"))).toContain('"one"');
    ap.call("SET", "k", "three");
    sync();
    expect(String(us.call("inspect", "k"))).not.toContain('"one"');
  });
});

describe("counters", () => {
  test("a SET resets what it saw and no more", () => {
    us.call("INCRBY", "n", "5");
    sync();
    us.call("SET", "n", "100");
    eu.call("INCRBY", "n", "7");
    sync();
    expect(everywhere("GET", "n")).toBe("107");
  });

  test("a total past 64 bits shows the bound, and a local increment starts from what is shown", () => {
    us.call("INCRBY", "n", "9223372036854775000");
    eu.call("INCRBY", "n", "9223372036854775000");
    sync();
    expect(everywhere("GET", "n")).toBe("9223372036854775807");
    expect(us.call("INCR", "n")).toEqual({ err: "ERR increment or decrement would overflow" });
    expect(us.call("DECR", "n")).toEqual({ ok: "9223372036854775806" });
    sync();
    expect(everywhere("GET", "n")).toBe("9223372036854775806");
  });

  test("every region prints the same digits of a float total", () => {
    us.call("INCRBYFLOAT", "n", "0.1");
    eu.call("INCRBYFLOAT", "n", "0.2");
    ap.call("INCRBYFLOAT", "n", "0.3");
    sync();
    expect(everywhere("GET", "n")).toBe("0.6");
  });
});

describe("sets, hashes, types", () => {
  test("an add wins over a concurrent remove; a remove that saw it leaves nothing behind", () => {
    us.call("SADD", "s", "m");
    sync();
    us.call("SREM", "s", "m");
    eu.call("SADD", "s", "m");
    sync();
    expect(everywhere("SMEMBERS", "s")).toEqual(["m"]);
    ap.call("SREM", "s", "m");
    sync();
    expect(leftovers()).toEqual([]);
  });

  test("of two types at once the newest shows, and the other shows again when it is gone", () => {
    us.call("SET", "k", "v");
    told.nowMs += 1;
    eu.call("HSET", "k", "f", "w");
    sync();
    expect(everywhere("HGETALL", "k")).toEqual(["f", "w"]);
    expect(us.call("GETSET", "k", "x")).toEqual({
      err: "WRONGTYPE Operation against a key holding the wrong kind of value",
    });
  });

  test("FLUSHALL removes what it saw; what others write at that moment stays", () => {
    us.call("SET", "a", "1");
    us.call("HINCRBY", "h", "f", "5");
    sync();
    us.call("FLUSHALL");
    eu.call("SET", "b", "2");
    eu.call("HINCRBY", "h", "f", "3");
    sync();
    expect(everywhere("GET", "b")).toBe("2");
    expect(everywhere("GET", "a")).toBe(false);
    expect(everywhere("HGET", "h", "f")).toBe("3");
  });
});

describe("incarnations", () => {
  test("a failover to a lagging replica and back is a new incarnation, though the process is the old one", () => {
    us.call("INCR", "n");
    us.sync();
    us.call("INCR", "n");
    deliver(us, eu);
    us.promote();
    expect(us.keyspace.call("GET", "n")).toBe("1");
    us.call("INCR", "n");
    sync();
    expect(everywhere("GET", "n")).toBe("3");
  });

  test("a lost tail comes back from the peers, under the old incarnation", () => {
    us.call("SADD", "s", "kept");
    us.sync();
    us.call("SADD", "s", "lost");
    deliver(us, eu);
    us.crash();
    expect(us.keyspace.call("SMEMBERS", "s")).toEqual(["kept"]);
    us.call("SREM", "s", "lost");
    us.call("SADD", "s", "new");
    sync();
    for (const region of told.regions) {
      expect([...(region.keyspace.call("SMEMBERS", "s") as string[])].sort()).toEqual(["kept", "lost", "new"]);
    }
  });
});
