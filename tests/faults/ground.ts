/** Where a storm takes place: a deployment whose servers can lose what is not on their disk, and whose clocks can be set. */
import type { Redis } from "ioredis";
import { spawnRedis, type SpawnedRedis } from "@meridian/testkit";
import { BadMachine } from "../preload/bad-machine.js";
import { Deployment, type FaultyRegion } from "./deployment.js";
import { AppendOnlyFile } from "./power-cut.js";

interface Place {
  readonly server: SpawnedRedis;
  readonly file: AppendOnlyFile;
  /** Undefined: without a C compiler. */
  readonly machine: BadMachine | undefined;
  /** How far it is ahead. */
  clockMs: number;
}

export class Ground {
  private readonly natives = new Map<string, Redis>();

  private constructor(
    readonly deployment: Deployment,
    private readonly places: ReadonlyMap<string, Place>,
  ) {}

  /** Undefined, and why is printed: there is no native server here. */
  static async start(names: readonly string[]): Promise<Ground | undefined> {
    const places = new Map<string, Place>();
    for (const name of names) {
      const machine = BadMachine.build();
      const server = await (machine?.server() ?? spawnRedis({ aof: true }));
      if (server === undefined) {
        machine?.remove();
        return undefined;
      }
      places.set(name, { server, machine, file: new AppendOnlyFile(server), clockMs: 0 });
    }
    const servers = Object.fromEntries([...places].map(([name, { server }]) => [name, server]));
    const deployment = await Deployment.start(names, { servers });
    if (deployment === undefined) return undefined;
    await deployment.linksUp();
    return new Ground(deployment, places);
  }

  get hasClocks(): boolean {
    return [...this.places.values()].every(({ machine }) => machine !== undefined);
  }

  /** A connection to the server itself, which stays. */
  native(region: FaultyRegion): Redis {
    const client = this.natives.get(region.name) ?? region.native();
    this.natives.set(region.name, client);
    return client;
  }

  powerCut(region: FaultyRegion, lostMs: number): Promise<number> {
    return this.place(region).file.powerCut(lostMs);
  }

  restart(region: FaultyRegion): Promise<void> {
    const { machine, server } = this.place(region);
    return machine === undefined ? server.restart() : machine.restart(server);
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
    for (const { server, file, machine } of this.places.values()) {
      file.stop();
      await server.stop();
      machine?.remove();
    }
  }

  private place({ name }: FaultyRegion): Place {
    const place = this.places.get(name);
    if (place === undefined) throw new Error(`no region ${name}`);
    return place;
  }
}
