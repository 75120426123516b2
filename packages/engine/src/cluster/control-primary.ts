/** The primary of the control slot, as the engine's own connection follows it: what concerns a whole region is kept there. */
import { EventEmitter } from "node:events";
import type { Redis, RedisOptions } from "ioredis";
import { CONTROL_SLOT } from "@meridian/core";
import { connectTo, type Address } from "../address.js";
import type { EngineError } from "../errors.js";
import { limits } from "../limits.js";
import { connectorTo } from "../primary/followed-primary.js";
import type { Primary } from "../primary/primary.js";
import { isSame } from "../primary/search.js";
import type { Finding } from "../requirements.js";
import type { Topology } from "./topology.js";

export class ControlPrimary extends EventEmitter implements Primary {
  address: Address | undefined;
  private latest: Address;
  private former: Address | undefined;

  constructor(private readonly topology: Topology) {
    super();
    this.address = this.find();
    this.latest = this.address ?? topology.places[0]!.address;
    topology.on("changed", () => this.take());
    topology.on("problem", (error: EngineError) => this.emit("problem", error));
  }

  get last(): Address {
    return this.latest;
  }

  connect(options: RedisOptions = {}): Redis {
    return connectTo(this.latest, { Connector: connectorTo(() => this.address), ...options });
  }

  connectToFormer(): Redis | undefined {
    if (this.former === undefined) return undefined;
    return connectTo(this.former, { commandTimeout: limits.primaryAnswerMsMax });
  }

  findings(): Finding[] {
    return this.topology.findings();
  }

  stop(): void {
    this.topology.stop();
    this.removeAllListeners();
  }

  private find(): Address | undefined {
    return this.topology.places.find(({ slots }) => slots.includes(CONTROL_SLOT))?.address;
  }

  private take(): void {
    const before = this.address;
    this.address = this.find();
    if (before === this.address || isSame(before, this.address)) return;
    if (this.address !== undefined) {
      if (!isSame(this.latest, this.address)) this.former = this.latest;
      this.latest = this.address;
    }
    this.emit("moved");
  }
}
