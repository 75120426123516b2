/** One server, fixed or followed, that has all slots: a region of a deployment of slots need not be a cluster. */
import { EventEmitter } from "node:events";
import type { Redis } from "ioredis";
import { SLOTS } from "@meridian/core";
import { addressText } from "../address.js";
import type { Finding } from "../requirements.js";
import type { Primary } from "../primary/primary.js";
import type { Place, Topology } from "./topology.js";

const ALL = Array.from({ length: SLOTS }, (_, slot) => slot);

export class LoneTopology extends EventEmitter implements Topology {
  places: readonly Place[] = [];

  constructor(private readonly primary: Primary) {
    super();
    this.take();
    primary.on("moved", () => {
      this.take();
      this.emit("changed");
    });
  }

  /** The primary is looked for all the time. */
  look(): Promise<void> {
    return Promise.resolve();
  }

  connect(): Redis {
    return this.primary.connect();
  }

  /** The engine itself asks the primary. */
  findings(): Finding[] {
    return [];
  }

  stop(): void {
    this.removeAllListeners();
  }

  private take(): void {
    const { address } = this.primary;
    this.places = address === undefined ? [] : [{ id: addressText(address), address, slots: ALL }];
  }
}
