/**
 * Sticky routing by home region: each user has a home, where all that is written for them goes; the other regions have
 * copies. Needs Meridian between the regions (gateways, or servers by `@meridian/client`).
 *
 * A user's home is a key of its own. Each write asks for it in the same script that writes, so a region that is not the home
 * (any more) writes nothing and says where to go. A move is one write of that key in the old home, after which that takes no
 * more; the new one begins when it hears of the move, and by causal order it has then all that the old one wrote. So no write
 * is lost by a move, none is seen twice, and nothing is copied or locked.
 *
 * Costs: near home nothing; from elsewhere a round trip. A move refuses writes for as long as it takes to the new home.
 * Loses: while the home is away its users write nothing, until `takeOver`; after that, what the lost home had not sent comes
 * when it is back, and is merged. A server that loses an unsynced tail with a move in it takes itself for the home until
 * its peers have given the tail back.
 */
import { setTimeout as delay } from "node:timers/promises";
import { RegionError } from "../errors.js";
import type { PatternLimits } from "../limits.js";
import type { OperationOptions } from "../regions/regions.js";
import type { Operation } from "../regions/region.js";
import { ask, askInOrder, Avoided, type Found } from "./ask.js";
import { badPattern, checkedLimits, checkedRegions, type RegionClient, regionNamed } from "./region-client.js";
import { ownerOf } from "./rendezvous.js";
import { ServerScript } from "./server-script.js";

export interface StickyHomesOptions {
  readonly regions: readonly RegionClient[];
  /** The region of this process, which it asks first who is at home where. */
  readonly local: string;
  /** Of the keys that hold homes; default `home:`. The home of `ann` is the string `home:ann`. */
  readonly keyPrefix?: string;
  readonly limits?: Partial<PatternLimits>;
}

/** As `["SET", "cart:ann", "1"]`: the first argument is the key. */
export type KeyedCommand = readonly [name: string, key: string, ...args: (string | number)[]];

/** The home where it was done, and a reply for each command: an Error in the place of one that failed. */
export interface WrittenAtHome {
  readonly region: string;
  readonly replies: unknown[];
}

/**
 * KEYS: the home, then the key of each command. ARGV: this region, whose the user is who has no home yet, then of each command
 * its name, how many arguments follow its key, and these.
 */
const WRITE = new ServerScript(
  "meridianWriteAtHome",
  `local home = redis.call('GET', KEYS[1])
local kept = home or ARGV[2]
if kept ~= ARGV[1] then return {'elsewhere', kept} end
if not home then redis.call('SET', KEYS[1], kept) end
local replies = {'here'}
local at = 3
for number = 2, #KEYS do
  local command = {ARGV[at], KEYS[number]}
  local count = tonumber(ARGV[at + 1])
  for index = 1, count do command[index + 2] = ARGV[at + 1 + index] end
  replies[number] = redis.pcall(unpack(command))
  at = at + 2 + count
end
return replies`,
);

/** ARGV: this region, whose the user is who has no home yet, and the new home. */
const MOVE = new ServerScript(
  "meridianMoveHome",
  `local home = redis.call('GET', KEYS[1]) or ARGV[2]
if home ~= ARGV[1] then return {'elsewhere', home} end
redis.call('SET', KEYS[1], ARGV[3])
return {'here'}`,
);

/** A move, as an error tells of it. */
interface Way {
  readonly from: string;
  readonly to: string;
  readonly msMax: number;
}

export class StickyHomes {
  private readonly regions: readonly RegionClient[];
  private readonly names: readonly string[];
  private readonly local: RegionClient;
  private readonly keyPrefix: string;
  private readonly limits: PatternLimits;
  private readonly avoided: Avoided;

  constructor({ regions, local, keyPrefix = "home:", limits }: StickyHomesOptions) {
    this.regions = checkedRegions("StickyHomes", regions);
    this.names = regions.map(({ name }) => name);
    this.local = regionNamed(regions, local);
    this.keyPrefix = keyPrefix;
    this.limits = checkedLimits("StickyHomes", limits);
    this.avoided = new Avoided(this.limits);
  }

  /** As the nearest region that answers knows it. Who was never written for has a home by rendezvous hashing. */
  async home(user: string, { msMax = this.limits.operationMsMax }: OperationOptions = {}): Promise<string> {
    const others = this.regions.filter((region) => region !== this.local);
    const read: Operation<string | null> = (redis) => redis.get(this.keyOf(user));
    const { value } = await askInOrder([this.local, ...others], read, msMax, this.limits, this.avoided);
    return value ?? ownerOf(this.names, user);
  }

  /** All commands in one step at the home of the user, wherever that is by now. Where it is away they are rejected. */
  async write(
    user: string,
    commands: readonly KeyedCommand[],
    { msMax = this.limits.operationMsMax }: OperationOptions = {},
  ): Promise<WrittenAtHome> {
    const args = commands.flatMap(([name, , ...rest]) => [name, rest.length, ...rest]);
    if (args.length > this.limits.argumentsMax) {
      throw badPattern("StickyHomes", `a write takes up to ${this.limits.argumentsMax} arguments in all`);
    }
    const keys = commands.map(([, key]) => key);
    const { region, reply } = await this.atHome(user, WRITE, keys, args, msMax);
    return { region, replies: reply };
  }

  /** At home, else where a copy is; `region` says which. The operation may be begun several times. */
  async read<T>(
    user: string,
    operation: Operation<T>,
    { msMax = this.limits.operationMsMax }: OperationOptions = {},
  ): Promise<Found<T>> {
    const untilMs = performance.now() + msMax;
    const home = regionNamed(this.regions, await this.home(user, { msMax }));
    const near = [this.local, ...this.regions].filter((region, at, all) => all.indexOf(region) === at);
    const order = [home, ...near.filter((region) => region !== home)];
    return askInOrder(order, operation, untilMs - performance.now(), this.limits, this.avoided);
  }

  /** Resolves when the new home takes writes. Rejected, it may be called again with the same region. */
  async move(user: string, to: string, { msMax = this.limits.operationMsMax }: OperationOptions = {}): Promise<void> {
    const untilMs = performance.now() + msMax;
    const target = regionNamed(this.regions, to);
    const { region: from } = await this.atHome(user, MOVE, [], [to], msMax, to);
    while ((await this.homeIn(target, user, untilMs, { from, to, msMax })) !== to)
      await delay(this.limits.retryEveryMs);
  }

  /** Makes `to` the home without asking the old one: for a home that is lost. What that had not sent is merged later. */
  async takeOver(
    user: string,
    to: string,
    { msMax = this.limits.operationMsMax }: OperationOptions = {},
  ): Promise<void> {
    await ask(regionNamed(this.regions, to), (redis) => redis.set(this.keyOf(user), to), msMax, this.limits);
  }

  private keyOf(user: string): string {
    return this.keyPrefix + user;
  }

  /** Where this region takes the user to be at home: a read, which may be cut short. */
  private async homeIn(region: RegionClient, user: string, untilMs: number, way: Way): Promise<string> {
    const leftMs = untilMs - performance.now();
    const moving = (): RegionError => {
      return new RegionError("MERIDIAN_MOVING", { user, from: way.from, to: way.to, ms: way.msMax });
    };
    if (leftMs <= 0) throw moving();
    try {
      const home = await ask(region, (redis) => redis.get(this.keyOf(user)), leftMs, this.limits);
      return home ?? ownerOf(this.names, user);
    } catch (error) {
      throw error instanceof RegionError && error.code === "MERIDIAN_REGIONTIMEOUT" ? moving() : error;
    }
  }

  /** The region that takes itself for the home; while a move is on its way there is none. */
  private async follow(user: string, from: string, to: string, untilMs: number, msMax: number): Promise<string> {
    let [before, name] = [from, to];
    for (;;) {
      const region = regionNamed(this.regions, name);
      const next = await this.homeIn(region, user, untilMs, { from: before, to: name, msMax });
      if (next === name) return name;
      if (next === before) await delay(this.limits.retryEveryMs);
      [before, name] = [name, next];
    }
  }

  /** Runs the script where the user is at home; what it replies elsewhere says where to go, and it has done nothing. */
  private async atHome(
    user: string,
    script: ServerScript,
    keys: readonly string[],
    args: readonly (string | number)[],
    msMax: number,
    endsAt?: string,
  ): Promise<{ region: string; reply: unknown[] }> {
    const untilMs = performance.now() + msMax;
    const first = ownerOf(this.names, user);
    const run: Operation<unknown> = (redis, region) =>
      script.run(redis, [this.keyOf(user), ...keys], [region, first, ...args]);
    let name = await this.home(user, { msMax });
    for (;;) {
      const reply = (await ask(
        regionNamed(this.regions, name),
        run,
        untilMs - performance.now(),
        this.limits,
      )) as string[];
      if (reply[0] === "here") return { region: name, reply: reply.slice(1) };
      const next = String(reply[1]);
      if (next === endsAt) return { region: next, reply: [] };
      name = await this.follow(user, name, next, untilMs, msMax);
    }
  }
}
