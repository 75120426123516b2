/**
 * What one operation on a list costs as the list grows: made in a region, the same on plain Redis, and applied in another
 * region; and what is dear by its nature, a push that arrives late and a removal that has not seen all.
 *
 * The server's own account of its main thread (INFO cpu) counts microseconds, so a few operations are enough. What a
 * command costs beside the work itself, a round trip and its parsing, is in every figure.
 */
import { BenchError } from "../errors.js";
import {
  functionCall,
  standingOf,
  startMeridian,
  startPlain,
  Stops,
  type MeridianServer,
  type PlainServer,
} from "../world/servers.js";
import { type BenchContext, rounded } from "./context.js";

export type ListPlace = "plain" | "region" | "applied";

export interface ListMeasure {
  readonly operation: string;
  readonly place: ListPlace;
  readonly size: number;
  readonly round: number;
  readonly cpuUs: number;
}

const REGIONS = ["here", "there"];
const KEY = "list";
const FILL = 1000;
const LATER = 1000;

/** What is done with a list of `size` elements, `value 0` and so on: the command, and how many times. */
const edits: readonly { name: string; args: (size: number) => string[]; times: number }[] = [
  { name: "RPUSH", args: () => ["RPUSH", KEY, "pushed"], times: 200 },
  { name: "RPOP", args: () => ["RPOP", KEY], times: 200 },
  { name: "LPUSH", args: () => ["LPUSH", KEY, "pushed"], times: 200 },
  { name: "LPOP", args: () => ["LPOP", KEY], times: 200 },
  { name: "LSET in the middle", args: (size) => ["LSET", KEY, String(size / 2), `value ${size / 2}`], times: 20 },
  { name: "LINSERT in the middle", args: (size) => ["LINSERT", KEY, "AFTER", `value ${size / 2}`, "put"], times: 10 },
  { name: "LREM in the middle", args: () => ["LREM", KEY, "1", "put"], times: 10 },
];

export async function measureLists(context: BenchContext): Promise<ListMeasure[]> {
  const measures: ListMeasure[] = [];
  for (let round = 1; round <= context.sizes.rounds; round++) {
    for (const size of context.sizes.listSizes) {
      context.progress(`lists: ${size} elements, round ${round}`);
      for (const measure of await measureSize(size)) measures.push({ ...measure, size, round });
    }
  }
  return measures;
}

type Figure = Pick<ListMeasure, "operation" | "place" | "cpuUs">;

async function measureSize(size: number): Promise<Figure[]> {
  const stops = new Stops();
  try {
    const plain = stops.add(await startPlain(false));
    const here = stops.add(await startMeridian(false, REGIONS[0]!, REGIONS));
    const there = stops.add(await startMeridian(false, REGIONS[1]!, REGIONS));
    const world = new ListWorld(plain, here, there);
    await world.fill(size);
    const figures: Figure[] = [];
    for (const { name: operation, args, times } of edits) {
      const command = args(size);
      const cpuUs = [
        await usedBy(plain, times, () => plain.admin.call(...(command as [string, ...string[]]))),
        await usedBy(here, times, () => world.run(here, command)),
        await usedBy(there, times, () => world.deliver(here, there, 1)),
      ];
      const places: ListPlace[] = ["plain", "region", "applied"];
      figures.push(...places.map((place, at): Figure => ({ operation, place, cpuUs: cpuUs[at]! })));
    }
    figures.push(...(await world.latePushes()), ...(await world.removals(size)));
    return figures;
  } finally {
    await stops.run();
  }
}

class ListWorld {
  /** By server: the log entry that was delivered last. */
  private readonly delivered = new Map<MeridianServer, string>();

  constructor(
    private readonly plain: PlainServer,
    private readonly here: MeridianServer,
    private readonly there: MeridianServer,
  ) {}

  async run({ admin, engine }: MeridianServer, args: readonly string[]): Promise<void> {
    await admin.call(...(functionCall(engine, args) as [string, ...string[]]));
  }

  async fill(size: number): Promise<void> {
    for (let from = 0; from < size; from += FILL) {
      const values = Array.from({ length: Math.min(FILL, size - from) }, (_, at) => `value ${from + at}`);
      await this.run(this.here, ["RPUSH", KEY, ...values]);
      await this.plain.admin.rpush(KEY, ...values);
      await this.deliver(this.here, this.there, Infinity);
    }
  }

  /** Applies at most so many of the log entries of the one in the other. */
  async deliver(from: MeridianServer, to: MeridianServer, entries: number): Promise<void> {
    const { ownOrigin } = await standingOf(from.engine);
    const after = this.delivered.get(from);
    const rows = (await from.admin.callBuffer(
      "XRANGE",
      `${from.engine.root}:log:${ownOrigin}`,
      after === undefined ? "-" : `(${after}`,
      "+",
      "COUNT",
      String(Math.min(entries, FILL)),
    )) as [Buffer, Buffer[]][];
    for (const [id, fields] of rows) {
      const call = functionCall(to.engine, ["apply", ownOrigin]) as [string, ...string[]];
      const reply = (await to.admin.call(...call, fields[1]!)) as unknown[];
      if (reply[0] !== "ok") throw new BenchError("BENCH_NOTAPPLIED", { reply: String(reply[0]) });
      this.delivered.set(from, id.toString());
    }
  }

  /** One push that arrives where others, made later, stand behind its place. */
  async latePushes(): Promise<Figure[]> {
    const figures: Figure[] = [];
    for (const later of [1, LATER]) {
      await this.run(this.here, ["RPUSH", KEY, "early"]);
      await this.run(this.there, ["RPUSH", KEY, ...Array.from({ length: later }, () => "later")]);
      const cpuUs = await usedBy(this.there, 1, () => this.deliver(this.here, this.there, 1));
      figures.push({ operation: `RPUSH that arrives before ${later} made later`, place: "applied", cpuUs });
      await this.deliver(this.there, this.here, 1);
    }
    return figures;
  }

  /** Removals that their author made without having seen one push, so that each element is looked at. */
  async removals(size: number): Promise<Figure[]> {
    const quarter = String(Math.floor(size / 4));
    const commands = [
      ["LTRIM", KEY, quarter, `-${quarter}`],
      ["DEL", KEY],
    ];
    const figures: Figure[] = [];
    for (const command of commands) {
      await this.run(this.there, ["RPUSH", KEY, "unseen"]);
      await this.run(this.here, command);
      const cpuUs = await usedBy(this.there, 1, () => this.deliver(this.here, this.there, 1));
      const of = command[0] === "LTRIM" ? "LTRIM to the half" : "DEL of the rest";
      figures.push({ operation: `${of}, a push unseen`, place: "applied", cpuUs });
      await this.deliver(this.there, this.here, 1);
    }
    const left = await Promise.all([this.here, this.there].map(({ admin }) => admin.lrange(KEY, 0, -1)));
    if (left.some((items) => items.join() !== "unseen"))
      throw new BenchError("BENCH_NOTAPPLIED", { reply: "other lists" });
    return figures;
  }
}

/** CPU of the server's main thread for each of so many calls. */
async function usedBy({ admin }: PlainServer, times: number, action: () => Promise<unknown>): Promise<number> {
  const before = await cpuUsOf(admin);
  for (let time = 0; time < times; time++) await action();
  return rounded(((await cpuUsOf(admin)) - before) / times, 1);
}

async function cpuUsOf(admin: PlainServer["admin"]): Promise<number> {
  const info = await admin.info("cpu");
  const seconds = (name: string): number => Number(new RegExp(`${name}_main_thread:([0-9.]+)`).exec(info)?.[1]);
  return (seconds("used_cpu_user") + seconds("used_cpu_sys")) * 1e6;
}
