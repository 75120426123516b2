/**
 * What one operation on a large value costs as the value grows: made in a region, the same on plain Redis, and applied in
 * another region. Three servers, no agent: entries are carried over by hand, one at a time.
 *
 * The server's own account of its main thread (INFO cpu) counts microseconds, so a few operations are enough. What a
 * command costs beside the work itself, a round trip and its parsing, is in every figure.
 */
import { BenchError } from "../errors.js";
import { limits } from "../limits.js";
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

export type SizePlace = "plain" | "region" | "applied";

export interface SizeMeasure {
  readonly operation: string;
  readonly place: SizePlace;
  readonly size: number;
  readonly round: number;
  readonly cpuUs: number;
}

export type SizeFigure = Pick<SizeMeasure, "operation" | "place" | "cpuUs">;

/** An operation: its commands the `time`th time, and how many times it is made. */
export interface Edit {
  readonly name: string;
  readonly times: number;
  readonly commands: (time: number) => readonly (readonly string[])[];
}

const REGIONS = ["here", "there"];

/** Every size in every round, in a world of its own. */
export async function measureSizes(
  context: BenchContext,
  what: { readonly part: string; readonly items: string; readonly sizes: readonly number[] },
  measure: (world: SizeWorld, size: number) => Promise<SizeFigure[]>,
): Promise<SizeMeasure[]> {
  const measures: SizeMeasure[] = [];
  for (let round = 1; round <= context.sizes.rounds; round++) {
    for (const size of what.sizes) {
      context.progress(`${what.part}: ${size} ${what.items}, round ${round}`);
      const figures = await withWorld((world) => measure(world, size));
      measures.push(...figures.map((figure) => ({ ...figure, size, round })));
    }
  }
  return measures;
}

export async function withWorld<Result>(work: (world: SizeWorld) => Promise<Result>): Promise<Result> {
  const stops = new Stops();
  try {
    const plain = stops.add(await startPlain(false));
    const here = stops.add(await startMeridian(false, REGIONS[0]!, REGIONS));
    const there = stops.add(await startMeridian(false, REGIONS[1]!, REGIONS));
    return await work(new SizeWorld(plain, here, there));
  } finally {
    await stops.run();
  }
}

export class SizeWorld {
  /** By server: the log entry that was delivered last. */
  private readonly delivered = new Map<MeridianServer, string>();

  constructor(
    readonly plain: PlainServer,
    readonly here: MeridianServer,
    readonly there: MeridianServer,
  ) {}

  run({ admin, engine }: MeridianServer, args: readonly string[]): Promise<unknown> {
    return admin.call(...(functionCall(engine, args) as [string, ...string[]]));
  }

  runPlain(args: readonly string[]): Promise<unknown> {
    return this.plain.admin.call(...(args as [string, ...string[]]));
  }

  /** The same command, of many items, everywhere. */
  async fill(args: readonly string[]): Promise<void> {
    await this.run(this.here, args);
    await this.runPlain(args);
    await this.deliver(this.here, this.there);
  }

  /** What the edit costs in each place. */
  async edit({ name: operation, times, commands }: Edit): Promise<SizeFigure[]> {
    const all = Array.from({ length: times }, (_, time) => commands(time));
    const each = (run: (args: readonly string[]) => Promise<unknown>) => async (time: number) => {
      for (const args of all[time]!) await run(args);
    };
    const cpuUs = {
      plain: await usedBy(
        this.plain,
        times,
        each((args) => this.runPlain(args)),
      ),
      region: await usedBy(
        this.here,
        times,
        each((args) => this.run(this.here, args)),
      ),
      applied: await usedBy(this.there, times, () => this.deliver(this.here, this.there, 1)),
    };
    await this.deliver(this.here, this.there);
    return (["plain", "region", "applied"] as const).map((place) => ({ operation, place, cpuUs: cpuUs[place] }));
  }

  /** What a read costs, which goes to the server itself in a region too. */
  async read({ name: operation, times, commands }: Edit): Promise<SizeFigure[]> {
    const figures: SizeFigure[] = [];
    for (const [place, server] of [
      ["plain", this.plain],
      ["region", this.here],
    ] as const) {
      const cpuUs = await usedBy(server, times, async (time) => {
        for (const args of commands(time)) await server.admin.call(...(args as [string, ...string[]]));
      });
      figures.push({ operation, place, cpuUs });
    }
    return figures;
  }

  /** What it costs `there` to apply the next entry of `here`. */
  async applied(operation: string): Promise<SizeFigure> {
    return {
      operation,
      place: "applied",
      cpuUs: await usedBy(this.there, 1, () => this.deliver(this.here, this.there, 1)),
    };
  }

  /** Applies the log entries of the one in the other, or at most so many of them. */
  async deliver(from: MeridianServer, to: MeridianServer, entriesMax = Infinity): Promise<void> {
    const { ownOrigin } = await standingOf(from.engine);
    for (let left = entriesMax; left > 0;) {
      const count = Math.min(left, limits.deliveredEntries);
      const after = this.delivered.get(from);
      const rows = (await from.admin.callBuffer(
        "XRANGE",
        `${from.engine.root}:log:${ownOrigin}`,
        after === undefined ? "-" : `(${after}`,
        "+",
        "COUNT",
        String(count),
      )) as [Buffer, Buffer[]][];
      for (const [id, fields] of rows) {
        const call = functionCall(to.engine, ["apply", ownOrigin]) as [string, ...string[]];
        const reply = (await to.admin.call(...call, fields[1]!)) as unknown[];
        if (reply[0] !== "ok") throw new BenchError("BENCH_NOTAPPLIED", { reply: String(reply[0]) });
        this.delivered.set(from, id.toString());
      }
      if (rows.length < count) return;
      left -= count;
    }
  }
}

/** CPU of the server's main thread for each of so many calls. */
export async function usedBy(
  { admin }: PlainServer,
  times: number,
  action: (time: number) => Promise<unknown>,
): Promise<number> {
  const before = await cpuUsOf(admin);
  for (let time = 0; time < times; time++) await action(time);
  return rounded(((await cpuUsOf(admin)) - before) / times, 1);
}

async function cpuUsOf(admin: PlainServer["admin"]): Promise<number> {
  const info = await admin.info("cpu");
  const seconds = (name: string): number => Number(new RegExp(`${name}_main_thread:([0-9.]+)`).exec(info)?.[1]);
  return (seconds("used_cpu_user") + seconds("used_cpu_sys")) * 1e6;
}
