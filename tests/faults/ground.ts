/**
 * Where a storm takes place: a deployment whose servers can lose what is not on their disk. Of servers that are alone the clocks can be
 * set; of clusters slots can be moved, and a replica made the primary.
 */
import { type SeededRandom, type SpawnedCluster, spawnCluster, spawnRedis, type SpawnedRedis } from "@meridian/testkit";
import { BadMachine } from "../preload/bad-machine.js";
import { DURABLE_AFTER_MS, WRITTEN_AFTER_MS, type Death } from "./book.js";
import { Deployment, type FaultyRegion } from "./deployment.js";
import { slotOfNumber } from "./names.js";
import { loneVictim, nodesOf, nodeVictims, type Victim, type Victims } from "./victims.js";

type Shapes = Readonly<Record<string, { readonly nodes: number; readonly replicas?: 0 | 1 }>>;

export interface GroundOptions {
  /** Regions that are clusters, by name; the others have one server. Slots are the partitions then. */
  readonly clusters?: Shapes;
}

interface Place {
  readonly server: SpawnedRedis | SpawnedCluster;
  readonly victims: Victims;
  /** Undefined: without a C compiler, and beside clusters. */
  readonly machine: BadMachine | undefined;
  /** How far it is ahead. */
  clockMs: number;
}

const KEYS = 4;
/** Enough for several slots on each node. */
const KEYS_OF_SLOTS = 24;

export class Ground {
  /** When the slot of a key came to the node where it is. */
  private readonly movedMs = new Map<string, number>();

  private constructor(
    readonly deployment: Deployment,
    private readonly places: ReadonlyMap<string, Place>,
    private readonly shapes: Shapes,
    /** Checked clients write keys of so many numbers. */
    readonly keys: number,
  ) {}

  /** Undefined, and why is printed: there is no native server here. */
  static async start(names: readonly string[], { clusters }: GroundOptions = {}): Promise<Ground | undefined> {
    const places = new Map<string, Place>();
    for (const name of names) {
      const shape = clusters?.[name];
      const place = shape === undefined ? await onePlace(name, clusters === undefined) : await nodesPlace(name, shape);
      if (place === undefined) return undefined;
      places.set(name, place);
    }
    const servers = Object.fromEntries([...places].map(([name, { server }]) => [name, server]));
    const more = clusters === undefined ? "" : "partitions: slots";
    const deployment = await Deployment.start(names, { servers, more });
    if (deployment === undefined) return undefined;
    await deployment.linksUp();
    return new Ground(deployment, places, clusters ?? {}, clusters === undefined ? KEYS : KEYS_OF_SLOTS);
  }

  get hasClocks(): boolean {
    return [...this.places.values()].every(({ machine }) => machine !== undefined);
  }

  get clusters(): FaultyRegion[] {
    return this.deployment.regions.filter(({ cluster }) => cluster !== undefined);
  }

  get withReplicas(): FaultyRegion[] {
    return this.clusters.filter(({ name }) => this.shapes[name]?.replicas === 1);
  }

  victims(region: FaultyRegion): Promise<readonly Victim[]> {
    return this.place(region).victims.now();
  }

  dataDirs(region: FaultyRegion): readonly string[] {
    return this.place(region).victims.dataDirs;
  }

  /** Of a server of the region that was killed just now. What has come with a slot is as young there as the move. */
  deathOf(victim: Victim, killedMs: number, lostSinceMs: number): Death {
    const youngMs = Math.min(killedMs - DURABLE_AFTER_MS, lostSinceMs - WRITTEN_AFTER_MS);
    const moved = new Map(this.movedMs);
    const youngSinceMs = (key: string): number => {
      const slot = slotOfNumber(key);
      if (!victim.slots.some(([first, last]) => first <= slot && slot <= last)) return Infinity;
      return (moved.get(`${victim.text} ${slot}`) ?? -Infinity) > youngMs ? -Infinity : youngMs;
    };
    return { killedMs, youngSinceMs };
  }

  /** Some slots of one node to another one. How many, and where. */
  async moveSlots({ name, cluster }: FaultyRegion, random: SeededRandom): Promise<string> {
    const numbers = Array.from({ length: this.keys }, (_, at) => slotOfNumber(`${at + 1}`));
    const from = await cluster!.ownerOf(random.pick(numbers));
    const to = random.pick((await nodesOf(cluster!, "master")).filter((node) => node !== from));
    const owners = await Promise.all(numbers.map((slot) => cluster!.ownerOf(slot)));
    const there = random.shuffle(numbers.filter((_, at) => owners[at] === from));
    const slots = there.slice(0, Math.ceil(there.length / 2));
    await cluster!.settled();
    await cluster!.moveSlots(from, to, slots);
    for (const slot of slots) this.movedMs.set(`${name}:${to.port} ${slot}`, performance.now());
    return `${name}, ${slots.length} slots`;
  }

  /** Where that was. */
  async failover({ name, cluster }: FaultyRegion, random: SeededRandom): Promise<string> {
    const replica = random.pick(await nodesOf(cluster!, "slave"));
    const [, , before] = (await replica.redis.call("ROLE")) as [string, string, number];
    await cluster!.failover(replica);
    for (const [place, atMs] of this.movedMs) {
      const [node, slot] = place.split(" ");
      if (node === `${name}:${before}`) this.movedMs.set(`${name}:${replica.port} ${slot}`, atMs);
    }
    return `${name}:${replica.port}`;
  }

  clockOf(region: FaultyRegion): number {
    return this.place(region).clockMs;
  }

  setClock(region: FaultyRegion, aheadMs: number): void {
    const place = this.place(region);
    place.clockMs = aheadMs;
    place.machine?.setClock(aheadMs);
  }

  async stop(): Promise<void> {
    await this.deployment.stop();
    for (const { victims } of this.places.values()) await victims.stop();
  }

  private place({ name }: FaultyRegion): Place {
    const place = this.places.get(name);
    if (place === undefined) throw new Error(`no region ${name}`);
    return place;
  }
}

async function onePlace(name: string, hasClock: boolean): Promise<Place | undefined> {
  const machine = hasClock ? BadMachine.build() : undefined;
  const server = await (machine?.server() ?? spawnRedis({ aof: true }));
  if (server === undefined) {
    machine?.remove();
    return undefined;
  }
  return { server, victims: loneVictim(name, server, machine), machine, clockMs: 0 };
}

async function nodesPlace(name: string, shape: { nodes: number; replicas?: 0 | 1 }): Promise<Place | undefined> {
  const server = await spawnCluster({ ...shape, aof: true });
  if (server === undefined) return undefined;
  return { server, victims: await nodeVictims(name, server), machine: undefined, clockMs: 0 };
}
