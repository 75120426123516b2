/** Histories of a region that takes in another one's state, told one command at a time: what was decided, case by case. */
import { describe, expect, test } from "vitest";
import { bucketOf } from "./names.js";
import type { Region } from "./region.js";
import { deliver, ToldRegions } from "./told-regions.js";

const BUCKETS = 65536;

/** One import by an agent that does nothing else: stopped where the test has something to do in between. */
class Import {
  readonly exporter: Region;
  readonly importer: Region;

  constructor(exporter: Region, importer: Region) {
    this.exporter = exporter;
    this.importer = importer;
  }

  begin(): string {
    const [head] = this.exporter.call("export", "head", this.importer.name) as [string];
    return this.status("head", head);
  }

  /** Takes in buckets up to the one of the key, that one too; without key, all that are left. */
  upTo(key?: string): void {
    const end = key === undefined ? BUCKETS : bucketOf(key) + 1;
    for (let position = this.position(); position < end; position = this.position()) {
      const [, piece] = this.exporter.call("export", String(position), "1", "1", this.importer.name) as [
        string,
        string,
      ];
      this.mustBeOk("piece", piece);
    }
  }

  end(): void {
    this.mustBeOk("end");
  }

  all(): void {
    const status = this.begin();
    if (status !== "ok") throw new Error(`import head: ${status}`);
    this.upTo();
    this.end();
  }

  status(...args: string[]): string {
    const [status] = this.importer.call("import", ...args) as [string];
    return status;
  }

  private mustBeOk(...args: string[]): void {
    const status = this.status(...args);
    if (status !== "ok") throw new Error(`import ${args[0]}: ${status}`);
  }

  private position(): number {
    return Number((this.importer.call("import", "state") as string[])[1]);
  }
}

/** What us and ap have written reached both, and is in no log any more: eu can't get it. */
function forget({ us, ap, regions }: ToldRegions): void {
  for (const region of [us, ap]) {
    const held = region.vector();
    for (const origin of region.origins()) {
      const stamps = [us, ap].map((one) => one.vector().get(origin) ?? 0);
      if (held.has(origin)) region.call("trim", origin, String(Math.min(...stamps)));
    }
  }
  for (const region of regions) region.sync();
}

function beginning(): ToldRegions {
  const told = new ToldRegions();
  told.us.call("SADD", "e", "a", "b");
  told.us.call("SET", "s", "1");
  told.us.call("INCRBY", "n", "5");
  told.sync();
  return told;
}

describe("what the importing region wrote meanwhile", () => {
  test("a removal takes what its region had seen, and no more", () => {
    const told = beginning();
    const { us, eu, ap } = told;
    eu.call("SET", "other", "says that eu has seen all of this");
    told.sync();
    eu.call("SREM", "e", "a");
    us.call("SADD", "e", "c");
    us.call("SREM", "e", "b");
    told.sync({ regions: [us, ap] });
    forget(told);
    new Import(us, eu).all();
    expect(eu.keyspace.call("SMEMBERS", "e")).toEqual(["c"]);
    told.sync();
    expect(told.everywhere("SMEMBERS", "e")).toEqual(["c"]);
  });

  test("increments made upon what was and upon what came count once each", () => {
    const told = beginning();
    const { us, eu, ap } = told;
    eu.call("INCRBY", "n", "10");
    us.call("INCRBY", "n", "100");
    ap.call("INCRBY", "n", "1000");
    told.sync({ regions: [us, ap] });
    forget(told);
    const sync = new Import(us, eu);
    sync.begin();
    eu.call("INCRBY", "n", "20");
    sync.upTo();
    expect(eu.keyspace.call("GET", "n")).toBe("1135");
    eu.call("INCRBY", "n", "40");
    us.call("INCRBY", "n", "200");
    sync.end();
    told.sync();
    expect(told.everywhere("GET", "n")).toBe("1375");
  });

  test("a key that others deleted is gone; one that was made here meanwhile stays", () => {
    const told = beginning();
    const { us, eu, ap } = told;
    us.call("DEL", "s");
    eu.call("SET", "mine", "1");
    told.sync({ regions: [us, ap] });
    forget(told);
    new Import(us, eu).all();
    expect(eu.keyspace.call("EXISTS", "s")).toBe(0);
    expect(eu.keyspace.call("GET", "mine")).toBe("1");
    told.sync();
    expect(told.everywhere("GET", "mine")).toBe("1");
    expect(told.everywhere("EXISTS", "s")).toBe(0);
  });

  test("a removal made in an imported key takes what came, in every region and whatever arrives first", () => {
    const told = beginning();
    const { us, eu, ap } = told;
    us.call("SADD", "e", "new");
    forget(told);
    const sync = new Import(us, eu);
    sync.begin();
    sync.upTo("e");
    eu.call("DEL", "e");
    // ap has not got `new` yet, so it waits with the removal that saw it.
    told.sync({ regions: [eu, ap] });
    expect(ap.keyspace.call("SMEMBERS", "e")).toEqual(["a", "b"]);
    sync.upTo();
    sync.end();
    told.sync();
    expect(told.everywhere("EXISTS", "e")).toBe(0);
  });

  test("a removal made in a key that did not come yet takes nothing that nobody here has seen", () => {
    const told = beginning();
    const { us, eu } = told;
    us.call("SADD", "e", "new");
    us.call("SADD", "f", "other");
    const sync = new Import(us, eu);
    forget(told);
    sync.begin();
    eu.call("DEL", "e");
    sync.upTo();
    sync.end();
    told.sync();
    expect(told.everywhere("SMEMBERS", "e")).toEqual(["new"]);
    expect(told.everywhere("SMEMBERS", "f")).toEqual(["other"]);
  });

  test("a flush takes what its region shows, imported or not", () => {
    const told = beginning();
    const { us, eu, ap } = told;
    us.call("SADD", "e", "new");
    us.call("SET", "s", "2");
    us.call("SET", "t", "new");
    told.sync({ regions: [us, ap] });
    forget(told);
    const sync = new Import(us, eu);
    sync.begin();
    sync.upTo("t");
    eu.call("FLUSHALL");
    expect(eu.keyspace.call("EXISTS", "e", "s", "n", "t")).toBe(0);
    sync.upTo();
    sync.end();
    const left = ["e", "s", "n", "t"].filter((key) => eu.keyspace.call("EXISTS", key) === 1);
    told.sync();
    for (const key of ["e", "s", "n", "t"]) expect(told.everywhere("EXISTS", key)).toBe(left.includes(key) ? 1 : 0);
    expect(left).not.toContain("t");
    expect(left).not.toContain("n");
  });
});

describe("deadlines", () => {
  test("a value that expired elsewhere is gone, though its region touched it: with nothing half of it left", () => {
    const told = new ToldRegions();
    const { us, eu, ap } = told;
    us.call("SET", "s", "value", "PX", "100");
    told.sync();
    eu.call("EXPIRE", "s", "1000");
    told.nowMs += 200;
    forget(told);
    const sync = new Import(us, eu);
    sync.all();
    expect(eu.keyspace.call("EXISTS", "s")).toBe(0);
    told.sync({ sweeps: true });
    expect(told.everywhere("EXISTS", "s")).toBe(0);
    expect(ap.keyspace.call("GET", "s")).toBe(false);
  });

  test("what was counted upon a value that expired elsewhere is left of it", () => {
    const told = new ToldRegions();
    const { us, eu } = told;
    us.call("SET", "n", "5", "PX", "100");
    told.sync();
    eu.call("INCR", "n");
    eu.call("PERSIST", "n");
    told.nowMs += 200;
    forget(told);
    new Import(us, eu).all();
    expect(eu.keyspace.call("GET", "n")).toBe("1");
    told.sync({ sweeps: true });
    expect(told.everywhere("GET", "n")).toBe("1");
  });

  test("one that passes by the importer's clock alone goes there, and nowhere comes back", () => {
    const told = new ToldRegions();
    const { us, eu } = told;
    eu.skewMs = 1000;
    us.call("SADD", "e", "a");
    us.call("PEXPIRE", "e", "500");
    eu.call("SADD", "e", "b");
    new Import(us, eu).all();
    expect(eu.keyspace.call("EXISTS", "e")).toBe(0);
    told.sync();
    told.nowMs += 2000;
    told.sync({ sweeps: true });
    expect(told.everywhere("EXISTS", "e")).toBe(0);
  });
});

describe("when it can't be taken in", () => {
  test("the exporter lacks what the importer has of a third region", () => {
    const told = beginning();
    const { us, eu, ap } = told;
    ap.call("SET", "s", "of ap");
    told.sync({ regions: [eu, ap] });
    expect(new Import(us, eu).begin()).toBe("behind");
    told.sync();
    expect(new Import(us, eu).begin()).toBe("ok");
  });

  test("a text that is not whole changes nothing", () => {
    const told = beginning();
    const { us, eu } = told;
    const sync = new Import(us, eu);
    const [head] = us.call("export", "head", "eu") as [string];
    expect(eu.call("import", "head", head.slice(0, -1))).toMatchObject({ err: expect.stringContaining("BADPIECE") });
    expect(eu.call("import", "piece", head)).toMatchObject({ err: expect.stringContaining("NOIMPORT") });
    sync.begin();
    expect(eu.call("import", "piece", head)).toMatchObject({ err: expect.stringContaining("BADPIECE") });
    expect(sync.status("end")).toBe("unfinished");
    expect(eu.keyspace.call("GET", "n")).toBe("5");
  });

  test("a region that takes in state gives none away, and applies nothing", () => {
    const told = beginning();
    const { us, eu, ap } = told;
    new Import(us, eu).begin();
    expect(eu.call("export", "head", "ap")).toMatchObject({ err: expect.stringContaining("MERIDIAN_IMPORTING") });
    us.call("SET", "s", "2");
    expect(deliver(us, eu)).toBe(0);
    expect(deliver(us, ap)).toBe(1);
  });

  test("a stamp too far ahead of the importer's clock waits", () => {
    const told = beginning();
    const { us, eu } = told;
    us.skewMs = 120000;
    us.call("SET", "s", "2");
    expect(new Import(us, eu).begin()).toBe("ahead");
    told.nowMs += 120000;
    us.skewMs = 0;
    expect(new Import(us, eu).begin()).toBe("ok");
  });
});

describe("what was exported and then lost", () => {
  test("keeps others waiting for it: so what is handed over must be durable", () => {
    const told = beginning();
    const { us, eu, ap } = told;
    us.sync();
    us.call("SADD", "e", "lost");
    new Import(us, eu).all();
    us.crash();
    eu.call("SADD", "e", "after it");
    told.sync();
    expect(eu.keyspace.call("SISMEMBER", "e", "lost")).toBe(1);
    expect(ap.keyspace.call("SISMEMBER", "e", "after it")).toBe(0);
  });
});

describe("going on", () => {
  test("a crash in the middle goes back to what was on disk, and on from there", () => {
    const told = beginning();
    const { us, eu } = told;
    const sync = new Import(us, eu);
    us.call("SADD", "e", "new");
    us.call("SET", "t", "new");
    forget(told);
    sync.begin();
    sync.upTo("t");
    eu.sync();
    eu.call("APPEND", "t", "er");
    eu.call("SREM", "e", "a");
    eu.crash();
    expect(sync.status("state")).toBe("ok");
    eu.call("APPEND", "t", "est");
    sync.upTo();
    sync.end();
    told.sync();
    expect(told.everywhere("GET", "t")).toBe("newest");
    expect(told.everywhere("SCARD", "e")).toBe(3);
  });

  test("another region exports the rest", () => {
    const told = beginning();
    const { us, eu, ap } = told;
    us.call("SADD", "e", "new");
    us.call("SET", "t", "new");
    told.sync({ regions: [us, ap] });
    forget(told);
    const sync = new Import(us, eu);
    sync.begin();
    sync.upTo("t");
    us.call("APPEND", "t", "er");
    ap.call("SADD", "e", "newest");
    const rest = new Import(ap, eu);
    rest.upTo();
    rest.end();
    expect(eu.keyspace.call("GET", "t")).toBe("new");
    told.sync();
    expect(told.everywhere("GET", "t")).toBe("newer");
    expect(told.everywhere("SCARD", "e")).toBe(4);
  });

  test("what a group delivered here stays delivered, and what others acknowledged is", () => {
    const told = new ToldRegions();
    const { us, eu, ap } = told;
    us.call("XADD", "x", "1-256", "f", "1");
    us.call("XGROUP", "CREATE", "x", "g", "0");
    told.sync();
    eu.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "x", ">");
    us.call("XADD", "x", "2-256", "f", "2");
    us.call("XADD", "x", "3-256", "f", "3");
    us.call("XREADGROUP", "GROUP", "g", "c", "COUNT", "2", "STREAMS", "x", ">");
    us.call("XACK", "x", "g", "2-256");
    told.sync({ regions: [us, ap] });
    forget(told);
    new Import(us, eu).all();
    // 1 is pending in us as in eu.
    expect(eu.keyspace.call("XPENDING", "x", "g", "-", "+", "10")).toEqual([["1-256", "c", expect.any(Number), 1]]);
    expect(eu.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "x", ">")).toMatchObject([
      [
        "x",
        [
          ["2-256", ["f", "2"]],
          ["3-256", ["f", "3"]],
        ],
      ],
    ]);
    us.call("XACK", "x", "g", "1-256");
    told.sync();
    expect(eu.keyspace.call("XPENDING", "x", "g", "-", "+", "10")).toEqual([["3-256", "c", expect.any(Number), 1]]);
  });

  test("a new region has all, with what lost and what is hidden", () => {
    const told = new ToldRegions();
    const { us, eu, ap } = told;
    us.call("SET", "s", "loser");
    told.nowMs += 1;
    ap.call("SET", "s", "winner");
    us.call("SADD", "k", "hidden");
    told.nowMs += 1;
    ap.call("HSET", "k", "f", "v");
    ap.call("PEXPIRE", "k", "100000");
    told.sync({ regions: [us, ap] });
    forget(told);
    new Import(ap, eu).all();
    expect(eu.keyspace.call("SMEMBERS", "mer:{0}:ck")).toEqual(expect.arrayContaining(["s", "k"]));
    expect(eu.keyspace.call("PEXPIRETIME", "k")).toBe(us.keyspace.call("PEXPIRETIME", "k"));
    ap.call("DEL", "k");
    us.call("SET", "s", "new");
    told.sync();
    expect(told.everywhere("EXISTS", "k")).toBe(0);
    expect(told.everywhere("GET", "s")).toBe("new");
  });
});
