/**
 * The server that takes a region's writes. Who connects by it reaches the one that it is now.
 *
 * Event `moved`: it is another one, or none is known; whoever is connected to the one before is to leave it at once.
 */
import { EventEmitter } from "node:events";
import type { Redis, RedisOptions } from "ioredis";
import { connectTo, type Address } from "../address.js";
import type { EngineError } from "../errors.js";
import type { Finding } from "../requirements.js";

export interface Primary {
  /** Undefined: none is known. */
  readonly address: Address | undefined;
  /** The one that it is, or was last. */
  readonly last: Address;
  /** Comes back by itself, to the one that is primary then. */
  connect(options?: RedisOptions): Redis;
  /** A connection to the one before, which takes no writes of ours any more; undefined: there was none. */
  connectToFormer(): Redis | undefined;
  findings(): Finding[];
  on(event: "moved", listener: () => void): unknown;
  on(event: "problem", listener: (error: EngineError) => void): unknown;
  stop(): void;
}

/** Always the same server. */
export class FixedPrimary extends EventEmitter implements Primary {
  constructor(readonly address: Address) {
    super();
  }

  get last(): Address {
    return this.address;
  }

  connect(options: RedisOptions = {}): Redis {
    return connectTo(this.address, options);
  }

  connectToFormer(): undefined {
    return undefined;
  }

  findings(): Finding[] {
    return [];
  }

  stop(): void {
    this.removeAllListeners();
  }
}
